/* test_relay_room.c - what is asked about a room, and answers that nobody
 * should give. The scripts themselves: test_redis_scripts.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_hash.h"
#include "relay/relay_room.h"
#include "relay/relay_script.h"

#define ZEROS "0000000000000000"
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
                         .keep_age_ms = 60000 };
    return 0;
}

static void check_argument(const relay_order *order, unsigned index,
                           const char *expected)
{
    size_t size;
    const char *text = relay_order_argument(order, index, &size);

    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
}

/* All of them from `first` on. */
static void check_arguments(const relay_order *order, unsigned first,
                            const char *const *expected, size_t count)
{
    assert_int_equal(order->count - first, count);
    for (unsigned i = 0; i < count; i++) {
        check_argument(order, first + i, expected[i]);
    }
}

/* An order with this answer, items with blanks between them; "_" is an empty
 * one. */
static relay_order *answered(const char *items)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    const char *at = items;

    while (*at != '\0') {
        size_t size = strcspn(at, " ");

        relay_answer_add(&order->answer, at, *at == '_' ? 0 : size);
        at += size + (at[size] == ' ');
    }
    return order;
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
        check_argument(order, i, names[i]);
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

static void test_a_message_is_ordered(void **state)
{
    int64_t wait;
    const room_log_entry entry = {
        .kind = ROOM_LOG_MESSAGE, .text_at = 3, .text_size = 4,
        .head = "{h", .head_size = 2, .tail = "t:\0\"hi\"}", .tail_size = 8,
        .user = 0xaf, .wait_us = &wait, .ref = "r", .ref_size = 1,
    };
    const uint64_t parts[] = { 0xaf, ROOM_LOG_MESSAGE,
                               room_import_ref_hash("r", 1) };
    char ref[17];
    char ref_key[80];
    relay_order *order = relay_room_store(&room, &entry, NULL, &newest, NULL,
                                          NULL);
    const char *const expected[] = { "m", "00000000000000af", ref, "3", "4",
                                     "{h" };
    static const char *const rest[] = { "1700-4", "50", "60000", "1" };
    size_t size;

    (void)state;
    snprintf(ref, sizeof(ref), "%016llx", (unsigned long long)parts[2]);
    snprintf(ref_key, sizeof(ref_key),
             "chatws:{chat.example/rooms/a}b}:ref:%016llx",
             (unsigned long long)base_hash(&(base_hash_key){ 0, 0 }, parts,
                                           sizeof(parts)));
    assert_int_equal(order->keys, 5);
    assert_ptr_equal(order->script, relay_script_get(RELAY_SCRIPT_STORE));
    assert_false(order->waits);
    check_argument(order, 4, ref_key);
    for (unsigned i = 0; i < COUNT(expected); i++) {
        check_argument(order, 6 + i, expected[i]);
    }
    assert_memory_equal(relay_order_argument(order, 12, &size),
                        "t:\0\"hi\"}", 8);
    assert_int_equal(size, 8);
    check_arguments(order, 13, rest, COUNT(rest));
    relay_order_free(order);
}

static void test_events_are_ordered(void **state)
{
    room_log_entry entry = { .kind = ROOM_LOG_DELETED, .head = "", .tail = "",
                             .wall_ms = 5000 };
    room_log_target target = { .id = { 9, 1 }, .author = 7,
                               .not_before_ms = 3800 };
    static const char *const owned[] = { "9-1", "0000000000000007", "1200" };
    static const char *const never[] = { "9-1", "0000000000000007", "-1" };
    static const char *const any[] = { "9-1", "-", "5000" };
    relay_order *order;

    (void)state;
    settings.wait = 1;
    room.keep_age_ms = INT64_MAX;
    order = relay_room_store(&room, &entry, &target, &newest, NULL, NULL);
    assert_int_equal(order->keys, 4);
    assert_true(order->waits);
    check_argument(order, 5, "d");
    check_argument(order, 7, ZEROS);
    check_argument(order, 14, "4398046511104");
    check_argument(order, 15, "0");
    check_arguments(order, 16, owned, COUNT(owned));
    relay_order_free(order);
    target.not_before_ms = INT64_MAX;
    order = relay_room_store(&room, &entry, &target, &newest, NULL, NULL);
    check_arguments(order, 16, never, COUNT(never));
    relay_order_free(order);
    target = (room_log_target){ .id = { 9, 1 }, .not_before_ms = INT64_MIN };
    order = relay_room_store(&room, &entry, &target, &newest, NULL, NULL);
    check_arguments(order, 16, any, COUNT(any));
    relay_order_free(order);
}

