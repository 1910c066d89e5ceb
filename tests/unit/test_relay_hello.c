/* test_relay_hello.c - which Redis can be used, and what all hosts share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "redis_server.h"
#include "relay/reader/relay_hello.h"
#include "relay_twins.h"
#include "room/relay/room_relay.h"

/* NULL: it is good; else what is said of it. */
static void expect_judged(const char *info, const char *expected)
{
    char why[200] = "";
    bool good = relay_hello_judge(info, strlen(info), why, sizeof(why));

    if (good != !expected) {
        fail_msg("%s: %s", info, why);
    }
    if (expected) {
        assert_non_null(strstr(why, expected));
    }
}

static void versions_are_judged(void **state)
{
    (void)state;
    expect_judged("# Server\r\nredis_version:6.2.0\r\nredis_mode:standalone\r\n"
                  "maxmemory_policy:noeviction\r\ncluster_enabled:0\r\n",
                  NULL);
    expect_judged("redis_version:7.0.15\r\n", NULL);
    expect_judged("redis_version:10.0.0\r\n", NULL);
    expect_judged("server_name:valkey\r\nredis_version:7.2.4\r\n"
                  "valkey_version:8.0.1\r\n",
                  NULL);
    expect_judged("redis_version:6.0.16\r\n", "6.0.16");
    expect_judged("redis_version:5.0.7", "5.0.7");
    expect_judged("redis_version:\r\n", "does not say");
    expect_judged("", "does not say");
    expect_judged("redis_version", "does not say");
    expect_judged("xredis_version:7.0.0\r\n", "does not say");
    expect_judged("redis_version:7.2.0\r\ncluster_enabled:1\r\n", "Cluster");
    expect_judged("redis_version:7.2.0\nmaxmemory_policy:allkeys-lru\n",
                  "allkeys-lru");
    expect_judged("redis_version:7.2.0\nmaxmemory_policy:volatile-ttl\n",
                  "volatile-ttl");
}

static bool is_known(const twin *t, const char *text)
{
    (void)t;
    return relay_answer_is(redis_server_ask("GET", "chatws:secret", NULL), 0,
                           text);
}

static void secret_of(const twin *t, char out[33])
{
    const base_hash_key *key = room_store_secret(t->store);

    snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, key->k0, key->k1);
}

static bool has_lost_nothing(void *context)
{
    char secret[33];

    secret_of(context, secret);
    return is_known(context, secret);
}

/* The first host's becomes that of all, and comes back when Redis loses it. */
static void secret_is_shared(void **state)
{
    twin twins[2];
    char secrets[2][33];

    (void)state;
    twins_begin(twins, 2, 100);
    secret_of(&twins[0], secrets[0]);
    secret_of(&twins[1], secrets[1]);
    assert_string_equal(secrets[0], secrets[1]);
    assert_true(is_known(&twins[0], secrets[0]));
    redis_server_ask("FLUSHALL", NULL);
    twins_until(has_lost_nothing, &twins[0], "the secret does not come back");
    twins_end(twins, 2);
}

static bool is_away(void *context)
{
    return !twin_figures(context).connected;
}

static bool is_told(void *context)
{
    return heard_log_count(context) > 0;
}

/* This process' own reader is the one whose lines can be heard. */
static void other_secret_is_told(void **state)
{
    twin one;

    (void)state;
    heard_log_begin(BASE_LOG_INFO);
    twins_begin(&one, 1, 100);
    twin_kill_reader(&one);
    redis_server_ask("SET", "chatws:secret", "0123456789abcdef0123456789abcdef",
                     NULL);
    twins_until(is_told, "CW1215: ", "the other secret is not told");
    twin_connected(&one);
    redis_server_ask("SET", "chatws:secret", "xyz", NULL);
    redis_server_ask("DEL", "chatws:since", NULL);
    twins_until(is_told, "makes no sense", "what is no secret is not told");
    assert_true(is_away(&one));
    twins_end(&one, 1);
    heard_log_end();
}

/* One that throws keys away is not used, until it does not any more. */
static void policy_is_refused(void **state)
{
    twin one;
    room_id id;

    (void)state;
    heard_log_begin(BASE_LOG_INFO);
    twins_begin(&one, 1, 100);
    id = twin_say(&one, 1, "a");
    twin_wait(&one, 1, &id);
    redis_server_ask("CONFIG", "SET", "maxmemory-policy", "volatile-lru", NULL);
    twin_kill_reader(&one);
    twins_until(is_told, "CW1210: Redis cannot be used: its maxmemory-policy is"
                         " volatile-lru",
                "the policy is not told");
    assert_true(is_away(&one));
    redis_server_ask("CONFIG", "SET", "maxmemory-policy", "noeviction", NULL);
    twin_connected(&one);
    id = twin_say(&one, 1, "b");
    twin_wait(&one, 1, &id);
    twins_end(&one, 1);
    heard_log_end();
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
        cmocka_unit_test(versions_are_judged),
        cmocka_unit_test_setup_teardown(secret_is_shared, begin, end),
        cmocka_unit_test_setup_teardown(other_secret_is_told, begin, end),
        cmocka_unit_test_setup_teardown(policy_is_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
