/* test_relay_sender.c - orders from many threads come back once each, with
 * their own answers, whatever becomes of Redis.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "relay/relay.h"
#include "relay_stage.h"

#define SOON INT64_C(60000000)
#define THREADS 8
#define ORDERS 1250 /* of a thread */

/* ---- many */

static bool obey_and_leave(const relay_fake_peer *peer,
                           const relay_answer *command, void *context)
{
    (void)context;
    if (peer->commands % 700 == 699) {
        return false;
    }
    return relay_stage_obey(peer, command, NULL);
}

static void *send_many(void *context)
{
    relay_stage *s = ((void **)context)[0];
    size_t first = (size_t)(uintptr_t)((void **)context)[1];

    for (size_t i = 0; i < ORDERS; i++) {
        relay_sender_send(s->sender, relay_stage_echo(first + i));
    }
    return NULL;
}

static void send_from_all(relay_stage *s)
{
    pthread_t threads[THREADS];
    void *given[THREADS][2];

    for (size_t i = 0; i < THREADS; i++) {
        given[i][0] = s;
        given[i][1] = (void *)(uintptr_t)(i * ORDERS);
        assert_int_equal(pthread_create(&threads[i], NULL, send_many,
                                        given[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    relay_stage_wait(THREADS * ORDERS);
    for (size_t i = 0; i < THREADS * ORDERS; i++) {
        assert_int_equal(relay_stage_back.times[i], 1);
    }
    assert_int_equal(relay_stage_back.wrong, 0);
}

static void test_many_threads_get_theirs_back(void **state)
{
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, relay_stage_obey, NULL);
    assert_true(relay_sender_start(s.sender));
    send_from_all(&s);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], THREADS * ORDERS);
    assert_int_equal(atomic_load(&s.sent), THREADS * ORDERS);
    assert_int_equal(atomic_load(&s.failed), 0);
    relay_stage_end(&s);
}

static void test_none_is_lost_when_it_leaves(void **state)
{
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, obey_and_leave, NULL);
    assert_true(relay_sender_start(s.sender));
    send_from_all(&s);
    assert_true(relay_stage_back.by_status[RELAY_AWAY] > 0);
    assert_int_equal(relay_stage_back.by_status[RELAY_REFUSED], 0);
    assert_int_equal(atomic_load(&s.failed),
                     relay_stage_back.by_status[RELAY_AWAY]);
    relay_stage_end(&s);
}

static void test_answers_keep_the_order(void **state)
{
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, relay_stage_obey, NULL);
    assert_true(relay_sender_start(s.sender));
    for (size_t i = 0; i < 10; i++) {
        relay_sender_send(s.sender, relay_stage_echo(i));
    }
    relay_stage_wait(10);
    assert_string_equal(relay_stage_back.numbers, "0 1 2 3 4 5 6 7 8 9 ");
    relay_stage_end(&s);
}

/* ---- away */

static void test_away_at_once_and_back(void **state)
{
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, relay_stage_obey, NULL);
    relay_sender_send(s.sender, relay_stage_echo(0)); /* not started */
    assert_int_equal(relay_stage_count(), 1);
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 1);
    assert_true(relay_sender_start(s.sender));
    relay_stage_connected(&s);
    relay_fake_cut(s.fake);
    relay_stage_connected(&s);
    assert_int_equal(relay_fake_connections(s.fake), 2);
    assert_int_equal(heard_log_count("CW1200: Redis is away: 127.0.0.1:"), 1);
    assert_int_equal(heard_log_count("it closed the connection"), 1);
    assert_int_equal(heard_log_count("CW1201: Redis is back: 127.0.0.1:"), 1);
    relay_stage_end(&s);
}

