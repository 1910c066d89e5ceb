/* test_relay_trouble.c - one connection to a Redis that is silent, slow, mad,
 * or not the one; several of them, and Sentinels.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <poll.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "relay/link/relay_link.h"
#include "relay/relay_script.h"
#include "relay_fake.h"

#define SOON INT64_C(60000000)
#define MOMENT INT64_C(200000)

typedef struct {
    relay_fake *fake;
    relay_settings settings;
    relay_link *link;
    relay_order *order;
} stage;

static void begin(stage *s, relay_fake_obey *obey, const void *context)
{
    heard_log_begin(BASE_LOG_INFO);
    s->fake = relay_fake_start(NULL, obey, (void *)(uintptr_t)context);
    relay_fake_settings(s->fake, &s->settings);
    s->link = relay_link_create(&s->settings, -1);
    s->order = relay_order_create(NULL, NULL, NULL);
    relay_order_add_text(s->order, "ECHO");
}

static void end(stage *s)
{
    relay_order_free(s->order);
    relay_link_destroy(s->link);
    relay_fake_stop(s->fake);
    heard_log_end();
}

/* After the login: the bytes, and then it listens on or (with a '!' in front)
 * leaves. */
static bool obey_with_bytes(const relay_fake_peer *peer,
                            const relay_answer *command, void *context)
{
    const char *bytes = context;

    if (relay_fake_login(peer, command)) {
        return true;
    }
    relay_fake_say(peer, *bytes == '!' ? bytes + 1 : bytes);
    return *bytes != '!';
}

/* ---- answers that are none */

static const struct {
    const char *bytes;
    const char *line;
} mad[] = {
    { "", "no answer in time" },
    { "$100\r\nhalf", "no answer in time" },
    { "*2147483647\r\n:1\r\n", "no answer in time" },
    { "$2147483646\r\n", "no answer in time" },
    { "!", "closed the connection" },
    { "!+half", "closed the connection" },
    { "!*2\r\n+one\r\n", "closed the connection" },
    { "hello\r\n", "not Redis' protocol" },
    { "\r\n\r\n", "not Redis' protocol" },
    { "$99999999999999999999\r\n", "not Redis' protocol" },
    { "*-7\r\n", "not Redis' protocol" },
    { "HTTP/1.1 200 OK\r\n\r\n", "not Redis' protocol" },
};

static void test_what_is_no_answer_closes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mad) / sizeof(*mad); i++) {
        stage s;
        int64_t began = base_clock_mono();

        begin(&s, obey_with_bytes, mad[i].bytes);
        assert_true(relay_link_open(s.link));
        relay_link_ask(s.link, s.order, base_clock_mono() + MOMENT);
        assert_int_equal(s.order->status, RELAY_AWAY);
        assert_false(relay_link_is_open(s.link));
        assert_true(base_clock_mono() - began < SOON);
        if (heard_log_count("CW1200") != 1
            || heard_log_count(mad[i].line) != 1) {
            fail_msg("not in the log: %s: %s", mad[i].bytes, mad[i].line);
        }
        /* And nothing more comes of it. */
        relay_link_ask(s.link, s.order, base_clock_mono() + MOMENT);
        assert_int_equal(s.order->status, RELAY_AWAY);
        assert_int_equal(heard_log_count("CW1200"), 1);
        end(&s);
    }
}

static const char *const refusals[] = {
    "-READONLY You can't write against a read only replica.\r\n",
    "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "-BUSY Redis is busy running a script.\r\n",
    "-NOREPLICAS Not enough good replicas to write.\r\n",
    "-MISCONF Redis is configured to save RDB snapshots\r\n",
    "-ERR \x01\n\r\n",
};

static void test_errors_are_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        stage s;
        const char *text;
        size_t size;

        begin(&s, obey_with_bytes, refusals[i]);
        assert_true(relay_link_open(s.link));
        relay_link_ask(s.link, s.order, base_clock_mono() + SOON);
        assert_int_equal(s.order->status, RELAY_REFUSED);
        text = relay_answer_text(&s.order->answer, 0, &size);
        assert_int_equal(size, strlen(refusals[i]) - 3);
        assert_memory_equal(text, refusals[i] + 1, size);
        assert_true(relay_link_is_open(s.link));
        end(&s);
    }
}

/* ---- slow ones */

/* A byte at a time; `context` NULL: and never the last. */
static bool obey_slowly(const relay_fake_peer *peer,
                        const relay_answer *command, void *context)
{
    const char *whole = "*2\r\n$3\r\nabc\r\n:12\r\n";
    char byte[2] = "";
    char gone;

    if (relay_fake_login(peer, command)) {
        return true;
    }
    for (size_t i = 0; i < strlen(whole) && context; i++) {
        *byte = whole[i];
        relay_fake_say(peer, byte);
    }
    relay_fake_say(peer, context ? "" : "$1000000\r\n");
    while (!context && recv(peer->fd, &gone, 1, MSG_DONTWAIT) != 0) {
        struct pollfd polled = { peer->fd, POLLIN, 0 };

        relay_fake_say(peer, "x");
        (void)poll(&polled, 1, 5);
    }
    return context != NULL;
}