static void test_a_state_is_ordered(void **state)
{
    const room_state was = { .topic = "old", .topic_size = 3 };
    const room_state now = { .locked = true, .slow_s = UINT32_MAX };
    const room_log_target target = { .was = &was, .now = &now };
    const room_log_entry entry = { .kind = ROOM_LOG_STATE, .head = "",
                                   .tail = "" };
    static const char *const expected[] = { "0", "0", "old", "4294967295",
                                            "1", "" };
    relay_order *order = relay_room_store(&room, &entry, &target, &newest,
                                          NULL, NULL);

    (void)state;
    check_argument(order, 5, "r");
    check_arguments(order, 16, expected, COUNT(expected));
    relay_order_free(order);
}

static const struct {
    const char *answer;
    room_status status;
    uint64_t ms;
    int64_t wait_us;
} stored[] = {
    { "OK 17-3 0", ROOM_OK, 17, 0 },
    { "REPEATED 18-0 0", ROOM_REPEATED, 18, 0 },
    { "LOCKED 0-0 0", ROOM_LOCKED, 0, 0 },
    { "SLOW 0-0 1500", ROOM_SLOW, 0, 1500000 },
    { "ABSENT 0-0 0", ROOM_ABSENT, 0, 0 },
    { "DENIED 0-0 0", ROOM_DENIED, 0, 0 },
    { "LATE 0-0 0", ROOM_LATE, 0, 0 },
    { "SAME 0-0 0", ROOM_SAME, 0, 0 },
    { "STALE 0-0 0 0 0 _", ROOM_STALE, 0, 0 },
    { "UNREAD 0-0 0", ROOM_UNREAD, 0, 0 },
    { "SLOW 0-0 -5", ROOM_SLOW, 0, 0 },
    { "SLOW 0-0 9223372036854775807", ROOM_SLOW, 0, 0 },
    { "SLOW 0-0 99999999999999999999999", ROOM_SLOW, 0, 0 },
    { "SLOW", ROOM_SLOW, 0, 0 },
    { "OK", ROOM_BUSY, 0, 0 },
    { "OK 17 0", ROOM_BUSY, 0, 0 },
    { "OK 18446744073709551616-0 0", ROOM_BUSY, 0, 0 },
    { "REPEATED x 0", ROOM_BUSY, 0, 0 },
    { "", ROOM_BUSY, 0, 0 },
    { "_", ROOM_BUSY, 0, 0 },
    { "ok 17-3 0", ROOM_BUSY, 0, 0 },
    { "OKAY 17-3 0", ROOM_BUSY, 0, 0 },
};

static void test_what_came_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stored); i++) {
        relay_order *order = answered(stored[i].answer);
        room_id id;
        int64_t wait_us;

        assert_int_equal(relay_room_stored(order, &id, &wait_us),
                         stored[i].status);
        assert_int_equal(id.ms, stored[i].ms);
        assert_int_equal(wait_us, stored[i].wait_us);
        relay_order_free(order);
    }
}

static void test_the_state_of_a_stale_one(void **state)
{
    static const char *const bad[] = {
        "", "STALE 0-0 0", "STALE 0-0 0 5 1", "STALE 0-0 0 -1 0 x",
        "STALE 0-0 0 4294967296 0 x",
    };
    relay_order *order = answered("STALE 0-0 0 30 1 topic");
    char topic[ROOM_TOPIC_MAX + 2] = "";
    room_state now;

    (void)state;
    assert_true(relay_room_state(order, &now));
    assert_true(now.locked && now.slow_s == 30 && now.topic_size == 5);
    assert_memory_equal(now.topic, "topic", 5);
    relay_order_free(order);
    for (size_t i = 0; i < COUNT(bad); i++) {
        order = answered(bad[i]);
        assert_false(relay_room_state(order, &now));
        relay_order_free(order);
    }
    order = answered("STALE 0-0 0 0 0");
    memset(topic, 'x', sizeof(topic) - 1);
    relay_answer_add(&order->answer, topic, ROOM_TOPIC_MAX + 1);
    assert_false(relay_room_state(order, &now));
    relay_order_free(order);
}

