/* test_relay_rooms.c - which rooms the reader follows, and what becomes of what
 * was done in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "descriptors.h"
#include "heard_log.h"
#include "redis_server.h"
#include "relay/reader/relay_words.h"
#include "relay_twins.h"
#include "room/log/room_state.h"
#include "room/people/room_member.h"
#include "room/relay/room_reader.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_layout.h"
#include "room/table/room_table.h"
#include "twin_deeds.h"

#define KEEP 1000
#define LATER_US INT64_C(60000000)

/* More rooms than a host has places for: each that comes back is what it was,
 * and is followed again. */
static void given_away_and_back(void **state)
{
    static room_id ids[2 * TWINS_ROOMS];
    twin twins[2];
    char text[32];

    (void)state;
    twins_begin(twins, 2, KEEP);
    for (int round = 0; round < 2; round++) {
        for (unsigned room = 0; room < 2 * TWINS_ROOMS; room++) {
            snprintf(text, sizeof(text), "%d of %u", round, room);
            ids[room] = twin_say(&twins[0], room, text);
        }
    }
    for (unsigned room = 0; room < 2 * TWINS_ROOMS; room++) {
        twin_wait(&twins[0], room, &ids[room]);
        twins_agree(&twins[0], &twins[1], room);
        snprintf(text, sizeof(text), "2 of %u", room);
        ids[room] = twin_say(&twins[1], room, text);
        twin_wait(&twins[0], room, &ids[room]);
    }
    assert_true(twin_figures(&twins[0]).rooms <= TWINS_ROOMS);
    twins_end(twins, 2);
}

typedef struct {
    twin *t;
    room_handle room;
} reading;

static bool is_read_in(void *context)
{
    const reading *it = context;

    return !room_relay_wanted(it->t->store, it->room);
}

