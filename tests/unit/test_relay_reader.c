/* test_relay_reader.c - hosts that share rooms through a real Redis: what one
 * says the others have, with the same ids and in the same order, whatever
 * happens to Redis, to the connections and to the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "redis_server.h"
#include "relay/link/relay_link.h"
#include "relay_twins.h"
#include "room/relay/room_relay.h"
#include "twin_deeds.h"

#define KEEP 1000

static void records_flow(void **state)
{
    twin twins[2];
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    for (unsigned room = 1; room <= 3; room++) {
        twin_deeds_talk(twins, room, 0, 60);
        twin_deeds_expect(&twins[1], room, 0, 60);
    }
    id = twin_deeds_say(&twins[0], 1, 60);
    twin_wait(&twins[1], 1, &id);
    twin_deeds_delete(&twins[1], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    twin_deeds_expect(&twins[0], 1, 0, 60); /* it is told without its text */
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    assert_true(twin_figures(&twins[0]).received >= 181);
    assert_int_equal(twin_figures(&twins[0]).rooms, 3);
    assert_true(twin_figures(&twins[0]).lag_us >= 0);
    twins_end(twins, 2);
}

/* One that was opened when Redis was away is followed, too. */
static void missed_is_fetched(void **state)
{
    twin twins[2];
    unsigned said = 0;

    (void)state;
    twins_begin(twins, 2, KEEP);
    for (int i = 0; i < 5; i++) {
        twin_deeds_talk(twins, 1, said, 20);
        said += 20;
        redis_server_ask("CLIENT", "KILL", "TYPE",
                         i % 2 == 0 ? "pubsub" : "normal", NULL);
        /* Before they are back. */
        twin_deeds_talk(twins, 1, said, 20);
        said += 20;
    }
    twin_deeds_expect(&twins[0], 1, 0, said);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    assert_int_equal(twin_figures(&twins[1]).gaps, 0);
    assert_true(twin_figures(&twins[0]).reconnects >= 4);
    twins_end(twins, 2);
}

static bool is_away(void *context)
{
    return !twin_figures(context).connected;
}

/* Redis answers nothing and closes nothing. */
static void silence_is_noticed(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    twin_deeds_talk(twins, 1, 0, 10);
    redis_server_hold();
    twins_until(is_away, &twins[0], "the silence is not noticed");
    redis_server_go_on();
    twins_until(twin_deeds_reconnected, &twins[0], "it does not come back");
    twin_deeds_talk(twins, 1, 10, 10);
    twin_deeds_expect(&twins[1], 1, 0, 20);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    twins_end(twins, 2);
}

static void killed_with_its_data(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    for (unsigned i = 0; i < 3; i++) {
        twin_deeds_talk(twins, 1, i * 20, 20);
        redis_server_kill();
        redis_server_start();
    }
    twin_deeds_talk(twins, 1, 60, 20);
    twin_deeds_expect(&twins[0], 1, 0, 80);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    assert_int_equal(twin_figures(&twins[0]).restored, 0);
    twin_deeds_expect_in_redis(&twins[0], 1, 0, 80);
    twins_end(twins, 2);
}

/* Redis has nothing any more: the hosts bring it back. */
static void killed_without_its_data(void **state)
{
    twin twins[2];
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    twin_deeds_talk(twins, 1, 0, 20);
    twin_deeds_talk(twins, 2, 0, 5);
    id = twin_deeds_say(&twins[1], 1, 20);
    twin_wait(&twins[0], 1, &id);
    redis_server_kill();
    redis_server_start();
    twin_deeds_talk(twins, 1, 21, 20);
    twin_connected(&twins[0]);
    twin_connected(&twins[1]);
    twin_deeds_talk(twins, 2, 5, 5);
    twin_deeds_expect(&twins[0], 1, 0, 41);
    assert_true(twin_exact(&twins[0], 1, &id));
    assert_true(twin_exact(&twins[1], 1, &id));
    assert_int_equal(twin_figures(&twins[0]).gaps
                         + twin_figures(&twins[1]).gaps,
                     0);
    assert_true(twin_figures(&twins[0]).restored
                    + twin_figures(&twins[1]).restored
                >= 26);
    twin_deeds_expect_in_redis(&twins[0], 1, 0, 41);
    twin_deeds_expect_in_redis(&twins[1], 2, 0, 10);
    twins_end(twins, 2);
}

static bool have_reconnected(void *context)
{
    twin *twins = context;
    return twin_deeds_reconnected(&twins[0])
           && twin_deeds_reconnected(&twins[1]);
}

