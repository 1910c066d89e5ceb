/* test_relay_chaos.c - whatever dies while hosts talk, in which order: what was
 * answered is there once, everywhere, and in one order, as long as Redis keeps
 * what it has said OK to; and if it does not, nobody takes a position for exact
 * behind which something is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "redis_server.h"
#include "relay_twins.h"
#include "room/relay/room_relay.h"

#define HOSTS 3
#define ROOMS 4
#define SAID 1500
#define ACK_US INT64_C(1000000)

typedef struct {
    twin twins[HOSTS];
    unsigned killed; /* readers, of the first so many hosts */
} stage;

static unsigned pick(unsigned below)
{
    return (unsigned)rand() % below;
}

static void break_something(stage *it)
{
    switch (pick(7)) {
    case 0:
        redis_server_kill();
        redis_server_start();
        break;
    case 1:
    case 2: redis_server_ask("CLIENT", "KILL", "TYPE", "normal", NULL); break;
    case 3:
        if (it->killed < HOSTS) {
            twin_kill_reader(&it->twins[it->killed++]);
        }
        break;
    case 4: redis_server_ask("SCRIPT", "FLUSH", NULL); break;
    default: redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    }
}

/* What was said in the room, each once, in the order of each host. */
static void expect_all(twin *t, unsigned room, const unsigned *where)
{
    base_bytes all = BASE_BYTES_INIT;
    unsigned count = 0;
    unsigned expected = 0;
    const char *at;

    twin_read(t, room, &all);
    for (at = (const char *)all.data; (at = strstr(at, "\"said ")) != NULL;
         count++) {
        at += 6;
        assert_int_equal(where[strtoul(at, NULL, 10)], room);
    }
    for (unsigned i = 0; i < SAID; i++) {
        char text[32];

        snprintf(text, sizeof(text), "\"said %u\"", i);
        expected += where[i] == room;
        assert_int_equal(strstr((char *)all.data, text) != NULL,
                         where[i] == room);
    }
    assert_int_equal(count, expected);
    base_bytes_free(&all);
}

static void nothing_is_lost(void **state)
{
    static unsigned where[SAID];
    stage *it = calloc(1, sizeof(*it));
    room_id last[ROOMS] = { { 0, 0 } };
    char text[32];

    (void)state;
    srand(20261129);
    twins_begin(it->twins, HOSTS, 2 * SAID);
    for (unsigned i = 0; i < SAID; i++) {
        room_id id;

        where[i] = pick(ROOMS);
        snprintf(text, sizeof(text), "said %u", i);
        id = twin_say(&it->twins[pick(HOSTS)], where[i], text);
        assert_true(room_id_compare(&id, &last[where[i]]) > 0);
        last[where[i]] = id;
        if (pick(30) == 0) {
            break_something(it);
        }
    }
    for (unsigned room = 0; room < ROOMS; room++) {
        for (unsigned host = 0; host < HOSTS; host++) {
            twin_wait(&it->twins[host], room, &last[room]);
            expect_all(&it->twins[host], room, where);
            twins_agree(&it->twins[0], &it->twins[host], room);
        }
    }
    for (unsigned host = 0; host < HOSTS; host++) {
        assert_int_equal(twin_figures(&it->twins[host]).gaps, 0);
        assert_int_equal(twin_figures(&it->twins[host]).restored, 0);
    }
    twins_end(it->twins, HOSTS);
    free(it);
}

static void lose_something(stage *it)
{
    switch (pick(4)) {
    case 0:
        redis_server_kill();
        redis_server_start();
        break;
    case 1: redis_server_ask("FLUSHALL", NULL); break;
    case 2:
        redis_server_ask("DEL", "chatws:{site/1}:log", "chatws:{site/2}:text",
                         "chatws:{site/3}:meta", NULL);
        break;
    default: break_something(it);
    }
}

/* An ack waits until the host has it itself; what Redis forgets before that
 * was never promised. */
static bool is_acked(twin *t, unsigned room, const room_id *id,
                     const char *text)
{
    base_bytes all = BASE_BYTES_INIT;
    char quoted[34];
    bool there;

    if (room_relay_wait(t->store, twin_open(t, room), id,
                        base_clock_mono() + ACK_US)
        != ROOM_OK) {
        return false;
    }
    twin_read(t, room, &all);
    snprintf(quoted, sizeof(quoted), "\"%s\"", text);
    there = strstr((char *)all.data, quoted) != NULL;
    base_bytes_free(&all);
    return there;
}

/* What is not there, there is a gap for. */
static void expect_told(twin *t, unsigned room, const unsigned *where,
                        const room_id *ids)
{
    base_bytes all = BASE_BYTES_INIT;

    twin_read(t, room, &all);
    for (unsigned i = 0; i < SAID; i++) {
        room_id before = { ids[i].ms, ids[i].n - 1 };
        char text[32];

        if (ids[i].n == 0) {
            before = (room_id){ ids[i].ms - 1, UINT64_MAX };
        }
        snprintf(text, sizeof(text), "\"said %u\"", i);
        if (where[i] == room && !strstr((char *)all.data, text)
            && twin_exact(t, room, &before)) {
            fail_msg("%u is not in room %u, and nobody is told", i, room);
        }
    }
    base_bytes_free(&all);
}

static void what_is_lost_is_told(void **state)
{
    static unsigned where[SAID];
    static room_id ids[SAID];
    stage *it = calloc(1, sizeof(*it));
    unsigned acked = 0;
    twin fresh;
    char text[32];

    (void)state;
    srand(20261130);
    twins_begin(it->twins, HOSTS, 2 * SAID);
    for (unsigned i = 0; i < SAID; i++) {
        twin *host = &it->twins[pick(HOSTS)];

        where[i] = pick(ROOMS);
        snprintf(text, sizeof(text), "said %u", i);
        ids[i] = twin_say(host, where[i], text);
        if (pick(30) == 0) {
            lose_something(it);
        }
        if (is_acked(host, where[i], &ids[i], text)) {
            acked++;
        }
        else {
            where[i] = ROOMS;
        }
    }
    for (unsigned room = 0; room < ROOMS; room++) {
        room_id last = twin_say(&it->twins[room % HOSTS], room, "last");

        for (unsigned host = 0; host < HOSTS; host++) {
            twin_wait(&it->twins[host], room, &last);
            expect_told(&it->twins[host], room, where, ids);
        }
    }
    assert_true(acked > SAID / 2);
    twins_end(it->twins, HOSTS);
    twins_begin(&fresh, 1, 2 * SAID);
    for (unsigned room = 0; room < ROOMS; room++) {
        expect_told(&fresh, room, where, ids);
    }
    twins_end(&fresh, 1);
    free(it);
}

static int begin(void **state)
{
    if (!redis_server_begin(*state != NULL)) {
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
        cmocka_unit_test_prestate_setup_teardown(nothing_is_lost, begin, end,
                                                 (void *)"durable"),
        cmocka_unit_test_setup_teardown(what_is_lost_is_told, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
