/* test_relay_refused.c - what the sender does when Redis refuses, has too few
 * replicas, or has forgotten the scripts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "relay/relay_script.h"
#include "relay_stage.h"

/* `context` is the first answer to an ECHO; those behind it are good. */
static bool obey_once_badly(const relay_fake_peer *peer,
                            const relay_answer *command, void *context)
{
    _Atomic(const char *) *bad = context;
    const char *bytes;

    if (relay_fake_login(peer, command)) {
        return true;
    }
    bytes = atomic_exchange(bad, NULL);
    if (bytes) {
        relay_fake_say(peer, bytes);
    }
    else {
        relay_stage_obey(peer, command, NULL);
    }
    return true;
}

static void test_an_error_is_refused_with_its_text(void **state)
{
    relay_stage s;
    _Atomic(const char *) bad = "-OOM command not allowed\r\n";

    (void)state;
    relay_stage_begin(&s, obey_once_badly, &bad);
    assert_true(relay_sender_start(s.sender));
    relay_sender_send(s.sender, relay_stage_echo(1));
    relay_stage_wait(1);
    assert_int_equal(relay_stage_back.by_status[RELAY_REFUSED], 1);
    assert_string_equal(relay_stage_back.text, "OOM command not allowed");
    relay_sender_send(s.sender, relay_stage_echo(2));
    relay_stage_wait(2);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 1);
    assert_int_equal(relay_fake_connections(s.fake), 1);
    assert_int_equal(heard_log_count("CW1202: Redis refuses an order: OOM"),
                     1);
    assert_int_equal(atomic_load(&s.failed), 1);
    relay_stage_end(&s);
}

static void test_a_master_no_more_is_left(void **state)
{
    relay_stage s;
    _Atomic(const char *) bad = "-READONLY You can't write\r\n";

    (void)state;
    relay_stage_begin(&s, obey_once_badly, &bad);
    assert_true(relay_sender_start(s.sender));
    relay_sender_send(s.sender, relay_stage_echo(1));
    relay_stage_wait(1);
    assert_int_equal(relay_stage_back.by_status[RELAY_REFUSED], 1);
    relay_stage_connected(&s);
    assert_int_equal(relay_fake_connections(s.fake), 2);
    relay_stage_end(&s);
}

/* `context` is how many replicas have it. */
static bool obey_with_replicas(const relay_fake_peer *peer,
                               const relay_answer *command, void *context)
{
    _Atomic int *have = context;
    char bytes[32];

    if (!relay_answer_is(command, 0, "WAIT")) {
        return relay_stage_obey(peer, command, NULL);
    }
    assert_true(relay_answer_is(command, 1, "2"));
    assert_int_equal(relay_answer_number(command, 2),
                     RELAY_SENDER_REPLICAS_MS);
    snprintf(bytes, sizeof(bytes), ":%d\r\n", atomic_load(have));
    relay_fake_say(peer, bytes);
    return true;
}

static void send_two(relay_stage *s)
{
    relay_order *order = relay_stage_echo(1);

    order->waits = true;
    relay_stage_forget();
    relay_sender_send(s->sender, order);
    relay_sender_send(s->sender, relay_stage_echo(2));
    relay_stage_wait(2);
}

static void test_replicas_must_have_it(void **state)
{
    relay_stage s;
    _Atomic int have = 2;

    (void)state;
    relay_stage_begin(&s, obey_with_replicas, &have);
    s.settings.wait = 2;
    assert_true(relay_sender_start(s.sender));
    send_two(&s);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 2);
    atomic_store(&have, 1);
    send_two(&s);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 1);
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 1);
    assert_int_equal(relay_stage_back.wrong, 0);
    assert_int_equal(heard_log_count("CW1203"), 1);
    assert_int_equal(relay_fake_connections(s.fake), 1);
    relay_stage_end(&s);
}

/* The scripts of the 2nd command are not there. */
static bool obey_scripts(const relay_fake_peer *peer,
                         const relay_answer *command, void *context)
{
    _Atomic int *left = context;
    size_t size;
    const char *number = relay_answer_text(command, 4, &size);
    char bytes[64];

    if (relay_fake_login(peer, command)) {
        return true;
    }
    if (relay_answer_is(command, 0, "EVALSHA")
        && atomic_fetch_sub(left, 1) > 0) {
        relay_fake_say(peer, "-NOSCRIPT No matching script.\r\n");
        return true;
    }
    snprintf(bytes, sizeof(bytes), "+%.*s\r\n", (int)size, number);
    relay_fake_say(peer, bytes);
    return true;
}

static void test_a_script_that_is_gone_is_sent_again(void **state)
{
    relay_stage s;
    _Atomic int left = 3;

    (void)state;
    relay_stage_begin(&s, obey_scripts, &left);
    assert_true(relay_sender_start(s.sender));
    for (size_t i = 0; i < 20; i++) {
        relay_order *order = relay_stage_echo(i);

        order->script = relay_script_get(RELAY_SCRIPT_FETCH);
        relay_order_add_number(order, (int64_t)i);
        relay_sender_send(s.sender, order);
    }
    relay_stage_wait(20);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 20);
    assert_int_equal(relay_stage_back.wrong, 0);
    relay_stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_is_refused_with_its_text),
        cmocka_unit_test(test_a_master_no_more_is_left),
        cmocka_unit_test(test_replicas_must_have_it),
        cmocka_unit_test(test_a_script_that_is_gone_is_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
