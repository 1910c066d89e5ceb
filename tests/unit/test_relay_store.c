/* test_relay_store.c - what is stored in a room: what is asked, and answers
 * that nobody should give. The script itself: test_redis_scripts.py. */
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

static void test_rates_are_ordered(void **state)
{
    relay_rates rates = { .user = 0xa1, .address = 0xb2,
                          .user_interval_us = 500000, .user_burst = 5,
                          .address_interval_us = 100000,
                          .address_burst = 50 };
    const room_log_entry entry = { .kind = ROOM_LOG_CLEARED, .head = "",
                                   .tail = "" };
    static const char *const both[] = { "500000", "5", "100000", "50" };
    static const char *const one[] = { "0", "5", "100000", "50" };
    relay_order *order;

    (void)state;
    strcpy(settings.prefix, "blue");
    room.rates = &rates;
    order = relay_room_store(&room, &entry, NULL, &newest, NULL, NULL);
    assert_int_equal(order->keys, 6);
    relay_items_check(order, 4, "chatws-blue:rate:00000000000000a1");
    relay_items_check(order, 5, "chatws-blue:rate:00000000000000b2");
    relay_items_check_all(order, 19, both, COUNT(both));
    relay_order_free(order);
    rates.user_interval_us = 0;
    order = relay_room_store(&room, &entry, NULL, &newest, NULL, NULL);
    assert_int_equal(order->keys, 5);
    relay_items_check(order, 4, "chatws-blue:rate:00000000000000b2");
    relay_items_check_all(order, 18, one, COUNT(one));
    relay_order_free(order);
}

static void test_what_a_rate_refuses(void **state)
{
    relay_order *order = relay_items_answered("RATE 0-0 1500 a");
    int64_t wait_us;
    bool address;

    (void)state;
    assert_true(relay_room_rated(order, &wait_us, &address));
    assert_true(address && wait_us == 1500000);
    relay_order_free(order);
    order = relay_items_answered("RATE 0-0 -3 u");
    assert_true(relay_room_rated(order, &wait_us, &address));
    assert_true(!address && wait_us == 0);
    relay_order_free(order);
    order = relay_items_answered("SLOW 0-0 1500 a");
    assert_false(relay_room_rated(order, &wait_us, &address));
    relay_order_free(order);
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
    static const char *const rest[] = { "1700-4", "50", "60000", "1",
                                        SETTINGS, "0", "0", "0", "0" };
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
    relay_items_check(order, 4, ref_key);
    for (unsigned i = 0; i < COUNT(expected); i++) {
        relay_items_check(order, 6 + i, expected[i]);
    }
    assert_memory_equal(relay_order_argument(order, 12, &size),
                        "t:\0\"hi\"}", 8);
    assert_int_equal(size, 8);
    relay_items_check_all(order, 13, rest, COUNT(rest));
    relay_order_free(order);
}

static void test_events_are_ordered(void **state)
{
    room_log_entry entry = { .kind = ROOM_LOG_DELETED, .head = "", .tail = "",
                             .wall_ms = 5000 };
    room_log_target target = { .id = { 9, 1 }, .author = 7,
                               .not_before_ms = 3800 };
    static const char *const owned[] = { "9-1", "0000000000000007", "1200",
                                         "0" };
    static const char *const never[] = { "9-1", "0000000000000007", "-1",
                                         "0" };
    static const char *const any[] = { "9-1", "-", "5000", "1" };
    relay_order *order;

    (void)state;
    settings.wait = 1;
    room.keep_age_ms = INT64_MAX;
    order = relay_room_store(&room, &entry, &target, &newest, NULL, NULL);
    assert_int_equal(order->keys, 4);
    assert_true(order->waits);
    relay_items_check(order, 5, "d");
    relay_items_check(order, 7, ZEROS);
    relay_items_check(order, 14, "4398046511104");
    relay_items_check(order, 15, "0");
    relay_items_check_all(order, 21, owned, COUNT(owned));
    relay_order_free(order);
    target.not_before_ms = INT64_MAX;
    order = relay_room_store(&room, &entry, &target, &newest, NULL, NULL);
    relay_items_check_all(order, 21, never, COUNT(never));
    relay_order_free(order);
    target = (room_log_target){ .id = { 9, 1 }, .not_before_ms = INT64_MIN,
                                .known = true, .upto = { 8, 3 } };
    order = relay_room_store(&room, &entry, &target, &newest, NULL, NULL);
    relay_items_check(order, 12, "8-3");
    relay_items_check_all(order, 21, any, COUNT(any));
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
    relay_items_check(order, 5, "r");
    relay_items_check_all(order, 21, expected, COUNT(expected));
    relay_order_free(order);
}

