/* test_relay_value.c - a record as it lies in Redis, and as it comes by:
 * written, read, and not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard_page.h"
#include "relay/relay_heard.h"
#include "relay/relay_room.h"
#include "relay/relay_value.h"

#define ZEROS "0000000000000000"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const room_id id = { 1700, 3 };

static bool parse_bytes(const char *text, size_t size, relay_value *out)
{
    const char *copy = (const char *)guard_page_copy(text, size);

    return relay_value_parse(copy, size, &id, out);
}

static bool parse(const char *text)
{
    relay_value value;
    bool good = parse_bytes(text, strlen(text), &value);

    guard_page_free_all();
    return good;
}

#define M_BODY "{\"id\":\"1700-3\",\"text\":\"hi\"}"
#define MESSAGE "m 00000000000000af 0123456789abcdef 22 4 - -\n" M_BODY
#define E_BODY "{\"target\":\"9-9\",\"text\":\"hi\"}"
#define EDITED "e 00000000000000af " ZEROS " 23 4 - 9-9\n" E_BODY
#define STATE "r 00000000000000af " ZEROS " 0 0 - -\n30 1 5\nh\nllo{\"a\":1}"

static void test_a_message_is_read(void **state)
{
    relay_value value;

    (void)state;
    assert_true(parse_bytes(MESSAGE, strlen(MESSAGE), &value));
    assert_int_equal(value.record.kind, ROOM_LOG_MESSAGE);
    assert_int_equal(value.record.author, 0xaf);
    assert_true(value.record.ref == UINT64_C(0x0123456789abcdef));
    assert_int_equal(room_id_compare(&value.record.id, &id), 0);
    assert_int_equal(value.record.stored_ms, 1700);
    assert_int_equal(value.record.size, strlen(M_BODY));
    assert_memory_equal(value.record.body, M_BODY, strlen(M_BODY));
    assert_memory_equal((const char *)value.record.body + value.record.text_at,
                        "\"hi\"", value.record.text_size);
    assert_false(value.record.edited || value.record.deleted
                 || value.has_state);
    guard_page_free_all();
}

static void test_events_are_read(void **state)
{
    static const room_id target = { 9, 9 };
    relay_value value;

    (void)state;
    assert_true(parse_bytes(EDITED, strlen(EDITED), &value));
    assert_int_equal(value.record.kind, ROOM_LOG_EDITED);
    assert_int_equal(room_id_compare(&value.record.target, &target), 0);
    assert_true(parse_bytes(STATE, strlen(STATE), &value));
    assert_true(value.has_state);
    assert_int_equal(value.state.slow_s, 30);
    assert_true(value.state.locked);
    assert_int_equal(value.state.topic_size, 5);
    assert_memory_equal(value.state.topic, "h\nllo", 5);
    assert_int_equal(value.record.size, strlen("{\"a\":1}"));
    guard_page_free_all();
    assert_true(parse("e " ZEROS " " ZEROS " 0 0 - 9-9\n{}"));
    assert_true(parse("d " ZEROS " " ZEROS " 0 0 - 9-9\n{}"));
    assert_true(parse("c " ZEROS " " ZEROS " 0 0 - -\n{}"));
    assert_true(parse("m " ZEROS " " ZEROS " 1 2 e -\n{\"\"}"));
    assert_true(parse("m " ZEROS " " ZEROS " 1 2 d -\n{\"\"}"));
}

static const char *const bad[] = {
    "", "\n", "m", "m ", "x " ZEROS " " ZEROS " 1 2 - -\n{\"\"}",
    "mm " ZEROS " " ZEROS " 1 2 - -\n{\"\"}",
    "m 0 " ZEROS " 1 2 - -\n{\"\"}",
    "m " ZEROS "0 " ZEROS " 1 2 - -\n{\"\"}",
    "m 000000000000000G " ZEROS " 1 2 - -\n{\"\"}",
    "m 000000000000000A " ZEROS " 1 2 - -\n{\"\"}",
    "m " ZEROS " " ZEROS "  2 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " -1 2 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 4294967296 2 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 18446744073709551617 2 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 1 4294967295 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 4294967295 2 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 0 2 - -\n{\"\"}",  /* nothing in front of it */
    "m " ZEROS " " ZEROS " 2 2 - -\n{\"\"}",  /* nothing behind it */
    "m " ZEROS " " ZEROS " 1 1 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 0 0 - -\n{\"\"}",
    "m " ZEROS " " ZEROS " 1 2 x -\n{\"\"}",
    "m " ZEROS " " ZEROS " 1 2 ed -\n{\"\"}",
    "m " ZEROS " " ZEROS " 1 2 - 9-9\n{\"\"}",
    "m " ZEROS " " ZEROS " 1 2 - -",
    "m " ZEROS " " ZEROS " 1 2 - -\n",
    "e " ZEROS " " ZEROS " 7 2 - 9-9\n{,text:\"\"}", /* no lead fits */
    "e " ZEROS " " ZEROS " 0 0 e 9-9\n{}",
    "e " ZEROS " " ZEROS " 0 0 - -\n{}",
    "e " ZEROS " " ZEROS " 0 0 - 9-09\n{}",
    "d " ZEROS " " ZEROS " 0 0 - -\n{}",
    "d " ZEROS " " ZEROS " 1 2 - 9-9\n{\"\"}",
    "d " ZEROS " " ZEROS " 1 0 - 9-9\n{\"\"}",
    "c " ZEROS " " ZEROS " 0 0 - 9-9\n{}",
    "c " ZEROS " " ZEROS " 0 0 - -\n",
    "r " ZEROS " " ZEROS " 0 0 - -\n{}",
    "r " ZEROS " " ZEROS " 0 0 - -\n0 0 3\n{}",
    "r " ZEROS " " ZEROS " 0 0 - -\n0 2 0\n{}",
    "r " ZEROS " " ZEROS " 0 0 - -\n4294967296 0 0\n{}",
    "r " ZEROS " " ZEROS " 0 0 - -\n0 0 201\n{}",
};

