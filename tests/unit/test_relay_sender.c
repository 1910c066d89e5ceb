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

#include <pthread.h>

#include <cmocka.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "relay/link/relay_sender.h"
#include "relay/relay.h"
#include "relay/relay_script.h"
#include "relay_fake.h"

#define SOON INT64_C(20000000)
#define THREADS 8
#define ORDERS 1250 /* of a thread */

/* ---- what comes back */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news;
static unsigned back;              /* orders */
static unsigned by_status[3];
static unsigned wrong;             /* with another one's answer */
static unsigned char times[THREADS * ORDERS];
static char texts[64];             /* of the last answer */
static char order_of_return[256];

static void forget(void)
{
    back = wrong = 0;
    memset(by_status, 0, sizeof(by_status));
    memset(times, 0, sizeof(times));
    *texts = *order_of_return = '\0';
}

static void note(relay_order *order)
{
    size_t number = (size_t)(uintptr_t)order->context;
    size_t size;
    const char *text = relay_answer_text(&order->answer, 0, &size);
    size_t length;

    pthread_mutex_lock(&lock);
    back++;
    by_status[order->status]++;
    times[number]++;
    wrong += order->status == RELAY_OK
             && relay_answer_number(&order->answer, 0) != (int64_t)number;
    snprintf(texts, sizeof(texts), "%.*s", (int)size, text);
    length = strlen(order_of_return);
    snprintf(order_of_return + length, sizeof(order_of_return) - length,
             "%zu ", number);
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&lock);
    relay_order_free(order);
}

static void wait_back(unsigned count)
{
    int64_t until_us = base_clock_mono() + SOON;
    struct timespec until = { (time_t)(until_us / 1000000), 0 };
    int error = 0;

    pthread_mutex_lock(&lock);
    while (back < count && error == 0) {
        error = pthread_cond_timedwait(&news, &lock, &until);
    }
    assert_int_equal(back, count);
    pthread_mutex_unlock(&lock);
}

static relay_order *echo(size_t number)
{
    relay_order *order = relay_order_create(NULL, note,
                                            (void *)(uintptr_t)number);

    relay_order_add_text(order, "ECHO");
    relay_order_add_number(order, (int64_t)number);
    return order;
}

/* ---- the stage */

typedef struct {
    relay_fake *fake;
    relay_settings settings;
    relay_sender *sender;
    _Atomic uint64_t sent;
    _Atomic uint64_t failed;
} stage;

static void begin(stage *s, relay_fake_obey *obey, void *context)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&news, &clock);
    pthread_condattr_destroy(&clock);
    forget();
    heard_log_begin(BASE_LOG_INFO);
    atomic_init(&s->sent, 0);
    atomic_init(&s->failed, 0);
    s->fake = relay_fake_start(NULL, obey, context);
    relay_fake_settings(s->fake, &s->settings);
    s->sender = relay_sender_create(&s->settings, &s->sent, &s->failed);
}

static void start(stage *s)
{
    assert_true(relay_sender_start(s->sender));
}

static void end(stage *s)
{
    assert_true(relay_sender_stop(s->sender, base_clock_mono() + SOON));
    relay_sender_destroy(s->sender);
    relay_fake_stop(s->fake);
    heard_log_end();
}

/* Sends until one comes back with RELAY_OK. */
static void wait_connected(stage *s)
{
    int64_t until = base_clock_mono() + SOON;

    do {
        forget();
        relay_sender_send(s->sender, echo(0));
        wait_back(1);
    } while (by_status[RELAY_OK] == 0 && base_clock_mono() < until);
    assert_int_equal(by_status[RELAY_OK], 1);
    forget();
}

/* ---- the fakes */

static void say_back(const relay_fake_peer *peer, const relay_answer *command)
{
    size_t size;
    const char *text = relay_answer_text(command, 1, &size);
    char bytes[64];

    snprintf(bytes, sizeof(bytes), "+%.*s\r\n", size > 40 ? 40 : (int)size,
             text);
    relay_fake_say(peer, bytes);
}

static bool obey_well(const relay_fake_peer *peer, const relay_answer *command,
                      void *context)
{
    (void)context;
    if (!relay_fake_login(peer, command)) {
        say_back(peer, command);
    }
    return true;
}

static bool obey_and_leave(const relay_fake_peer *peer,
                           const relay_answer *command, void *context)
{
    (void)context;
    if (peer->commands % 700 == 699) {
        return false;
    }
    return obey_well(peer, command, NULL);
}

/* ---- many */

static void *send_many(void *context)
{
    stage *s = ((void **)context)[0];
    size_t first = (size_t)(uintptr_t)((void **)context)[1];

    for (size_t i = 0; i < ORDERS; i++) {
        relay_sender_send(s->sender, echo(first + i));
    }
    return NULL;
}

static void send_from_all(stage *s)
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
    wait_back(THREADS * ORDERS);
    for (size_t i = 0; i < THREADS * ORDERS; i++) {
        assert_int_equal(times[i], 1);
    }
    assert_int_equal(wrong, 0);
}

static void test_many_threads_get_theirs_back(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_well, NULL);
    start(&s);
    send_from_all(&s);
    assert_int_equal(by_status[RELAY_OK], THREADS * ORDERS);
    assert_int_equal(atomic_load(&s.sent), THREADS * ORDERS);
    assert_int_equal(atomic_load(&s.failed), 0);
    end(&s);
}

