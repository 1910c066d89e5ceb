/* test_relay_room.c - what is asked about a room, and answers that nobody
 * should give. The scripts themselves: test_redis_scripts.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/relay_room.h"
#include "relay/relay_script.h"
#include "relay_items.h"

#define ZEROS "0000000000000000"
#define SETTINGS "-1 50 60000 00000000000000ab"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char key[] = "chat.example\n/rooms/a}b";
static relay_settings settings;
static relay_room room;
static const room_id newest = { 1700, 4 };

static int set_up(void **state)
{
    (void)state;
    memset(&settings, 0, sizeof(settings));
    room = (relay_room){ .settings = &settings, .key = key,
                         .key_size = sizeof(key) - 1, .keep_count = 50,
                         .keep_age_ms = 60000, .realm = 0xab,
                         .archive_keep_ms = INT64_MAX };
    return 0;
}

static void test_the_names_of_a_room(void **state)
{
    static const char *const names[] = {
        "chatws:{chat.example/rooms/a}b}:log",
        "chatws:{chat.example/rooms/a}b}:text",
        "chatws:{chat.example/rooms/a}b}:meta",
        "chatws:{chat.example/rooms/a}b}:said",
        "chatws:{chat.example/rooms/a}b}"
    };
    relay_order *order = relay_room_purge(&room, 1, 2, "", "", "", 0, NULL,
                                          NULL);
    static const char blue[] = "chatws-blue:{chat.example/rooms/a}b}";
    base_bytes channel = BASE_BYTES_INIT;

    (void)state;
    assert_int_equal(order->keys, 4);
    for (unsigned i = 0; i < COUNT(names); i++) {
        relay_items_check(order, i, names[i]);
    }
    relay_order_free(order);
    strcpy(settings.prefix, "blue");
    relay_room_channel(&room, &channel);
    assert_int_equal(channel.len, strlen(blue));
    assert_memory_equal(channel.data, blue, channel.len);
    base_bytes_free(&channel);
}

static void test_each_script_has_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RELAY_SCRIPT_COUNT; i++) {
        const relay_script *script = relay_script_get((relay_script_name)i);

        assert_int_equal(script->size, strlen(script->text));
        assert_true(script->size > 100);
        assert_int_equal(strspn(script->sha1, "0123456789abcdef"), 40);
        assert_int_equal(script->sha1[40], '\0');
        for (unsigned other = 0; other < i; other++) {
            assert_string_not_equal(
                script->sha1,
                relay_script_get((relay_script_name)other)->sha1);
        }
    }
}

/* As the host knows them. */
static void check_settings(int64_t keep_ms, const char *expected)
{
    relay_order *order;

    room.archive_keep_ms = keep_ms;
    order = relay_room_fetch(&room, NULL, false, 1, NULL, NULL, NULL);
    relay_items_check(order, order->keys + 7, expected);
    relay_order_free(order);
}

static void test_the_settings_of_a_room(void **state)
{
    (void)state;
    check_settings(INT64_MAX, SETTINGS);
    check_settings(0, "0 50 60000 00000000000000ab");
    check_settings(86400000, "86400000 50 60000 00000000000000ab");
    check_settings(-1, "");
    room.realm = 0;
    check_settings(INT64_MAX, "");
    room.keep_count = UINT32_MAX;
    room.keep_age_ms = INT64_MAX;
    room.realm = UINT64_MAX;
    check_settings(INT64_MAX - 1,
                   "9223372036854775806 4294967295 4398046511104"
                   " ffffffffffffffff");
}

static void test_what_the_archive_asks(void **state)
{
    static const char *const told[] = { "17-3", "" };
    static const char *const refused[] = { "17-3", "-" };
    relay_order *order = relay_room_fetch_kept(&room, 500, NULL);

    (void)state;
    assert_int_equal(order->keys, 5);
    relay_items_check(order, 6, "kept");
    relay_items_check(order, 7, "0");
    relay_items_check(order, 8, "500");
    relay_items_check(order, 9, "");
    relay_items_check(order, 13, "1");
    relay_order_free(order);
    order = relay_room_fetch_kept(&room, 500, &newest);
    assert_int_equal(order->keys, 6);
    relay_items_check(order, 7, "kept");
    relay_items_check(order, 8, "1");
    relay_items_check(order, 10, "1700-4");
    relay_order_free(order);
    order = relay_room_kept(&room, &(room_id){ 17, 3 }, false);
    assert_int_equal(order->keys, 4);
    assert_ptr_equal(order->script, relay_script_get(RELAY_SCRIPT_KEPT));
    relay_items_check_all(order, 5, told, COUNT(told));
    relay_order_free(order);
    order = relay_room_kept(&room, &(room_id){ 17, 3 }, true);
    relay_items_check_all(order, 5, refused, COUNT(refused));
    relay_order_free(order);
}

#define HALF "1 00000000000000ee 5-0 4-0 9-1 0-0 30 1 topic 0 1"
#define HEAD HALF " _ _"
static const char message[] = "m " ZEROS " " ZEROS " 1 2 - -\n{\"\"}";
static const char changed[] = "r " ZEROS " " ZEROS " 0 0 - -\n7 0 0\n{}";