static void test_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (parse(bad[i])) {
            fail_msg("value %zu was taken: %s", i, bad[i]);
        }
    }
}

/* No beginning of one is one, but where only the body is shorter, and no byte
 * that is changed makes it read too far. */
static void test_parts_and_wrong_bytes(void **state)
{
    static const char *const all[] = { MESSAGE, EDITED, STATE };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        size_t size = strlen(all[i]);
        size_t head = (size_t)(strchr(all[i], '\n') - all[i]) + 1;
        char copy[256];
        relay_value value;

        for (size_t part = 0; part < size; part++) {
            assert_false(parse_bytes(all[i], part, &value) && part <= head);
            guard_page_free_all();
        }
        for (size_t at = 0; at < size; at++) {
            for (int byte = 0; byte < 256; byte += 7) {
                memcpy(copy, all[i], size);
                copy[at] = (char)byte;
                if (parse_bytes(copy, size, &value)) {
                    assert_true(value.record.text_at + value.record.text_size
                                < value.record.size);
                }
                guard_page_free_all();
            }
        }
    }
}

static void test_what_is_written_is_read(void **state)
{
    static const char *const all[] = {
        MESSAGE, EDITED, STATE, "d 0000000000000001 " ZEROS " 0 0 - 7-0\n{}",
        "c ffffffffffffffff " ZEROS " 0 0 - -\n{}",
        "m " ZEROS " " ZEROS " 1 2 d -\n{\"\"}",
        "m " ZEROS " " ZEROS " 1 2 e -\n{\"\"}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        base_bytes out = BASE_BYTES_INIT;
        relay_value value;

        assert_true(parse_bytes(all[i], strlen(all[i]), &value));
        relay_value_write(&out, &value.record, &value.state);
        assert_int_equal(out.len, strlen(all[i]));
        assert_memory_equal(out.data, all[i], out.len);
        base_bytes_free(&out);
        guard_page_free_all();
    }
}

static bool hears(const char *text)
{
    uint64_t epoch;
    room_id before;
    relay_value value;

    return relay_heard_record(text, strlen(text), &epoch, &before, &value);
}

#define VALUE "m " ZEROS " " ZEROS " 1 2 - -\n{\"\"}"

static void test_what_comes_by(void **state)
{
    static const char good[] = "E 00000000000000ee 5-0 5-1\n" VALUE;
    static const char *const wrong[] = {
        "", "E", "E ", "E \n", "E 00000000000000ee", "E 00000000000000ee \n",
        "E 00000000000000ee 5-0\n" VALUE, "E 00000000000000ee 5-0 \n" VALUE,
        "E 00000000000000ee 5-0 5-0\n" VALUE,
        "E 00000000000000ee 5-1 5-0\n" VALUE,
        "E " ZEROS " 5-0 5-1\n" VALUE, "E 00000000000000EE 5-0 5-1\n" VALUE,
        "E 00000000000000ee 5-0 5-1 \n" VALUE, "E 00000000000000ee 5-0 5-1\n",
        "E 00000000000000ee_5-0 5-1\n" VALUE,
        "e 00000000000000ee 5-0 5-1\n" VALUE,
        "E 00000000000000ee 5-0 18446744073709551616-0\n" VALUE, "L 5-0",
    };
    uint64_t epoch;
    room_id found;
    relay_value value;

    (void)state;
    assert_true(relay_heard_record(good, strlen(good), &epoch, &found, &value));
    assert_true(epoch == 0xee && found.ms == 5 && found.n == 0);
    assert_int_equal(value.record.id.n, 1);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(hears(wrong[i]));
    }
    assert_true(relay_heard_lacking("G 0-0", 5, &found));
    assert_int_equal(found.ms, 0);
    assert_false(relay_heard_lacking("G 0-0", 4, &found));
    assert_false(relay_heard_lacking("L 0-0", 5, &found));
    assert_true(relay_heard_lost("L 7-2", 5, &found));
    assert_int_equal(found.ms, 7);
    assert_false(relay_heard_lost("L ", 2, &found));
    assert_false(relay_heard_lost("", 0, &found));
}

static void test_what_is_archived(void **state)
{
    static const char *const wrong[] = { "", "A", "A ", "A -", "A  -", "A 7-",
                                         "A 7-2 ", "A 7-2 - -", "L 7-2",
                                         "A 7-2  -", " -" };
    room_id found;
    bool refused;

    (void)state;
    assert_true(relay_heard_kept("A 7-2", 5, &found, &refused));
    assert_true(found.ms == 7 && found.n == 2 && !refused);
    assert_true(relay_heard_kept("A 8-3 -", 7, &found, &refused));
    assert_true(found.ms == 8 && found.n == 3 && refused);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(relay_heard_kept(wrong[i], strlen(wrong[i]), &found,
                                      &refused));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_is_read),
        cmocka_unit_test(test_events_are_read),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_parts_and_wrong_bytes),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_comes_by),
        cmocka_unit_test(test_what_is_archived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
