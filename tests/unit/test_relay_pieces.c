/* test_relay_pieces.c - what Redis has lost of large rooms comes back piece by
 * piece, whoever dies meanwhile, and nothing gets in front of the rest. */
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

#define HOSTS 3
#define ROOMS 2
#define SAID 700
#define SIZE 2000

static room_id say(twin *t, unsigned room, unsigned number)
{
    char text[SIZE];

    memset(text, 'x', sizeof(text));
    text[snprintf(text, sizeof(text), "message %u ", number)] = ' ';
    text[SIZE - 1] = '\0';
    return twin_say(t, room, text);
}

static void fill_rooms(twin *twins)
{
    for (unsigned room = 1; room <= ROOMS; room++) {
        room_id id = { 0, 0 };

        for (unsigned i = 0; i < HOSTS; i++) {
            twin_open(&twins[i], room);
        }
        for (unsigned i = 0; i < SAID; i++) {
            id = say(&twins[i % HOSTS], room, i);
        }
        for (unsigned i = 0; i < HOSTS; i++) {
            twin_wait(&twins[i], room, &id);
        }
    }
}

/* Each number once, in this order. */
static void expect_all(twin *t, unsigned room, unsigned count)
{
    base_bytes all = BASE_BYTES_INIT;
    const char *at;
    unsigned number = 0;
    char text[32];

    twin_read(t, room, &all);
    at = (const char *)all.data;
    while (number < count) {
        snprintf(text, sizeof(text), "\"message %u ", number);
        at = strstr(at, text);
        assert_non_null(at);
        number++;
    }
    assert_null(strstr(at + 1, "\"message "));
    base_bytes_free(&all);
}

/* One who comes while they are brought back sees all of it, too. */
static void expect_in_redis(unsigned count)
{
    twin fresh;

    twins_begin(&fresh, 1, 1000);
    for (unsigned room = 1; room <= ROOMS; room++) {
        expect_all(&fresh, room, count);
    }
    twins_end(&fresh, 1);
}

static bool has_reconnected(void *context)
{
    return twin_figures(context).reconnects >= 2
           && twin_figures(context).connected;
}

static void lose_all(twin *twins)
{
    redis_server_ask("FLUSHALL", NULL);
    for (unsigned i = 0; i < HOSTS; i++) {
        twins_until(has_reconnected, &twins[i], "nobody has noticed");
    }
}

/* How many arguments the longest command had. */
static int64_t most_arguments(void)
{
    static const char script[] =
        "local most = 0"
        " for _, each in ipairs(redis.call('SLOWLOG', 'GET', '-1')) do"
        " local last = each[4][#each[4]]"
        " local more = string.match(last, '%((%d+) more arguments%)')"
        " most = math.max(most, tonumber(more or '0')) end return most";

    return relay_answer_number(redis_server_ask("EVAL", script, "0", NULL), 0);
}

/* Three arguments a record. */
static void large_rooms_come_back(void **state)
{
    twin twins[HOSTS];

    (void)state;
    twins_begin(twins, HOSTS, 1000);
    fill_rooms(twins);
    redis_server_ask("CONFIG", "SET", "slowlog-max-len", "100000",
                     "slowlog-log-slower-than", "0", NULL);
    lose_all(twins);
    for (unsigned room = 1; room <= ROOMS; room++) {
        (void)say(&twins[room], room, SAID);
    }
    assert_in_range(most_arguments(), 60, 150);
    expect_in_redis(SAID + 1);
    for (unsigned i = 0; i < HOSTS; i++) {
        assert_int_equal(twin_figures(&twins[i]).gaps, 0);
    }
    twins_end(twins, HOSTS);
}

static bool has_begun(void *context)
{
    const relay_answer *answer =
        redis_server_ask("HLEN", "chatws:{site/1}:text", NULL);

    (void)context;
    return relay_answer_number(answer, 0) > 0;
}

/* Each host that brings something back is cut off again and again. */
static void cut_off_in_between(void **state)
{
    twin twins[HOSTS];

    (void)state;
    twins_begin(twins, HOSTS, 1000);
    fill_rooms(twins);
    redis_server_ask("FLUSHALL", NULL);
    twins_until(has_begun, NULL, "nobody begins");
    twin_kill_reader(&twins[0]);
    for (int i = 0; i < 5; i++) {
        redis_server_ask("CLIENT", "KILL", "TYPE", "normal", NULL);
    }
    for (unsigned room = 1; room <= ROOMS; room++) {
        (void)say(&twins[room], room, SAID);
    }
    expect_in_redis(SAID + 1);
    twins_end(twins, HOSTS);
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
        cmocka_unit_test_setup_teardown(large_rooms_come_back, begin, end),
        cmocka_unit_test_setup_teardown(cut_off_in_between, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
