/* test_relay_lost.c - Redis goes back, as after a failover to a replica that
 * was behind: what it has lost is offered again, or whoever misses it is
 * told. */
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
#include "twin_deeds.h"

#define KEEP 1000

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
    twin_deeds_talk(twins, 1, 0, 20);
    copy_room(&old, 1);
    twin_deeds_talk(twins, 1, 20, 10);
    id = twin_deeds_say(&twins[0], 1, 30);
    twin_wait(&twins[1], 1, &id);
    go_back(&old);
    twin_deeds_talk(twins, 1, 31, 10);
    twin_deeds_expect(&twins[0], 1, 0, 41);
    assert_true(twin_exact(&twins[0], 1, &id));
    assert_int_equal(twin_figures(&twins[0]).gaps
                         + twin_figures(&twins[1]).gaps,
                     0);
    twin_deeds_expect_in_redis(&twins[0], 1, 0, 41);
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
    twin_deeds_talk(twins, 1, 0, 20);
    known = twin_deeds_say(&twins[0], 1, 20);
    twin_wait(&twins[1], 1, &known);
    copy_room(&old, 1);
    lost = twin_deeds_say(&twins[0], 1, 21);
    twin_wait(&twins[1], 1, &lost);
    /* A host that never had it says something; it was the only one there. */
    twin_kill_reader(&twins[0]);
    twins_until(twin_deeds_reconnected, &twins[0], "nobody takes over");
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
    id = twin_deeds_say(&twins[1], 1, 22);
    twin_wait(&twins[0], 1, &id);
    twins_agree(&twins[0], &twins[1], 1);
    twins_until(is_inexact, &twins[0], "nobody is told");
    assert_false(twin_exact(&twins[0], 1, &known));
    assert_false(twin_exact(&twins[1], 1, &known));
    assert_false(twin_exact(&twins[2], 1, &known));
    assert_true(twin_exact(&twins[1], 1, &id));
    twins_end(twins, 3);
}

static bool has_a_gap(void *context)
{
    return twin_figures(context).gaps > 0;
}

/* The same, but one of those who read has never had it. */
static void lost_is_a_gap_for_who_never_had_it(void **state)
{
    twin twins[2];
    replica old;
    room_id known;
    room_id id;

    (void)state;
    twins_begin(twins, 2, KEEP);
    twin_deeds_talk(twins, 1, 0, 20);
    known = twin_deeds_say(&twins[0], 1, 20);
    twin_wait(&twins[1], 1, &known);
    copy_room(&old, 1);
    kill(twins[1].reader, SIGSTOP);
    redis_server_ask("CLIENT", "KILL", "TYPE", "pubsub", NULL);
    twins_until(twin_deeds_reconnected, &twins[0], "it does not come back");
    id = twin_deeds_say(&twins[0], 1, 21);
    twin_wait(&twins[0], 1, &id);
    kill(twins[0].reader, SIGSTOP);
    go_back(&old);
    kill(twins[1].reader, SIGCONT);
    twins_until(twin_deeds_reconnected, &twins[1], "it does not come back");
    id = twin_deeds_say(&twins[1], 1, 22);
    twin_wait(&twins[1], 1, &id);
    assert_int_equal(twin_figures(&twins[1]).gaps, 0);
    kill(twins[0].reader, SIGCONT);
    twins_until(has_a_gap, &twins[1], "nobody is told");
    twin_wait(&twins[0], 1, &id);
    twin_deeds_expect(&twins[0], 1, 0, 23);
    assert_false(twin_exact(&twins[1], 1, &known));
    /* It is told once, and not to who had it. */
    id = twin_deeds_say(&twins[0], 1, 23);
    twin_wait(&twins[1], 1, &id);
    twin_wait(&twins[0], 1, &id);
    assert_int_equal(twin_figures(&twins[0]).gaps, 0);
    assert_int_equal(twin_figures(&twins[1]).gaps, 1);
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

#define DURABLE(test) \
    cmocka_unit_test_prestate_setup_teardown(test, begin, end, (void *)"")
#define FLEETING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
#define FLEETING(test) cmocka_unit_test_setup_teardown(test, begin, end)
        FLEETING(lost_end_is_offered),
        FLEETING(lost_is_told),
        FLEETING(lost_is_a_gap_for_who_never_had_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