static relay_order *fetched(const room_id *after, const char *head)
{
    relay_order *order = relay_room_fetch(&room, after, true, 1000, &newest,
                                          NULL, NULL);
    relay_order *answer = relay_items_answered(head);

    order->answer = answer->answer;
    memset(&answer->answer, 0, sizeof(answer->answer));
    relay_order_free(answer);
    return order;
}

static void add_record(relay_order *order, const char *id, const char *value)
{
    relay_answer_add(&order->answer, id, strlen(id));
    relay_answer_add(&order->answer, value, strlen(value));
}

static void test_a_fetch(void **state)
{
    relay_room_answer out = RELAY_ROOM_ANSWER_INIT;
    relay_order *order = fetched(&(room_id){ 3, 9 }, HEAD);

    (void)state;
    relay_items_check(order, 4, "chatws:since");
    relay_items_check(order, 7, "3-9");
    relay_items_check(order, 8, "1");
    relay_items_check(order, 9, "1000");
    relay_items_check(order, 10, "1700-4");
    relay_items_check(order, 12, key);
    relay_items_check(order, 13, SETTINGS);
    relay_items_check(order, 14, "0");
    assert_int_equal(order->count, 15);
    add_record(order, "8-0", message);
    add_record(order, "9-0", changed);
    add_record(order, "9-1", message);
    assert_true(relay_room_fetched(order, &out));
    assert_true(out.known && out.gap && out.more && !out.torn);
    assert_true(out.epoch == 0xee);
    assert_int_equal(out.what.birth.ms, 5);
    assert_int_equal(out.what.complete.ms, 4);
    assert_int_equal(out.what.newest.n, 1);
    assert_int_equal(out.what.state.slow_s, 30);
    assert_int_equal(out.what.count, 3);
    assert_int_equal(out.what.records[1].kind, ROOM_LOG_STATE);
    assert_int_equal(out.states[0].slow_s, 7);
    assert_int_equal(out.what.records[2].id.ms, 9);
    relay_order_free(order);
    order = fetched(NULL, "0");
    assert_true(relay_room_fetched(order, &out));
    assert_false(out.known || out.another);
    relay_order_free(order);
    order = fetched(NULL, "0 1");
    assert_true(relay_room_fetched(order, &out));
    assert_true(!out.known && out.another && !out.asked);
    relay_order_free(order);
    order = fetched(NULL, "0 2");
    assert_true(relay_room_fetched(order, &out));
    assert_true(!out.known && out.asked && !out.another);
    relay_order_free(order);
    order = fetched(NULL, HALF " 7-2 -1");
    assert_true(relay_room_fetched(order, &out));
    assert_true(out.what.keep_ms == INT64_MAX && out.what.kept.ms == 7);
    relay_order_free(order);
    order = fetched(NULL, HALF " 7-2 60000");
    assert_true(relay_room_fetched(order, &out));
    assert_true(out.what.keep_ms == 60000 && out.what.kept.n == 2);
    relay_order_free(order);
    order = fetched(&(room_id){ 4, 0 }, HEAD);
    assert_true(relay_room_fetched(order, &out));
    assert_false(out.gap);
    assert_int_equal(out.what.count, 0);
    assert_int_equal(out.what.keep_ms, 0);
    assert_int_equal(out.what.kept.ms, 0);
    relay_order_free(order);
    relay_room_answer_free(&out);
}

static const char *const bad_heads[] = {
    "", "2", "0 0", "1", "_",
    HALF, HALF " _", HALF " 7 60000", HALF " -7-0 60000", HALF " 7-0 0",
    HALF " 7-0 _", "0 3",
    HEAD " 8-0",
    "1 " ZEROS " 5-0 4-0 9-1 0-0 30 1 topic 0 1 _ _",
    "1 ee 5-0 4-0 9-1 0-0 30 1 topic 0 1 _ _",
    "1 00000000000000ee 5 4-0 9-1 0-0 30 1 topic 0 1 _ _",
    "1 00000000000000ee 5-0 _ 9-1 0-0 30 1 topic 0 1 _ _",
    "1 00000000000000ee 5-0 4-0 -9-1 0-0 30 1 topic 0 1 _ _",
    "1 00000000000000ee 5-0 4-0 9-1 99999999999999999999-0 30 1 topic 0 1 _ _",
    "1 00000000000000ee 5-0 4-0 9-1 0-0 -30 1 topic 0 1 _ _",
    "1 00000000000000ee 5-0 4-0 9-1 0-0 30000000000 1 topic 0 1 _ _",
    HEAD " 8-0 x",
    HEAD " x x",
};

