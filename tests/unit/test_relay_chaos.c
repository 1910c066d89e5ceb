/* test_relay_chaos.c - whatever dies while hosts talk, in which order: what was
 * answered is there once, everywhere, and in one order, as long as Redis keeps
 * what it has said OK to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_server.h"
#include "relay_twins.h"

#define HOSTS 3
#define ROOMS 4
#define SAID 1500

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

static int begin(void **state)
{
    (void)state;
    if (!redis_server_begin(true)) {
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
        cmocka_unit_test_setup_teardown(nothing_is_lost, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
