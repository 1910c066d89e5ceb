/* test_relay_follow.c - which channels the reader subscribes to, without a
 * Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base_clock.h"
#include "relay/reader/relay_catch.h"
#include "relay/reader/relay_follow.h"
#include "relay/relay_script.h"
#include "room/archive/room_ack.h"
#include "room/relay/room_follow.h"
#include "room/relay/room_reader.h"
#include "room/table/room_table.h"

#define SIZE (4 * 1024 * 1024)

typedef struct {
    void *memory;
    room_store *store;
    relay_settings settings;
    relay_bus bus;
    relay_others *others;
    relay_follow follow;
    base_bytes left;
    base_bytes asked;   /* the channels, each with a blank behind it */
    unsigned orders;
    bool busy;
} stage;

/* Nothing is ever answered but that there is no connection, at the end; or with
 * `busy` that Redis does not know the room, and another host brings it back. */
static void send_order(void *context, relay_order *order)
{
    stage *it = context;

    it->orders++;
    order->status = it->busy ? RELAY_OK : RELAY_AWAY;
    if (it->busy) {
        const char *text =
            order->script == relay_script_get(RELAY_SCRIPT_FETCH) ? "0"
                                                                  : "BUSY";

        relay_answer_add(&order->answer, text, strlen(text));
    }
    if (order->done) {
        order->done(order);
    }
    else {
        relay_order_free(order);
    }
}

/* There is place for one room. */
static void open_stage(stage *it)
{
    room_store_options options = { .rooms = 1, .slots = 4, .relay = 1,
                                   .archive = 1 };
    char why[200];

    memset(it, 0, sizeof(*it));
    it->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(it->memory != MAP_FAILED);
    assert_true(room_store_over(it->memory, SIZE, &options, &it->store, why,
                                sizeof(why)));
    it->bus = (relay_bus){ .store = it->store,
                           .settings = &it->settings,
                           .host = "0123456789abcdef",
                           .reader = it,
                           .send = send_order };
    assert_true(room_reader_elect(it->store));
    it->others = relay_others_create(&it->bus);
    relay_follow_begin(&it->follow, &it->bus, it->others);
    relay_follow_connect(&it->follow);
}

static void close_stage(stage *it)
{
    relay_follow_end(&it->follow);
    relay_others_destroy(it->others);
    room_reader_resign(it->store);
    base_bytes_free(&it->left);
    base_bytes_free(&it->asked);
    room_store_free(it->store);
    munmap(it->memory, SIZE);
}

static room_handle open_room(stage *it, const char *key)
{
    base_clock_time now = base_clock_now();
    room_id birth = { (uint64_t)now.wall_ms, 0 };
    room_import_room what = { .birth = birth, .newest = birth,
                              .complete = birth };
    room_handle room;

    assert_int_equal(room_table_open(it->store, key, strlen(key), 10,
                                     INT64_MAX, now, &room),
                     ROOM_OK);
    assert_int_equal(room_relay_read_in(it->store, room, &what, 7, now),
                     ROOM_OK);
    return room;
}

static void note_channel(void *context, const relay_rooms_one *one)
{
    stage *it = context;

    base_bytes_append(&it->asked, one->channel.data, one->channel.len);
    base_bytes_append_text(&it->asked, " ");
}

static void expect_subscribed(stage *it, const char *channels)
{
    it->asked.len = 0;
    relay_follow_subscribe(&it->follow, 500, note_channel, it);
    base_bytes_append(&it->asked, "", 1);
    assert_string_equal((char *)it->asked.data, channels);
}

static void expect_left(stage *it, const char *channel)
{
    it->left.len = 0;
    relay_follow_take(&it->follow, &it->left);
    base_bytes_append(&it->left, "", 1);
    assert_string_equal((char *)it->left.data, channel);
}

/* The room was given away and is here again, but not subscribed to again; then
 * it is confirmed that it was the first time. */