static void flushed_while_connected(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    twin_deeds_talk(twins, 1, 0, 20);
    twin_deeds_talk(twins, 2, 0, 5);
    redis_server_ask("FLUSHALL", NULL);
    twin_deeds_talk(twins, 1, 20, 20); /* at once, before anybody has noticed */
    twins_until(have_reconnected, twins, "nobody has noticed");
    twin_deeds_talk(twins, 1, 40, 5);
    twin_deeds_expect(&twins[0], 1, 0, 45);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    twin_deeds_expect_in_redis(&twins[0], 1, 0, 45);
    twin_deeds_expect_in_redis(&twins[1], 2, 0, 5);
    twins_end(twins, 2);
}

/* The hosts have kept less than what has gone in between. */
static void too_late_is_a_gap(void **state)
{
    twin twins[2];
    room_id old;
    room_id id = { 0, 0 };

    (void)state;
    twins_begin(twins, 2, 5);
    twin_deeds_talk(twins, 1, 0, 10);
    old = twin_deeds_say(&twins[1], 1, 10);
    twin_wait(&twins[0], 1, &old);
    kill(twins[1].reader, SIGSTOP);
    for (unsigned i = 11; i < 300; i++) {
        id = twin_deeds_say(&twins[0], 1, i);
    }
    kill(twins[1].reader, SIGCONT);
    twin_wait(&twins[1], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    assert_false(twin_exact(&twins[1], 1, &old));
    assert_true(twin_exact(&twins[1], 1, &id));
    twin_deeds_talk(twins, 1, 300, 10);
    twins_end(twins, 2);
}

static void killed_reader_is_replaced(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    twin_deeds_talk(twins, 1, 0, 20);
    for (unsigned i = 20; i < 300; i++) {
        twin_deeds_say(&twins[i % 2], 1 + i % 3, i);
        if (i == 150) {
            twin_kill_reader(&twins[0]);
        }
        if (i == 200) {
            twin_kill_reader(&twins[1]);
        }
    }
    for (unsigned room = 1; room <= 3; room++) {
        twins_agree(&twins[0], &twins[1], room);
    }
    twin_deeds_talk(twins, 1, 300, 20);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    twins_end(twins, 2);
}

static void publish(const char *channel, const char *text, size_t size)
{
    redis_server_ask_bytes("PUBLISH", channel, strlen(channel), text, size);
}

static void garbage_harms_nobody(void **state)
{
    static const char *const texts[] = {
        "", "E", "E ", "E x y z\n", "E 0123456789abcdef 1-1 2-2\n",
        "E 0123456789abcdef 1-1 2-2\nm", "L", "L 9", "L 99999999999999999999-1",
        "L 1-1", "G", "G 0-0", "G x", "P", "P x", "P x\n+", "T", "T zz", "B",
        "B x", "S", "S {", "U", "U [", "N", "N {}", "X", "\xff\xfe",
    };
    twin twins[2];
    char noise[300];

    (void)state;
    twins_begin(twins, 2, KEEP);
    twin_deeds_talk(twins, 1, 0, 10);
    twin_deeds_talk(twins, 2, 0, 10);
    srand(20261129);
    for (int round = 0; round < 300; round++) {
        size_t size = (size_t)rand() % sizeof(noise);

        for (size_t i = 0; i < size; i++) {
            noise[i] = (char)rand();
        }
        if (size > 0 && round % 2 == 0) {
            noise[0] = "ELGPTBSUN"[round % 9];
        }
        publish("chatws:{site/1}", noise, size);
        publish("chatws:hosts", noise, size);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        publish("chatws:{site/1}", texts[i], strlen(texts[i]));
        publish("chatws:hosts", texts[i], strlen(texts[i]));
        publish("chatws:", texts[i], strlen(texts[i]));
    }
    twin_deeds_talk(twins, 1, 10, 10);
    twin_deeds_expect(&twins[0], 1, 0, 20);
    /* Nor what somebody has done to the keys of one room to the others. */
    redis_server_ask("HSET", "chatws:{site/1}:meta", "epoch", "nonsense", NULL);
    redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    twin_deeds_talk(twins, 2, 10, 20);
    twin_deeds_expect(&twins[1], 2, 0, 30);
    redis_server_ask("SET", "chatws:{site/1}:log", "x", NULL);
    redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    twin_deeds_talk(twins, 2, 30, 20);
    twin_deeds_expect(&twins[1], 2, 0, 50);
    twins_end(twins, 2);
}

static int begin(void **state)
{
    bool durable = *state != NULL;

    if (!redis_server_begin(durable)) {
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

#define DURABLE(test) \
    cmocka_unit_test_prestate_setup_teardown(test, begin, end, (void *)"")
#define FLEETING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLEETING(records_flow),
        FLEETING(missed_is_fetched),
        FLEETING(silence_is_noticed),
        DURABLE(killed_with_its_data),
        FLEETING(killed_without_its_data),
        FLEETING(flushed_while_connected),
        FLEETING(too_late_is_a_gap),
        FLEETING(killed_reader_is_replaced),
        FLEETING(garbage_harms_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