static void test_a_fetch_without_sense(void **state)
{
    relay_room_answer out = RELAY_ROOM_ANSWER_INIT;
    relay_order *order;

    (void)state;
    for (size_t i = 0; i < COUNT(bad_heads); i++) {
        order = fetched(NULL, bad_heads[i]);
        if (relay_room_fetched(order, &out)) {
            fail_msg("answer %zu was believed: %s", i, bad_heads[i]);
        }
        relay_order_free(order);
    }
    order = fetched(NULL, HEAD);
    add_record(order, "8-0", message);
    add_record(order, "8-0", message);
    assert_false(relay_room_fetched(order, &out));
    relay_order_free(order);
    order = relay_items_answered(HEAD); /* of an order that asked nothing */
    assert_true(relay_room_fetched(order, &out));
    assert_false(out.gap);
    relay_order_free(order);
    relay_room_answer_free(&out);
}

static void test_a_room_is_offered_again(void **state)
{
    const room_relay_facts facts = {
        .birth = { 1, 0 }, .complete = { 2, 0 }, .newest = { 9, 0 },
        .state = { .slow_s = 3 },
    };
    const room_import_record records[] = {
        { .kind = ROOM_LOG_MESSAGE, .id = { 3, 0 }, .author = 1, .ref = 5,
          .body = "{\"\"}", .size = 4, .text_at = 1, .text_size = 2 },
        { .kind = ROOM_LOG_STATE, .id = { 4, 0 }, .body = "{}", .size = 2 },
    };
    static const char *const expected[] = {
        "1-0", "2-0", "9-0", "3", "0", "", "50", "60000", "host",
        SETTINGS, "3-0",
        "m 0000000000000001 0000000000000005 1 2 - -\n{\"\"}", NULL, "4-0",
        "r " ZEROS " " ZEROS " 0 0 - -\n3 0 0\n{}", "-", "+"
    };
    relay_order *order = relay_room_restore(&room, "host", &facts, NULL, NULL);
    size_t size;

    (void)state;
    relay_room_restore_add(order, &facts, &records[0]);
    relay_room_restore_add(order, &facts, &records[1]);
    relay_room_restore_add(order, &facts, NULL);
    (void)relay_order_argument(order, 5, &size);
    assert_int_equal(size, 16);
    assert_int_equal(order->count, 6 + COUNT(expected));
    for (unsigned i = 0; i < COUNT(expected); i++) {
        if (expected[i]) {
            relay_items_check(order, 6 + i, expected[i]);
        }
    }
    relay_order_free(order);
}

static void test_what_was_taken(void **state)
{
    static const char *const bad[] = {
        "", "00000000000000ee 9-0 0-0", "ee 9-0 0-0 1", ZEROS " 9-0 0-0 1",
        "00000000000000ee 9 0-0 1", "00000000000000ee 9-0 _ 1",
        "00000000000000ee 9-0 0-0 1 1", "BUS", "BUSY 9-0",
    };
    relay_order *order = relay_items_answered("00000000000000ee 9-0 3-1 12");
    unsigned taken;

    (void)state;
    assert_int_equal(relay_room_restored(order, &taken), ROOM_OK);
    assert_int_equal(taken, 12);
    relay_order_free(order);
    for (size_t i = 0; i < COUNT(bad); i++) {
        order = relay_items_answered(bad[i]);
        assert_int_equal(relay_room_restored(order, &taken), ROOM_STALE);
        relay_order_free(order);
    }
    order = relay_items_answered("BUSY");
    assert_int_equal(relay_room_restored(order, &taken), ROOM_BUSY);
    relay_order_free(order);
    order = relay_items_answered("00000000000000ee 9-0 3-1 -12");
    assert_int_equal(relay_room_restored(order, &taken), ROOM_OK);
    assert_int_equal(taken, 0);
    relay_order_free(order);
}

static void test_a_purge(void **state)
{
    static const char *const expected[] = {
        "00000000000000a1", "00000000000000b2", "head", "before", "after",
        "200"
    };
    relay_order *order = relay_room_purge(&room, 0xa1, 0xb2, "head", "before",
                                          "after", 5, NULL, NULL);
    static const struct {
        const char *text;
        relay_room_purging purged;
    } answers[] = {
        { "17 0", RELAY_ROOM_PURGED_ALL },
        { "17 1", RELAY_ROOM_PURGED_SOME },
        { "0 2", RELAY_ROOM_PURGED_NOWHERE },
        /* nobody asks again without end */
        { "-17 1", RELAY_ROOM_PURGED_ALL },
        { "", RELAY_ROOM_PURGED_ALL },
    };

    (void)state;
    relay_items_check_all(order, 5, expected, COUNT(expected));
    relay_order_free(order);
    for (size_t i = 0; i < COUNT(answers); i++) {
        order = relay_items_answered(answers[i].text);
        assert_int_equal(relay_room_purged(order), answers[i].purged);
        relay_order_free(order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_names_of_a_room, set_up),
        cmocka_unit_test_setup(test_each_script_has_its_name, set_up),
        cmocka_unit_test_setup(test_the_settings_of_a_room, set_up),
        cmocka_unit_test_setup(test_what_the_archive_asks, set_up),
        cmocka_unit_test_setup(test_a_fetch, set_up),
        cmocka_unit_test_setup(test_a_fetch_without_sense, set_up),
        cmocka_unit_test_setup(test_a_room_is_offered_again, set_up),
        cmocka_unit_test_setup(test_what_was_taken, set_up),
        cmocka_unit_test_setup(test_a_purge, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
