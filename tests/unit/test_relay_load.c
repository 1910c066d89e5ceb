/* test_relay_load.c - a room is read in from a real Redis, and asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "redis_server.h"
#include "relay/reader/relay_load.h"
#include "relay/reader/relay_words.h"
#include "relay_twins.h"
#include "room/relay/room_relay.h"
#include "room/table/room_table.h"

static const char key[] = "site\n/1";

static relay_room name_room(void)
{
    return (relay_room){ .settings = redis_server_settings(),
                         .key = key,
                         .key_size = sizeof(key) - 1,
                         .keep_count = 1000,
                         .keep_age_ms = INT64_MAX };
}

static room_handle open_room(twin *t)
{
    room_handle handle;

    assert_int_equal(room_table_open(t->store, key, sizeof(key) - 1, 1000,
                                     INT64_MAX, base_clock_now(), &handle),
                     ROOM_OK);
    return handle;
}

/* Of a room that nobody has made; positions of now stay exact when it is. */
static void absent_is_known(void **state)
{
    relay_room room = name_room();
    room_table_nowhere nowhere;
    room_handle handle;
    room_log_position start;
    twin twins[2];
    room_id id;

    (void)state;
    twins_begin(twins, 2, 1000);
    assert_int_equal(relay_load_known(twins[0].r, &room, &nowhere),
                     ROOM_ABSENT);
    assert_true(room_id_compare(&nowhere.complete, &nowhere.newest) <= 0);
    assert_true(nowhere.newest.ms + 60000 > (uint64_t)base_clock_wall());
    handle = open_room(&twins[0]);
    assert_int_equal(relay_load_room(twins[0].r, handle, &room, false),
                     ROOM_ABSENT);
    assert_true(room_relay_wanted(twins[0].store, handle));
    assert_int_equal(relay_load_known(twins[0].r, &room, &nowhere),
                     ROOM_ABSENT);
    assert_int_equal(relay_load_room(twins[0].r, handle, &room, true), ROOM_OK);
    assert_false(room_relay_wanted(twins[0].store, handle));
    assert_int_equal(room_log_seek(twins[0].store, handle, &nowhere.newest, 0,
                                   base_clock_mono(), &start),
                     ROOM_OK);
    assert_false(start.gap);
    id = twin_say(&twins[1], 1, "a");
    assert_true(room_id_compare(&id, &nowhere.newest) > 0);
    assert_true(twin_exact(&twins[1], 1, &nowhere.newest));
    assert_true(twin_exact(&twins[1], 1, &nowhere.complete));
    assert_int_equal(relay_load_known(twins[0].r, &room, &nowhere), ROOM_OK);
    twins_end(twins, 2);
}

/* More than one answer has. */
static void many_pages_are_read_in(void **state)
{
    twin twins[2];
    char text[200];
    room_id id = { 0, 0 };

    (void)state;
    twins_begin(twins, 2, 1000);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (unsigned i = 0; i < 1000; i++) {
        char number[8];

        snprintf(number, sizeof(number), "%06u", i);
        memcpy(text, number, 6);
        id = twin_say(&twins[0], 1, text);
    }
    twin_wait(&twins[0], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    twins_end(twins, 2);
}

/* What another host has just stored is waited for; what nobody has is not. */
static void position_of_another_is_reached(void **state)
{
    relay_room room = name_room();
    const room_id future = { INT64_MAX / 2000, 0 };
    room_handle handle;
    twin twins[2];
    int64_t begun;

    (void)state;
    twins_begin(twins, 2, 1000);
    (void)twin_open(&twins[0], 1);
    handle = twin_open(&twins[1], 1);
    for (unsigned i = 0; i < 200; i++) {
        room_id id = twin_say(&twins[0], 1, "x");

        relay_load_reach(twins[1].r, handle, &room, &id);
        assert_true(room_relay_has(twins[1].store, handle, &id));
    }
    begun = base_clock_mono();
    relay_load_reach(twins[1].r, handle, &room, &future);
    assert_false(room_relay_has(twins[1].store, handle, &future));
    redis_server_kill();
    relay_load_reach(twins[1].r, handle, &room, &future);
    assert_true(base_clock_mono() - begun < INT64_C(60000000));
    redis_server_start();
    twins_end(twins, 2);
}

static void away_is_unread(void **state)
{
    relay_room room = name_room();
    room_table_nowhere nowhere;
    room_handle handle;
    twin one;

    (void)state;
    twins_begin(&one, 1, 1000);
    redis_server_kill();
    handle = open_room(&one);
    assert_int_equal(relay_load_room(one.r, handle, &room, true), ROOM_UNREAD);
    assert_int_equal(relay_load_known(one.r, &room, &nowhere), ROOM_UNREAD);
    redis_server_start();
    handle = twin_open(&one, 1);
    assert_false(room_relay_wanted(one.store, handle));
    twins_end(&one, 1);
}

/* Nobody is told that nothing was missed in a room that this Redis does not
 * know because it is another one than the host has asked. */
static void another_is_unread(void **state)
{
    relay_room room = name_room();
    room_table_nowhere nowhere;
    room_handle handle;
    room_id since;
    char other[80];
    twin one;

    (void)state;
    twins_begin(&one, 1, 1000);
    assert_true(relay_words_since(one.store, &since));
    snprintf(other, sizeof(other), "%" PRIu64 "-0 %s", since.ms, "77777777");
    redis_server_ask("SET", "chatws:since", other, NULL);
    handle = open_room(&one);
    assert_int_equal(relay_load_room(one.r, handle, &room, true), ROOM_UNREAD);
    assert_int_equal(relay_load_known(one.r, &room, &nowhere), ROOM_UNREAD);
    assert_true(room_relay_wanted(one.store, handle));
    twin_kill_reader(&one); /* the next one says hello */
    handle = twin_open(&one, 1);
    assert_false(room_relay_wanted(one.store, handle));
    twins_end(&one, 1);
}

/* A host that has died brings it back. */
static void who_waits_for_a_host_costs_redis_little(void **state)
{
    relay_room room = name_room();
    char until[40];
    room_handle handle;
    uint64_t sent;
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, 1000);
    (void)twin_say(&twins[1], 1, "a");
    snprintf(until, sizeof(until), "%" PRId64 " somebody",
             base_clock_wall() + 2500);
    redis_server_ask("HSET", "chatws:{site/1}:meta", "filling", until, NULL);
    handle = open_room(&twins[0]);
    sent = twin_figures(&twins[0]).sent;
    assert_int_equal(relay_load_room(twins[0].r, handle, &room, true), ROOM_OK);
    assert_in_range(twin_figures(&twins[0]).sent - sent, 2, 25);
    twins_end(twins, 2);
}

static int begin(void **state)
{
    (void)state;
    if (!redis_server_begin(false)) {
        print_message("there is no redis-server\n");
        exit(77);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    redis_server_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(absent_is_known, begin, end),
        cmocka_unit_test_setup_teardown(many_pages_are_read_in, begin, end),
        cmocka_unit_test_setup_teardown(position_of_another_is_reached, begin,
                                        end),
        cmocka_unit_test_setup_teardown(away_is_unread, begin, end),
        cmocka_unit_test_setup_teardown(another_is_unread, begin, end),
        cmocka_unit_test_setup_teardown(who_waits_for_a_host_costs_redis_little,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