static void late_confirmation(void **state)
{
    static const char channel[] = "chatws:{s/a}";
    stage it;

    (void)state;
    open_stage(&it);
    (void)open_room(&it, "s\n/a");
    expect_left(&it, "");
    expect_subscribed(&it, "chatws:{s/a} ");
    (void)open_room(&it, "s\n/b");
    expect_left(&it, "chatws:{s/a}");
    (void)open_room(&it, "s\n/a");
    expect_left(&it, "chatws:{s/b}");
    relay_follow_subscribed(&it.follow, channel, sizeof(channel) - 1);
    expect_subscribed(&it, "chatws:{s/a} ");
    assert_int_equal(it.orders, 0);
    relay_follow_subscribed(&it.follow, channel, sizeof(channel) - 1);
    relay_catch_pump(&it.follow);
    assert_int_equal(it.orders, 1); /* what was before is fetched */
    close_stage(&it);
}

static void place_is_noted_once(void **state)
{
    room_handle first = { 0, 5 };
    room_handle second = { 0, 6 };
    relay_rooms *rooms;
    stage it;

    (void)state;
    open_stage(&it);
    rooms = it.follow.rooms;
    assert_true(relay_rooms_put_off(rooms, first));
    assert_false(relay_rooms_put_off(rooms, first));
    assert_false(relay_rooms_put_off(rooms, second));
    assert_int_equal(relay_rooms_take_off(rooms, 0).generation, 6);
    assert_true(relay_rooms_put_off(rooms, first));
    (void)relay_rooms_take_off(rooms, 0);
    close_stage(&it);
}

/* Whoever says something here meanwhile waits for it. */
static void another_brings_it_back(void **state)
{
    static const char channel[] = "chatws:{s/a}";
    relay_rooms_one *one;
    room_handle room;
    stage it;

    (void)state;
    open_stage(&it);
    it.busy = true;
    room = open_room(&it, "s\n/a");
    expect_left(&it, "");
    expect_subscribed(&it, "chatws:{s/a} ");
    one = relay_rooms_at(it.follow.rooms, room.index);
    one->whole = true;
    relay_follow_subscribed(&it.follow, channel, sizeof(channel) - 1);
    for (unsigned i = 0; i < 12; i++) {
        relay_catch_pump(&it.follow);
        assert_int_equal(it.orders, 2 * i + 2);
        assert_true(one->due_us - base_clock_mono() <= 250000);
        relay_follow_tick(&it.follow, one->due_us);
    }
    close_stage(&it);
}

/* Taken out of the configuration, and of Redis. */
static void an_archive_that_is_gone_keeps_nothing(void **state)
{
    relay_order there = { .status = RELAY_OK };
    relay_order gone = { .status = RELAY_OK };
    room_handle room;
    stage it;

    (void)state;
    relay_answer_add(&there.answer, "1-0", 3);
    relay_answer_add(&there.answer, "0", 1); /* acks do not wait for it */
    relay_answer_add(&gone.answer, "1-0", 3);
    relay_answer_add(&gone.answer, "", 0);
    open_stage(&it);
    room = open_room(&it, "site\n/chat/lobby");
    assert_int_equal(room_follow_kept(it.store, room, &(room_id){ 1, 0 },
                                      false), ROOM_OK);
    relay_follow_archive(&it.follow, &gone); /* for a moment, perhaps */
    assert_true(room_ack_upto(it.store, room) != UINT64_MAX);
    it.follow.archive_us -= 16000000;
    relay_follow_archive(&it.follow, &there);
    relay_follow_archive(&it.follow, &gone);
    assert_true(room_ack_upto(it.store, room) != UINT64_MAX);
    it.follow.archive_us -= 16000000;
    gone.status = RELAY_AWAY;
    relay_follow_archive(&it.follow, &gone);
    assert_true(room_ack_upto(it.store, room) != UINT64_MAX);
    gone.status = RELAY_OK;
    it.follow.archive_us -= 16000000;
    relay_follow_archive(&it.follow, &gone);
    assert_true(room_ack_upto(it.store, room) == UINT64_MAX);
    close_stage(&it);
    relay_answer_free(&there.answer);
    relay_answer_free(&gone.answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_that_is_gone_keeps_nothing),
        cmocka_unit_test(late_confirmation),
        cmocka_unit_test(place_is_noted_once),
        cmocka_unit_test(another_brings_it_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