#define HEAD "1 00000000000000ee 5-0 4-0 9-1 0-0 30 1 topic 0 1"
static const char message[] = "m " ZEROS " " ZEROS " 1 2 - -\n{\"\"}";
static const char changed[] = "r " ZEROS " " ZEROS " 0 0 - -\n7 0 0\n{}";

static relay_order *fetched(const room_id *after, const char *head)
{
    relay_order *order = relay_room_fetch(&room, after, true, 1000, &newest,
                                          NULL, NULL);
    relay_order *answer = answered(head);

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
    check_argument(order, 4, "chatws:since");
    check_argument(order, 6, "3-9");
    check_argument(order, 7, "1");
    check_argument(order, 8, "1000");
    check_argument(order, 9, "1700-4");
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
    assert_true(!out.known && out.another);
    relay_order_free(order);
    order = fetched(&(room_id){ 4, 0 }, HEAD);
    assert_true(relay_room_fetched(order, &out));
    assert_false(out.gap);
    assert_int_equal(out.what.count, 0);
    relay_order_free(order);
    relay_room_answer_free(&out);
}

static const char *const bad_heads[] = {
    "", "2", "0 0", "1", "_",
    "1 00000000000000ee 5-0 4-0 9-1 0-0 30 1 topic 0",
    HEAD " 8-0",
    "1 " ZEROS " 5-0 4-0 9-1 0-0 30 1 topic 0 1",
    "1 ee 5-0 4-0 9-1 0-0 30 1 topic 0 1",
    "1 00000000000000ee 5 4-0 9-1 0-0 30 1 topic 0 1",
    "1 00000000000000ee 5-0 _ 9-1 0-0 30 1 topic 0 1",
    "1 00000000000000ee 5-0 4-0 -9-1 0-0 30 1 topic 0 1",
    "1 00000000000000ee 5-0 4-0 9-1 99999999999999999999-0 30 1 topic 0 1",
    "1 00000000000000ee 5-0 4-0 9-1 0-0 -30 1 topic 0 1",
    "1 00000000000000ee 5-0 4-0 9-1 0-0 30000000000 1 topic 0 1",
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
    order = answered(HEAD); /* of an order that asked nothing */
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
        "1-0", "2-0", "9-0", "3", "0", "", "50", "60000", "host", "3-0",
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
            check_argument(order, 6 + i, expected[i]);
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
    relay_order *order = answered("00000000000000ee 9-0 3-1 12");
    unsigned taken;

    (void)state;
    assert_int_equal(relay_room_restored(order, &taken), ROOM_OK);
    assert_int_equal(taken, 12);
    relay_order_free(order);
    for (size_t i = 0; i < COUNT(bad); i++) {
        order = answered(bad[i]);
        assert_int_equal(relay_room_restored(order, &taken), ROOM_STALE);
        relay_order_free(order);
    }
    order = answered("BUSY");
    assert_int_equal(relay_room_restored(order, &taken), ROOM_BUSY);
    relay_order_free(order);
    order = answered("00000000000000ee 9-0 3-1 -12");
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
    check_arguments(order, 5, expected, COUNT(expected));
    relay_order_free(order);
    for (size_t i = 0; i < COUNT(answers); i++) {
        order = answered(answers[i].text);
        assert_int_equal(relay_room_purged(order), answers[i].purged);
        relay_order_free(order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_names_of_a_room, set_up),
        cmocka_unit_test_setup(test_each_script_has_its_name, set_up),
        cmocka_unit_test_setup(test_a_message_is_ordered, set_up),
        cmocka_unit_test_setup(test_events_are_ordered, set_up),
        cmocka_unit_test_setup(test_a_state_is_ordered, set_up),
        cmocka_unit_test_setup(test_what_came_of_it, set_up),
        cmocka_unit_test_setup(test_the_state_of_a_stale_one, set_up),
        cmocka_unit_test_setup(test_a_fetch, set_up),
        cmocka_unit_test_setup(test_a_fetch_without_sense, set_up),
        cmocka_unit_test_setup(test_a_room_is_offered_again, set_up),
        cmocka_unit_test_setup(test_what_was_taken, set_up),
        cmocka_unit_test_setup(test_a_purge, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