static void test_slow_bytes_are_an_answer(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_slowly, "");
    assert_true(relay_link_open(s.link));
    relay_link_ask(s.link, s.order, base_clock_mono() + SOON);
    assert_int_equal(s.order->status, RELAY_OK);
    assert_true(relay_answer_is(&s.order->answer, 0, "abc"));
    assert_int_equal(relay_answer_number(&s.order->answer, 1), 12);
    end(&s);
}

static void test_slow_bytes_gain_no_time(void **state)
{
    stage s;
    int64_t began;

    (void)state;
    begin(&s, obey_slowly, NULL);
    assert_true(relay_link_open(s.link));
    began = base_clock_mono();
    relay_link_ask(s.link, s.order, began + MOMENT);
    assert_int_equal(s.order->status, RELAY_AWAY);
    assert_true(base_clock_mono() - began >= MOMENT);
    assert_true(base_clock_mono() - began < SOON);
    end(&s);
}

/* Takes all of it before it answers: the link sends and reads at once. */
static void test_more_than_the_sockets_hold(void **state)
{
    stage s;
    static char large[8 * 1024 * 1024];

    (void)state;
    begin(&s, obey_with_bytes, "+OK\r\n");
    assert_true(relay_link_open(s.link));
    relay_order_add(s.order, large, sizeof(large));
    relay_link_ask(s.link, s.order, base_clock_mono() + SOON);
    assert_int_equal(s.order->status, RELAY_OK);
    end(&s);
}

/* ---- scripts */

static char heard[256];

/* `context` says how often it has not got the script. */
static bool obey_scripts(const relay_fake_peer *peer,
                         const relay_answer *command, void *context)
{
    _Atomic int *left = context;
    bool whole = relay_answer_is(command, 0, "EVAL");

    if (relay_fake_login(peer, command)) {
        return true;
    }
    strcat(heard, whole ? "E" : relay_answer_is(command, 0, "EVALSHA") ? "S"
                                                                       : "?");
    if ((!whole && atomic_load(left) > 0) || atomic_load(left) > 100) {
        atomic_fetch_sub(left, 1);
        relay_fake_say(peer, "-NOSCRIPT No matching script.\r\n");
        return true;
    }
    assert_true(relay_answer_is(command, 2, "1"));
    assert_true(relay_answer_is(command, 3, "key"));
    assert_true(relay_answer_is(command, 4, "-5"));
    assert_int_equal(relay_answer_count(command), 5);
    relay_fake_say(peer, "+OK\r\n");
    return true;
}

static relay_status ask_script(stage *s)
{
    relay_order *order =
        relay_order_create(relay_script_get(RELAY_SCRIPT_STORE), NULL, NULL);
    relay_status status;

    relay_order_key(order, "key", 3);
    relay_order_add_number(order, -5);
    relay_link_ask(s->link, order, base_clock_mono() + SOON);
    status = order->status;
    relay_order_free(order);
    return status;
}

static void test_scripts_go_by_their_digests(void **state)
{
    stage s;
    _Atomic int left = 0;

    (void)state;
    *heard = '\0';
    begin(&s, obey_scripts, &left);
    assert_true(relay_link_open(s.link));
    assert_int_equal(ask_script(&s), RELAY_OK);
    assert_int_equal(ask_script(&s), RELAY_OK);
    assert_string_equal(heard, "ES");
    atomic_store(&left, 1); /* SCRIPT FLUSH */
    assert_int_equal(ask_script(&s), RELAY_OK);
    assert_int_equal(ask_script(&s), RELAY_OK);
    assert_string_equal(heard, "ESSES");
    relay_link_close(s.link, NULL);
    assert_true(relay_link_open(s.link));
    assert_int_equal(ask_script(&s), RELAY_OK);
    assert_string_equal(heard, "ESSESE");
    atomic_store(&left, 200); /* whatever it is given */
    assert_int_equal(ask_script(&s), RELAY_REFUSED);
    assert_string_equal(heard, "ESSESESE");
    end(&s);
}

/* ---- which one */

static bool obey_replica(const relay_fake_peer *peer,
                         const relay_answer *command, void *context)
{
    (void)context;
    if (relay_answer_is(command, 0, "ROLE")) {
        relay_fake_say(peer, "*1\r\n$5\r\nslave\r\n");
        return true;
    }
    return relay_fake_login(peer, command);
}