/* The number that the next descriptor gets. */
static int next_descriptor(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

static void test_flaps_keep_no_descriptor(void **state)
{
    relay_stage s;
    int before;

    (void)state;
    relay_stage_begin(&s, relay_stage_obey, NULL);
    assert_true(relay_sender_start(s.sender));
    relay_stage_connected(&s);
    before = next_descriptor();
    for (unsigned i = 0; i < 30; i++) {
        relay_fake_cut(s.fake);
        relay_stage_connected(&s);
    }
    assert_int_equal(next_descriptor(), before);
    assert_true(relay_fake_connections(s.fake) >= 31);
    relay_stage_end(&s);
}

static void test_nobody_there_is_told_at_once(void **state)
{
    relay_stage s;
    int64_t began;

    (void)state;
    relay_stage_begin(&s, relay_stage_obey, NULL);
    s.settings.nodes[0].port = relay_fake_nowhere();
    assert_true(relay_sender_start(s.sender));
    relay_sender_send(s.sender, relay_stage_echo(0));
    relay_stage_wait(1);
    began = base_clock_mono();
    for (size_t i = 1; i < 1000; i++) {
        relay_sender_send(s.sender, relay_stage_echo(i));
    }
    assert_int_equal(relay_stage_count(), 1000); /* without waiting */
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 1000);
    assert_true(base_clock_mono() - began < SOON);
    assert_true(heard_log_count("Connection refused") >= 1);
    relay_stage_end(&s);
}

/* Answers the login only. */
static bool obey_silently(const relay_fake_peer *peer,
                          const relay_answer *command, void *context)
{
    (void)context;
    (void)relay_fake_login(peer, command);
    return true;
}

static void test_silence_ends_after_its_time(void **state)
{
    relay_stage s;
    int64_t began = base_clock_mono();

    (void)state;
    relay_stage_begin(&s, obey_silently, NULL);
    assert_true(relay_sender_start(s.sender));
    relay_sender_send(s.sender, relay_stage_echo(1));
    relay_stage_wait(1);
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 1);
    assert_true(base_clock_mono() - began >= 1900000);
    assert_int_equal(heard_log_count("no answer in time"), 1);
    relay_stage_end(&s);
}

static void test_stop_gives_back_what_waits(void **state)
{
    relay_stage s;
    int64_t began;

    (void)state;
    relay_stage_begin(&s, obey_silently, NULL);
    assert_true(relay_sender_start(s.sender));
    for (size_t i = 0; i < 100; i++) {
        relay_sender_send(s.sender, relay_stage_echo(i));
    }
    began = base_clock_mono();
    assert_true(relay_sender_stop(s.sender, began + 100000));
    assert_true(base_clock_mono() - began < SOON);
    relay_sender_send(s.sender, relay_stage_echo(100));
    assert_int_equal(relay_stage_count(), 101);
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 101);
    relay_sender_destroy(s.sender);
    relay_fake_stop(s.fake);
    heard_log_end();
}

static void test_stop_answers_what_was_sent(void **state)
{
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, relay_stage_obey, NULL);
    assert_true(relay_sender_start(s.sender));
    relay_stage_connected(&s);
    for (size_t i = 0; i < 1000; i++) {
        relay_sender_send(s.sender, relay_stage_echo(i));
    }
    assert_true(relay_sender_stop(s.sender, base_clock_mono() + SOON));
    assert_int_equal(relay_stage_count(), 1000);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 1000);
    assert_int_equal(heard_log_count("CW12"), 0);
    relay_sender_destroy(s.sender);
    relay_fake_stop(s.fake);
    heard_log_end();
}

/* Only the first one is let in. */
static bool obey_first(const relay_fake_peer *peer,
                       const relay_answer *command, void *context)
{
    return peer->number > 1 || relay_stage_obey(peer, command, context);
}

static void test_none_waits_for_a_login(void **state)
{
    int64_t until = base_clock_mono() + SOON;
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, obey_first, NULL);
    assert_true(relay_sender_start(s.sender));
    relay_stage_connected(&s);
    relay_fake_cut(s.fake);
    while (relay_fake_connections(s.fake) < 2) {
        assert_true(base_clock_mono() < until);
        poll(NULL, 0, 1);
    }
    relay_sender_send(s.sender, relay_stage_echo(0));
    assert_int_equal(relay_stage_count(), 1); /* without waiting */
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 1);
    relay_stage_end(&s);
}