static const struct {
    const char *answer;
    room_status status;
    uint64_t ms;
    int64_t wait_us;
    bool archived;
} stored[] = {
    { "OK 17-3 0", ROOM_OK, 17, 0, false },
    { "OK 17-3 0 0", ROOM_OK, 17, 0, false },
    { "OK 17-3 0 1", ROOM_OK, 17, 0, true },
    { "OK 17-3 0 u", ROOM_OK, 17, 0, false },
    { "REPEATED 18-0 0", ROOM_REPEATED, 18, 0, false },
    { "REPEATED 18-0 0 1", ROOM_REPEATED, 18, 0, true },
    { "SLOW 0-0 1500 1", ROOM_SLOW, 0, 1500000, false },
    { "RATE 0-0 1500 u", ROOM_BUSY, 0, 0, false },
    { "LOCKED 0-0 0", ROOM_LOCKED, 0, 0, false },
    { "SLOW 0-0 1500", ROOM_SLOW, 0, 1500000, false },
    { "ABSENT 0-0 0", ROOM_ABSENT, 0, 0, false },
    { "DENIED 0-0 0", ROOM_DENIED, 0, 0, false },
    { "LATE 0-0 0", ROOM_LATE, 0, 0, false },
    { "SAME 0-0 0", ROOM_SAME, 0, 0, false },
    { "STALE 0-0 0 0 0 0 _", ROOM_STALE, 0, 0, false },
    { "UNREAD 0-0 0", ROOM_UNREAD, 0, 0, false },
    { "SLOW 0-0 -5", ROOM_SLOW, 0, 0, false },
    { "SLOW 0-0 9223372036854775807", ROOM_SLOW, 0, 0, false },
    { "SLOW 0-0 99999999999999999999999", ROOM_SLOW, 0, 0, false },
    { "SLOW", ROOM_SLOW, 0, 0, false },
    { "OK", ROOM_BUSY, 0, 0, false },
    { "OK 17 0", ROOM_BUSY, 0, 0, false },
    { "OK 18446744073709551616-0 0", ROOM_BUSY, 0, 0, false },
    { "REPEATED x 0", ROOM_BUSY, 0, 0, false },
    { "", ROOM_BUSY, 0, 0, false },
    { "_", ROOM_BUSY, 0, 0, false },
    { "ok 17-3 0", ROOM_BUSY, 0, 0, false },
    { "OKAY 17-3 0", ROOM_BUSY, 0, 0, false },
};

static void test_what_came_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stored); i++) {
        relay_order *order = relay_items_answered(stored[i].answer);
        room_id id;
        int64_t wait_us;
        bool archived;

        assert_int_equal(relay_room_stored(order, &id, &wait_us, &archived),
                         stored[i].status);
        assert_int_equal(archived, stored[i].archived);
        assert_int_equal(id.ms, stored[i].ms);
        assert_int_equal(wait_us, stored[i].wait_us);
        relay_order_free(order);
    }
}

static void test_the_state_of_a_stale_one(void **state)
{
    static const char *const bad[] = {
        "", "STALE 0-0 0 0", "STALE 0-0 0 0 5 1", "STALE 0-0 0 0 -1 0 x",
        "STALE 0-0 0 0 4294967296 0 x",
    };
    relay_order *order = relay_items_answered("STALE 0-0 0 0 30 1 topic");
    char topic[ROOM_TOPIC_MAX + 2] = "";
    room_state now;

    (void)state;
    assert_true(relay_room_state(order, &now));
    assert_true(now.locked && now.slow_s == 30 && now.topic_size == 5);
    assert_memory_equal(now.topic, "topic", 5);
    relay_order_free(order);
    for (size_t i = 0; i < COUNT(bad); i++) {
        order = relay_items_answered(bad[i]);
        assert_false(relay_room_state(order, &now));
        relay_order_free(order);
    }
    order = relay_items_answered("STALE 0-0 0 0 0 0");
    memset(topic, 'x', sizeof(topic) - 1);
    relay_answer_add(&order->answer, topic, ROOM_TOPIC_MAX + 1);
    assert_false(relay_room_state(order, &now));
    relay_order_free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rates_are_ordered, set_up),
        cmocka_unit_test_setup(test_what_a_rate_refuses, set_up),
        cmocka_unit_test_setup(test_a_message_is_ordered, set_up),
        cmocka_unit_test_setup(test_events_are_ordered, set_up),
        cmocka_unit_test_setup(test_a_state_is_ordered, set_up),
        cmocka_unit_test_setup(test_what_came_of_it, set_up),
        cmocka_unit_test_setup(test_the_state_of_a_stale_one, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