static void test_none_is_lost_when_it_leaves(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_and_leave, NULL);
    start(&s);
    send_from_all(&s);
    assert_true(by_status[RELAY_AWAY] > 0);
    assert_int_equal(by_status[RELAY_REFUSED], 0);
    assert_int_equal(atomic_load(&s.failed), by_status[RELAY_AWAY]);
    end(&s);
}

static void test_answers_keep_the_order(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_well, NULL);
    start(&s);
    for (size_t i = 0; i < 10; i++) {
        relay_sender_send(s.sender, echo(i));
    }
    wait_back(10);
    assert_string_equal(order_of_return, "0 1 2 3 4 5 6 7 8 9 ");
    end(&s);
}

/* ---- away */

static void test_away_at_once_and_back(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_well, NULL);
    relay_sender_send(s.sender, echo(0)); /* not started */
    assert_int_equal(back, 1);
    assert_int_equal(by_status[RELAY_AWAY], 1);
    start(&s);
    wait_connected(&s);
    relay_fake_cut(s.fake);
    wait_connected(&s);
    assert_int_equal(relay_fake_connections(s.fake), 2);
    assert_int_equal(heard_log_count("CW1200: Redis is away: 127.0.0.1:"), 1);
    assert_int_equal(heard_log_count("it closed the connection"), 1);
    assert_int_equal(heard_log_count("CW1201: Redis is back: 127.0.0.1:"), 1);
    end(&s);
}

static void test_nobody_there_is_told_at_once(void **state)
{
    stage s;
    int64_t began;

    (void)state;
    begin(&s, obey_well, NULL);
    s.settings.nodes[0].port = relay_fake_nowhere();
    start(&s);
    relay_sender_send(s.sender, echo(0));
    wait_back(1);
    began = base_clock_mono();
    for (size_t i = 1; i < 1000; i++) {
        relay_sender_send(s.sender, echo(i));
    }
    assert_int_equal(back, 1000); /* without waiting */
    assert_int_equal(by_status[RELAY_AWAY], 1000);
    assert_true(base_clock_mono() - began < SOON);
    assert_true(heard_log_count("Connection refused") >= 1);
    end(&s);
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
    stage s;
    int64_t began = base_clock_mono();

    (void)state;
    begin(&s, obey_silently, NULL);
    start(&s);
    relay_sender_send(s.sender, echo(1));
    wait_back(1);
    assert_int_equal(by_status[RELAY_AWAY], 1);
    assert_true(base_clock_mono() - began >= 1900000);
    assert_int_equal(heard_log_count("no answer in time"), 1);
    end(&s);
}

static void test_stop_gives_back_what_waits(void **state)
{
    stage s;
    int64_t began;

    (void)state;
    begin(&s, obey_silently, NULL);
    start(&s);
    for (size_t i = 0; i < 100; i++) {
        relay_sender_send(s.sender, echo(i));
    }
    began = base_clock_mono();
    assert_true(relay_sender_stop(s.sender, began + 100000));
    assert_true(base_clock_mono() - began < 1500000);
    relay_sender_send(s.sender, echo(100));
    assert_int_equal(back, 101);
    assert_int_equal(by_status[RELAY_AWAY], 101);
    relay_sender_destroy(s.sender);
    relay_fake_stop(s.fake);
    heard_log_end();
}

static void test_stop_answers_what_was_sent(void **state)
{
    stage s;

    (void)state;
    begin(&s, obey_well, NULL);
    start(&s);
    wait_connected(&s);
    for (size_t i = 0; i < 1000; i++) {
        relay_sender_send(s.sender, echo(i));
    }
    assert_true(relay_sender_stop(s.sender, base_clock_mono() + SOON));
    assert_int_equal(back, 1000);
    assert_int_equal(by_status[RELAY_OK], 1000);
    assert_int_equal(heard_log_count("CW12"), 0);
    relay_sender_destroy(s.sender);
    relay_fake_stop(s.fake);
    heard_log_end();
}

static void test_too_much_is_not_taken(void **state)
{
    static char large[1024 * 1024];
    stage s;
    unsigned taken = 20;

    (void)state;
    begin(&s, obey_silently, NULL);
    start(&s);
    for (size_t i = 0; i < taken; i++) {
        relay_order *order = echo(i);

        relay_order_add(order, large, sizeof(large));
        relay_sender_send(s.sender, order);
    }
    pthread_mutex_lock(&lock);
    taken -= back;
    pthread_mutex_unlock(&lock);
    assert_int_equal(taken, 15);
    wait_back(20);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_threads_get_theirs_back),
        cmocka_unit_test(test_none_is_lost_when_it_leaves),
        cmocka_unit_test(test_answers_keep_the_order),
        cmocka_unit_test(test_away_at_once_and_back),
        cmocka_unit_test(test_nobody_there_is_told_at_once),
        cmocka_unit_test(test_silence_ends_after_its_time),
        cmocka_unit_test(test_stop_gives_back_what_waits),
        cmocka_unit_test(test_stop_answers_what_was_sent),
        cmocka_unit_test(test_too_much_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