static bool obey_nothing(const relay_fake_peer *peer,
                         const relay_answer *command, void *context)
{
    (void)peer;
    (void)command;
    (void)context;
    return true;
}

/* Its thread may be where nothing wakes it. */
static void test_halt_gives_back_at_once(void **state)
{
    relay_stage s;

    (void)state;
    relay_stage_begin(&s, obey_nothing, NULL);
    assert_true(relay_sender_start(s.sender));
    relay_sender_send(s.sender, relay_stage_echo(0));
    assert_int_equal(relay_stage_count(), 0);
    relay_sender_halt(s.sender, base_clock_mono() + SOON);
    assert_int_equal(relay_stage_count(), 1);
    relay_sender_send(s.sender, relay_stage_echo(1));
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 2);
    relay_stage_end(&s);
}

/* Says which Redis it is. */
static bool obey_as(const relay_fake_peer *peer, const relay_answer *command,
                    void *context)
{
    char bytes[100];

    if (!relay_answer_is(command, 0, "INFO")) {
        return relay_stage_obey(peer, command, NULL);
    }
    snprintf(bytes, sizeof(bytes), "$59\r\n# Server\r\nrun_id:"
             "%016x%024d\r\n\r\n", *(unsigned *)context, 0);
    relay_fake_say(peer, bytes);
    return true;
}

/* An order that is stored where the host's reader is not is never heard. */
static void test_it_leaves_where_the_reader_is_not(void **state)
{
    unsigned runs[] = { 0xaaaa, 0xbbbb };
    relay_settings settings;
    relay_stage s;
    relay_fake *other;

    (void)state;
    relay_stage_begin(&s, obey_as, &runs[0]);
    other = relay_fake_start(NULL, obey_as, &runs[1]);
    relay_fake_settings(other, &settings);
    s.settings.nodes[1] = settings.nodes[0];
    s.settings.node_count = 2;
    relay_stage_follow(&s, 0);
    assert_true(relay_sender_start(s.sender));
    relay_sender_send(s.sender, relay_stage_echo(0));
    relay_stage_wait(1);
    /* It has waited for the connection. */
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 1);
    relay_stage_forget();
    assert_int_equal(relay_fake_connections(other), 0);
    atomic_store(&s.run, runs[1]);
    relay_sender_send(s.sender, relay_stage_echo(1));
    relay_stage_wait(1);
    assert_int_equal(relay_stage_back.by_status[RELAY_AWAY], 1);
    relay_stage_connected(&s);
    assert_int_equal(relay_fake_connections(other), 1);
    assert_int_equal(relay_fake_connections(s.fake), 1);
    assert_true(heard_log_count("this host hears another Redis") >= 1);
    relay_stage_end(&s);
    relay_fake_stop(other);
}

static void test_too_much_is_not_taken(void **state)
{
    static char large[1024 * 1024];
    relay_stage s;
    unsigned taken = 20;

    (void)state;
    relay_stage_begin(&s, obey_silently, NULL);
    assert_true(relay_sender_start(s.sender));
    for (size_t i = 0; i < taken; i++) {
        relay_order *order = relay_stage_echo(i);

        relay_order_add(order, large, sizeof(large));
        relay_sender_send(s.sender, order);
    }
    taken -= relay_stage_count();
    assert_int_equal(taken, 15);
    relay_stage_wait(20);
    relay_stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_threads_get_theirs_back),
        cmocka_unit_test(test_none_is_lost_when_it_leaves),
        cmocka_unit_test(test_answers_keep_the_order),
        cmocka_unit_test(test_away_at_once_and_back),
        cmocka_unit_test(test_flaps_keep_no_descriptor),
        cmocka_unit_test(test_nobody_there_is_told_at_once),
        cmocka_unit_test(test_silence_ends_after_its_time),
        cmocka_unit_test(test_stop_gives_back_what_waits),
        cmocka_unit_test(test_stop_answers_what_was_sent),
        cmocka_unit_test(test_none_waits_for_a_login),
        cmocka_unit_test(test_halt_gives_back_at_once),
        cmocka_unit_test(test_it_leaves_where_the_reader_is_not),
        cmocka_unit_test(test_too_much_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