/* Whoever opened it was killed, or Redis was away. */
static void unread_is_read_in(void **state)
{
    static const char key[] = "site\n/1";
    reading it;
    twin twins[2];
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    id = twin_say(&twins[0], 1, "a");
    it.t = &twins[1];
    assert_int_equal(room_table_open(twins[1].store, key, sizeof(key) - 1,
                                     KEEP, INT64_MAX, base_clock_now(),
                                     &it.room),
                     ROOM_OK);
    twins_until(is_read_in, &it, "nobody reads it in");
    assert_true(room_relay_has(twins[1].store, it.room, &id));
    id = twin_say(&twins[0], 1, "b");
    twin_wait(&twins[1], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    assert_int_equal(twin_figures(&twins[1]).gaps, 0);
    twins_end(twins, 2);
}

static void say_and_change(twin *twins)
{
    room_id id = twin_say(&twins[0], 1, "cleared");

    twin_deeds_clear(&twins[0], 1);
    for (int i = 0; i < 5; i++) {
        char text[32];

        snprintf(text, sizeof(text), "message %d", i);
        id = twin_say(&twins[i % 2], 1, text);
        twin_wait(&twins[0], 1, &id);
        twin_wait(&twins[1], 1, &id);
        if (i == 1) {
            twin_deeds_edit(&twins[0], 1, &id, "once");
            twin_deeds_edit(&twins[1], 1, &id, "twice");
        }
        if (i == 2) {
            twin_deeds_edit(&twins[0], 1, &id, "in vain");
            twin_deeds_delete(&twins[1], 1, &id);
        }
        if (i == 3) {
            twin_deeds_topic(&twins[0], 1, "first");
            twin_deeds_topic(&twins[0], 1, "second");
        }
    }
}

static void expect_changed(twin *t)
{
    base_bytes all = BASE_BYTES_INIT;
    room_state now;

    twin_read(t, 1, &all);
    assert_null(strstr((char *)all.data, "\"cleared\"}"));
    assert_null(strstr((char *)all.data, "message 1"));
    assert_null(strstr((char *)all.data, "once"));
    assert_null(strstr((char *)all.data, "in vain"));
    assert_null(strstr((char *)all.data, "message 2"));
    assert_non_null(strstr((char *)all.data,
                           "\"text\":\"twice\",\"edited\":true}"));
    assert_non_null(strstr((char *)all.data, "\"deleted\":true}"));
    assert_non_null(strstr((char *)all.data, "message 4"));
    base_bytes_free(&all);
    assert_int_equal(room_state_read(t->store, twin_open(t, 1), &now),
                     ROOM_OK);
    assert_int_equal(now.topic_size, 6);
    assert_memory_equal(now.topic, "second", 6);
}

static bool is_there(void *context)
{
    (void)context;
    return relay_answer_number(redis_server_ask("EXISTS",
                                                "chatws:{site/1}:text", NULL),
                               0)
           == 1;
}

/* On a host that was there, on one that comes later, and on one that comes when
 * Redis has it back from the hosts. */
static void changes_are_told(void **state)
{
    twin twins[2];
    twin later;

    (void)state;
    twins_begin(twins, 2, KEEP);
    say_and_change(twins);
    twins_agree(&twins[0], &twins[1], 1);
    expect_changed(&twins[0]);
    expect_changed(&twins[1]);
    twins_begin(&later, 1, KEEP);
    expect_changed(&later);
    twins_agree(&later, &twins[0], 1);
    twins_end(&later, 1);
    redis_server_ask("FLUSHALL", NULL);
    twins_until(is_there, NULL, "it is not offered again");
    twins_begin(&later, 1, KEEP);
    expect_changed(&later);
    twins_agree(&later, &twins[0], 1);
    twins_end(&later, 1);
    twins_end(twins, 2);
}

typedef struct {
    twin *t;
    uint64_t count;
} counting;

static bool has_come_back(void *context)
{
    const counting *it = context;
    relay_figures figures = twin_figures(it->t);

    return figures.reconnects > it->count && figures.connected;
}

/* This process' own reader is cut off again and again. */
static void flapping_costs_nothing(void **state)
{
    counting it;
    int before;
    room_id id;
    twin one;

    (void)state;
    twins_begin(&one, 1, KEEP);
    it.t = &one;
    it.count = twin_figures(&one).reconnects;
    twin_kill_reader(&one);
    twins_until(has_come_back, &it, "nobody takes over");
    id = twin_say(&one, 1, "a");
    twin_wait(&one, 1, &id);
    before = descriptors_count();
    for (int i = 0; i < 50; i++) {
        it.count = twin_figures(&one).reconnects;
        redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
        twins_until(has_come_back, &it, "it does not come back");
    }
    id = twin_say(&one, 1, "b");
    twin_wait(&one, 1, &id);
    assert_int_equal(descriptors_count(), before);
    assert_int_equal(twin_figures(&one).gaps, 0);
    twins_end(&one, 1);
}

static bool is_told(void *context)
{
    return heard_log_count(context) > 0;
}

/* The user of Redis may not hear. */
static void deafness_is_told(void **state)
{
    twin one;
    room_id id;

    (void)state;
    heard_log_begin(BASE_LOG_INFO);
    twins_begin(&one, 1, KEEP);
    redis_server_ask("ACL", "SETUSER", "default", "resetchannels", NULL);
    twin_kill_reader(&one);
    twins_until(is_told, "CW1217: ", "it is not told");
    redis_server_ask("ACL", "SETUSER", "default", "allchannels", NULL);
    id = twin_say(&one, 1, "a");
    twin_wait(&one, 1, &id);
    twins_end(&one, 1);
    heard_log_end();
}

/* The first one's settings are those of before. */
static void who_cannot_connect_gives_way(void **state)
{
    relay_settings old = *redis_server_settings();
    twin one;

    (void)state;
    snprintf(old.nodes[0].host, sizeof(old.nodes[0].host), "/nowhere");
    twin_begin_without(&one, KEEP, &old);
    while (room_reader_elect(one.store)) {
        room_reader_resign(one.store); /* until the other has it */
        poll(NULL, 0, 2);
    }
    one.r = relay_create(redis_server_settings(), one.store);
    assert_true(relay_start(one.r));
    twin_connected(&one);
    twins_end(&one, 1);
}

static bool has_other_reader(void *context)
{
    const twin *t = context;
    uint32_t reader = room_layout_reader(&t->store->geometry);

    return atomic_load(&t->store->children[reader].pid) == (uint32_t)getpid();
}

static bool has_nobody(void *context)
{
    twin *t = context;

    room_member_expire(t->store, base_clock_mono() + LATER_US);
    return room_member_count(t->store, twin_open(t, 1)) == 0;
}

/* Children take turns to find Redis; for that nobody has left. */
static void members_stay_while_redis_is_away(void **state)
{
    room_member who = { .user = 5, .name_key = 5, .name_size = 1,
                        .name = "a" };
    room_handle room;
    twin one;

    (void)state;
    twins_begin(&one, 1, KEEP);
    room = twin_open(&one, 1);
    redis_server_kill();
    assert_int_equal(room_member_join(one.store, room,
                                      room_reader_slot(one.store), &who, NULL),
                     ROOM_OK);
    twins_until(has_other_reader, &one, "nobody else tries");
    room_member_expire(one.store, base_clock_mono() + LATER_US);
    assert_int_equal(room_member_count(one.store, room), 1);
    redis_server_start();
    twins_until(has_nobody, &one, "nobody says it, and it stays");
    twins_end(&one, 1);
}

static bool has_no_doubt(void *context)
{
    return relay_words_get(((twin *)context)->store, RELAY_WORD_DOUBT) == 0;
}

static bool has_a_lag(void *context)
{
    return relay_words_get(((twin *)context)->store, RELAY_WORD_LAG) != 0;
}

/* Whoever sees another Redis asks for a beat, while one is on its way. */
static void a_beat_is_measured_from_when_it_was_sent(void **state)
{
    twin one;

    (void)state;
    twins_begin(&one, 1, KEEP);
    redis_server_hold();
    for (int i = 0; i < 3; i++) {
        relay_words_set(one.store, RELAY_WORD_DOUBT, 1);
        twins_until(has_no_doubt, &one, "it is not looked at");
    }
    relay_words_set(one.store, RELAY_WORD_LAG, 0);
    redis_server_go_on();
    twins_until(has_a_lag, &one, "no beat comes back");
    assert_true(relay_words_get(one.store, RELAY_WORD_LAG) < 30000000);
    twins_end(&one, 1);
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

#define WITH_REDIS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_REDIS(given_away_and_back),
        WITH_REDIS(unread_is_read_in),
        WITH_REDIS(changes_are_told),
        WITH_REDIS(flapping_costs_nothing),
        WITH_REDIS(deafness_is_told),
        WITH_REDIS(who_cannot_connect_gives_way),
        WITH_REDIS(members_stay_while_redis_is_away),
        WITH_REDIS(a_beat_is_measured_from_when_it_was_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