static void test_the_next_one_is_asked(void **state)
{
    stage s;
    relay_fake *replica = relay_fake_start(NULL, obey_replica, NULL);
    unsigned nowhere = relay_fake_nowhere();

    (void)state;
    begin(&s, obey_with_bytes, "+OK\r\n");
    s.settings.node_count = 3;
    s.settings.nodes[2] = s.settings.nodes[0];
    s.settings.nodes[1] = s.settings.nodes[0];
    s.settings.nodes[0].port = nowhere;
    s.settings.nodes[1].port = relay_fake_port(replica);
    assert_true(relay_link_open(s.link));
    assert_int_equal(heard_log_count("CW12"), 0);
    relay_link_close(s.link, NULL);
    assert_true(relay_link_open(s.link)); /* begins with that one */
    assert_int_equal(relay_fake_connections(replica), 1);
    relay_link_close(s.link, NULL);
    s.settings.nodes[2].port = nowhere;
    assert_false(relay_link_open(s.link));
    assert_int_equal(heard_log_count("refused; "), 2);
    assert_int_equal(heard_log_count("it is a replica"), 1);
    relay_fake_stop(replica);
    end(&s);
}

/* A Sentinel; `context` is the master's port, 0: it knows of none. */
static bool obey_sentinel(const relay_fake_peer *peer,
                          const relay_answer *command, void *context)
{
    unsigned port = *(unsigned *)context;
    char bytes[100];

    assert_true(relay_answer_is(command, 0, "SENTINEL"));
    assert_true(relay_answer_is(command, 1, "get-master-addr-by-name"));
    assert_true(relay_answer_is(command, 2, "mymaster"));
    snprintf(bytes, sizeof(bytes), "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n%05u\r\n",
             port);
    relay_fake_say(peer, port ? bytes : "*-1\r\n");
    return true;
}

static void test_sentinels_know_the_master(void **state)
{
    stage s;
    unsigned none = 0;
    unsigned port;
    char name[64];
    relay_fake *ignorant = relay_fake_start(NULL, obey_sentinel, &none);
    relay_fake *sentinel;

    (void)state;
    begin(&s, obey_with_bytes, "+OK\r\n");
    port = relay_fake_port(s.fake);
    sentinel = relay_fake_start(NULL, obey_sentinel, &port);
    strcpy(s.settings.sentinel, "mymaster");
    s.settings.node_count = 2;
    s.settings.nodes[1] = s.settings.nodes[0];
    s.settings.nodes[0].port = relay_fake_port(ignorant);
    s.settings.nodes[1].port = relay_fake_port(sentinel);
    assert_true(relay_link_open(s.link));
    snprintf(name, sizeof(name), "127.0.0.1:%u", port);
    assert_string_equal(relay_link_name(s.link), name);
    assert_int_equal(relay_fake_connections(ignorant), 1);
    relay_link_close(s.link, NULL);
    s.settings.nodes[1] = s.settings.nodes[0];
    assert_false(relay_link_open(s.link));
    assert_int_equal(heard_log_count("knows no such master; "), 1);
    relay_fake_stop(ignorant);
    relay_fake_stop(sentinel);
    end(&s);
}

/* ---- waiting for it to open */

static bool obey_nothing(const relay_fake_peer *peer,
                         const relay_answer *command, void *context)
{
    (void)peer;
    (void)command;
    return (void)context, true;
}

static void test_a_silent_login_ends(void **state)
{
    stage s;
    int64_t began = base_clock_mono();
    int64_t took;

    (void)state;
    begin(&s, obey_nothing, NULL);
    assert_false(relay_link_open(s.link));
    took = base_clock_mono() - began;
    assert_true(took >= RELAY_LINK_WAIT_US && took < SOON);
    assert_int_equal(heard_log_count("no answer to ROLE"), 1);
    end(&s);
}

static void test_opening_is_ended_from_outside(void **state)
{
    stage s;
    int wake[2];

    (void)state;
    begin(&s, obey_nothing, NULL);
    assert_int_equal(pipe(wake), 0);
    assert_int_equal(write(wake[1], "", 1), 1);
    relay_link_destroy(s.link);
    s.link = relay_link_create(&s.settings, wake[0]);
    assert_false(relay_link_open(s.link));
    assert_int_equal(heard_log_count("CW12"), 0); /* nor was it waited for */
    close(wake[0]);
    close(wake[1]);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_answer_closes_it),
        cmocka_unit_test(test_errors_are_answers),
        cmocka_unit_test(test_slow_bytes_are_an_answer),
        cmocka_unit_test(test_slow_bytes_gain_no_time),
        cmocka_unit_test(test_more_than_the_sockets_hold),
        cmocka_unit_test(test_scripts_go_by_their_digests),
        cmocka_unit_test(test_the_next_one_is_asked),
        cmocka_unit_test(test_sentinels_know_the_master),
        cmocka_unit_test(test_a_silent_login_ends),
        cmocka_unit_test(test_opening_is_ended_from_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
