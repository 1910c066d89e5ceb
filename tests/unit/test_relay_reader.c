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

/* Says which number it has. */
static room_id say(twin *t, unsigned room, unsigned number)
{
    char text[32];

    snprintf(text, sizeof(text), "message %u", number);
    return twin_say(t, room, text);
}

/* By turns, and both have them. */
static void talk(twin *twins, unsigned room, unsigned from, unsigned count)
{
    room_id id = { 0, 0 };

    for (unsigned i = from; i < from + count; i++) {
        id = say(&twins[i % 2], room, i);
    }
    twin_wait(&twins[0], room, &id);
    twin_wait(&twins[1], room, &id);
    twins_agree(&twins[0], &twins[1], room);
}

/* Each number once, in this order. */
static void expect_numbers(twin *t, unsigned room, unsigned from,
                           unsigned count)
{
    base_bytes all = BASE_BYTES_INIT;
    const char *at;
    unsigned number = from;

    twin_read(t, room, &all);
    at = (const char *)all.data;
    while ((at = strstr(at, "\"message ")) != NULL) {
        at += 9;
        assert_int_equal(strtoul(at, NULL, 10), number);
        number++;
    }
    assert_int_equal(number, from + count);
    base_bytes_free(&all);
}

/* Another host, which has not had the room yet, has what Redis has. */
static void expect_in_redis(twin *other, unsigned room, unsigned from,
                            unsigned count)
{
    twin fresh;

    twins_begin(&fresh, 1, KEEP);
    expect_numbers(&fresh, room, from, count);
    twins_agree(&fresh, other, room);
    twins_end(&fresh, 1);
}

static void records_flow(void **state)
{
    twin twins[2];
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    for (unsigned room = 1; room <= 3; room++) {
        talk(twins, room, 0, 60);
        expect_numbers(&twins[1], room, 0, 60);
    }
    id = say(&twins[0], 1, 60);
    twin_wait(&twins[1], 1, &id);
    twin_deeds_delete(&twins[1], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    expect_numbers(&twins[0], 1, 0, 60); /* it is told without its text */
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
        talk(twins, 1, said, 20);
        said += 20;
        redis_server_ask("CLIENT", "KILL", "TYPE",
                         i % 2 == 0 ? "pubsub" : "normal", NULL);
        /* Before they are back. */
        talk(twins, 1, said, 20);
        said += 20;
    }
    expect_numbers(&twins[0], 1, 0, said);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    assert_int_equal(twin_figures(&twins[1]).gaps, 0);
    assert_true(twin_figures(&twins[0]).reconnects >= 4);
    twins_end(twins, 2);
}

static bool has_reconnected(void *context)
{
    const twin *t = context;

    return twin_figures(t).reconnects >= 2 && twin_figures(t).connected;
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
    talk(twins, 1, 0, 10);
    redis_server_hold();
    twins_until(is_away, &twins[0], "the silence is not noticed");
    redis_server_go_on();
    twins_until(has_reconnected, &twins[0], "it does not come back");
    talk(twins, 1, 10, 10);
    expect_numbers(&twins[1], 1, 0, 20);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    twins_end(twins, 2);
}

static void killed_with_its_data(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    for (unsigned i = 0; i < 3; i++) {
        talk(twins, 1, i * 20, 20);
        redis_server_kill();
        redis_server_start();
    }
    talk(twins, 1, 60, 20);
    expect_numbers(&twins[0], 1, 0, 80);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    assert_int_equal(twin_figures(&twins[0]).restored, 0);
    expect_in_redis(&twins[0], 1, 0, 80);
    twins_end(twins, 2);
}

/* Redis has nothing any more: the hosts bring it back. */
static void killed_without_its_data(void **state)
{
    twin twins[2];
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    talk(twins, 1, 0, 20);
    talk(twins, 2, 0, 5);
    id = say(&twins[1], 1, 20);
    twin_wait(&twins[0], 1, &id);
    redis_server_kill();
    redis_server_start();
    talk(twins, 1, 21, 20);
    twin_connected(&twins[0]);
    twin_connected(&twins[1]);
    talk(twins, 2, 5, 5);
    expect_numbers(&twins[0], 1, 0, 41);
    assert_true(twin_exact(&twins[0], 1, &id));
    assert_true(twin_exact(&twins[1], 1, &id));
    assert_int_equal(twin_figures(&twins[0]).gaps
                         + twin_figures(&twins[1]).gaps,
                     0);
    assert_true(twin_figures(&twins[0]).restored
                    + twin_figures(&twins[1]).restored
                >= 26);
    expect_in_redis(&twins[0], 1, 0, 41);
    expect_in_redis(&twins[1], 2, 0, 10);
    twins_end(twins, 2);
}

static bool have_reconnected(void *context)
{
    twin *twins = context;
    return has_reconnected(&twins[0]) && has_reconnected(&twins[1]);
}

static void flushed_while_connected(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    talk(twins, 1, 0, 20);
    talk(twins, 2, 0, 5);
    redis_server_ask("FLUSHALL", NULL);
    talk(twins, 1, 20, 20); /* at once, before anybody has noticed */
    twins_until(have_reconnected, twins, "nobody has noticed");
    talk(twins, 1, 40, 5);
    expect_numbers(&twins[0], 1, 0, 45);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    expect_in_redis(&twins[0], 1, 0, 45);
    expect_in_redis(&twins[1], 2, 0, 5);
    twins_end(twins, 2);
}

/* What a room is in Redis, to go back to: as after a failover to a replica that
 * was behind. */
typedef struct {
    char key[3][64];
    base_bytes dump[3];
} replica;

static void copy_room(replica *out, unsigned room)
{
    static const char *const names[] = { "log", "text", "meta" };

    memset(out, 0, sizeof(*out));
    for (int i = 0; i < 3; i++) {
        const relay_answer *answer;
        const char *dump;
        size_t size;

        snprintf(out->key[i], sizeof(out->key[i]), "chatws:{site/%u}:%s", room,
                 names[i]);
        answer = redis_server_ask("DUMP", out->key[i], NULL);
        dump = relay_answer_text(answer, 0, &size);
        assert_true(size > 0);
        base_bytes_append(&out->dump[i], dump, size);
    }
}

static void go_back(replica *to)
{
    static const char script[] =
        "for i = 1, 3 do redis.call('DEL', KEYS[i])"
        " redis.call('RESTORE', KEYS[i], 0, ARGV[i]) end return 1";
    relay_link *link = relay_link_create(redis_server_settings(), -1);
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    relay_order_add_text(order, "EVAL");
    relay_order_add_text(order, script);
    relay_order_add_text(order, "3");
    for (int i = 0; i < 3; i++) {
        relay_order_add_text(order, to->key[i]);
    }
    for (int i = 0; i < 3; i++) {
        relay_order_add(order, to->dump[i].data, to->dump[i].len);
        base_bytes_free(&to->dump[i]);
    }
    assert_true(relay_link_open(link));
    relay_link_ask(link, order, base_clock_mono() + 5000000);
    assert_int_equal(order->status, RELAY_OK);
    relay_order_free(order);
    relay_link_destroy(link);
    redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    redis_server_ask("CLIENT", "KILL", "TYPE", "normal", NULL);
}

static void lost_end_is_offered(void **state)
{
    twin twins[2];
    replica old;
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    talk(twins, 1, 0, 20);
    copy_room(&old, 1);
    talk(twins, 1, 20, 10);
    id = say(&twins[0], 1, 30);
    twin_wait(&twins[1], 1, &id);
    go_back(&old);
    talk(twins, 1, 31, 10);
    expect_numbers(&twins[0], 1, 0, 41);
    assert_true(twin_exact(&twins[0], 1, &id));
    assert_int_equal(twin_figures(&twins[0]).gaps
                         + twin_figures(&twins[1]).gaps,
                     0);
    expect_in_redis(&twins[0], 1, 0, 41);
    twins_end(twins, 2);
}

static bool is_inexact(void *context)
{
    twin *t = context;
    room_id before = { 1, 0 };

    return !twin_exact(t, 1, &before);
}

/* Somebody was faster: what was lost cannot go back in order. */
static void lost_is_told(void **state)
{
    twin twins[3];
    replica old;
    room_id known;
    room_id lost;
    room_id id;

    (void)state;
    twins_begin(twins, 3, KEEP);
    talk(twins, 1, 0, 20);
    known = say(&twins[0], 1, 20);
    twin_wait(&twins[1], 1, &known);
    copy_room(&old, 1);
    lost = say(&twins[0], 1, 21);
    twin_wait(&twins[1], 1, &lost);
    /* A host that never had it says something; it was the only one there. */
    twin_kill_reader(&twins[0]);
    twins_until(has_reconnected, &twins[0], "nobody takes over");
    go_back(&old);
    redis_server_ask(
        "EVAL",
        "local r = '" /* as store.lua, of a host that knows up to there */
        "chatws:{site/1}:'"
        " local t = redis.call('TIME')"
        " local id = (t[1] * 1000 + 999) .. '-0'"
        " redis.call('XADD', r .. 'log', id, 'k', 'm')"
        " redis.call('HSET', r .. 'text', id,"
        " 'm 0000000000000001 0000000000000000 8 3 - -\\n{\"text\":\"x\"}')"
        " redis.call('HSET', r .. 'meta', 'top', id) return id",
        "0", NULL);
    twin_connected(&twins[0]);
    twin_connected(&twins[1]);
    id = say(&twins[1], 1, 22);
    twin_wait(&twins[0], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    twins_until(is_inexact, &twins[0], "nobody is told");
    assert_false(twin_exact(&twins[0], 1, &known));
    assert_false(twin_exact(&twins[1], 1, &known));
    assert_false(twin_exact(&twins[2], 1, &known));
    assert_true(twin_exact(&twins[1], 1, &id));
    twins_end(twins, 3);
}

/* The hosts have kept less than what has gone in between. */
static void too_late_is_a_gap(void **state)
{
    twin twins[2];
    room_id old;
    room_id id = { 0, 0 };

    (void)state;
    twins_begin(twins, 2, 5);
    talk(twins, 1, 0, 10);
    old = say(&twins[1], 1, 10);
    twin_wait(&twins[0], 1, &old);
    kill(twins[1].reader, SIGSTOP);
    for (unsigned i = 11; i < 300; i++) {
        id = say(&twins[0], 1, i);
    }
    kill(twins[1].reader, SIGCONT);
    twin_wait(&twins[1], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    assert_false(twin_exact(&twins[1], 1, &old));
    assert_true(twin_exact(&twins[1], 1, &id));
    talk(twins, 1, 300, 10);
    twins_end(twins, 2);
}

static void killed_reader_is_replaced(void **state)
{
    twin twins[2];

    (void)state;
    twins_begin(twins, 2, KEEP);
    talk(twins, 1, 0, 20);
    for (unsigned i = 20; i < 300; i++) {
        say(&twins[i % 2], 1 + i % 3, i);
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
    talk(twins, 1, 300, 20);
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
    talk(twins, 1, 0, 10);
    talk(twins, 2, 0, 10);
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
    talk(twins, 1, 10, 10);
    expect_numbers(&twins[0], 1, 0, 20);
    /* Nor what somebody has done to the keys of one room to the others. */
    redis_server_ask("HSET", "chatws:{site/1}:meta", "epoch", "nonsense", NULL);
    redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    talk(twins, 2, 10, 20);
    expect_numbers(&twins[1], 2, 0, 30);
    redis_server_ask("SET", "chatws:{site/1}:log", "x", NULL);
    redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    talk(twins, 2, 30, 20);
    expect_numbers(&twins[1], 2, 0, 50);
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
        FLEETING(lost_end_is_offered),
        FLEETING(lost_is_told),
        FLEETING(too_late_is_a_gap),
        FLEETING(killed_reader_is_replaced),
        FLEETING(garbage_harms_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
