/* relay_stage.c - see relay_stage.h. */
#include "relay_stage.h"

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

#define SOON INT64_C(60000000)

relay_stage_heard relay_stage_back;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news;

void relay_stage_forget(void)
{
    memset(&relay_stage_back, 0, sizeof(relay_stage_back));
}

void relay_stage_note(relay_order *order)
{
    relay_stage_heard *heard = &relay_stage_back;
    size_t number = (size_t)(uintptr_t)order->context;
    size_t length;
    size_t size;
    const char *text = relay_answer_text(&order->answer, 0, &size);

    pthread_mutex_lock(&lock);
    heard->back++;
    heard->by_status[order->status]++;
    heard->times[number]++;
    heard->wrong += order->status == RELAY_OK
                    && relay_answer_number(&order->answer, 0)
                           != (int64_t)number;
    snprintf(heard->text, sizeof(heard->text), "%.*s", (int)size, text);
    length = strlen(heard->numbers);
    snprintf(heard->numbers + length, sizeof(heard->numbers) - length, "%zu ",
             number);
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&lock);
    relay_order_free(order);
}

void relay_stage_wait(unsigned count)
{
    int64_t until_us = base_clock_mono() + SOON;
    struct timespec until = { (time_t)(until_us / 1000000), 0 };
    int error = 0;

    pthread_mutex_lock(&lock);
    while (relay_stage_back.back < count && error == 0) {
        error = pthread_cond_timedwait(&news, &lock, &until);
    }
    assert_int_equal(relay_stage_back.back, count);
    pthread_mutex_unlock(&lock);
}

unsigned relay_stage_count(void)
{
    unsigned back;

    pthread_mutex_lock(&lock);
    back = relay_stage_back.back;
    pthread_mutex_unlock(&lock);
    return back;
}

relay_order *relay_stage_echo(size_t number)
{
    relay_order *order = relay_order_create(NULL, relay_stage_note,
                                            (void *)(uintptr_t)number);

    relay_order_add_text(order, "ECHO");
    relay_order_add_number(order, (int64_t)number);
    return order;
}

void relay_stage_begin(relay_stage *stage, relay_fake_obey *obey,
                       void *context)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&news, &clock);
    pthread_condattr_destroy(&clock);
    relay_stage_forget();
    heard_log_begin(BASE_LOG_INFO);
    atomic_init(&stage->sent, 0);
    atomic_init(&stage->failed, 0);
    stage->fake = relay_fake_start(NULL, obey, context);
    relay_fake_settings(stage->fake, &stage->settings);
    stage->sender = relay_sender_create(
        &stage->settings, &(relay_sender_words){ .sent = &stage->sent,
                                                 .failed = &stage->failed });
}

void relay_stage_follow(relay_stage *stage, uint64_t run)
{
    relay_sender_destroy(stage->sender);
    atomic_init(&stage->run, run);
    stage->sender = relay_sender_create(
        &stage->settings, &(relay_sender_words){ .sent = &stage->sent,
                                                 .failed = &stage->failed,
                                                 .run = &stage->run });
}

void relay_stage_end(relay_stage *stage)
{
    assert_true(relay_sender_stop(stage->sender, base_clock_mono() + SOON));
    relay_sender_destroy(stage->sender);
    relay_fake_stop(stage->fake);
    heard_log_end();
}

void relay_stage_connected(relay_stage *stage)
{
    int64_t until = base_clock_mono() + SOON;

    do {
        relay_stage_forget();
        relay_sender_send(stage->sender, relay_stage_echo(0));
        relay_stage_wait(1);
    } while (relay_stage_back.by_status[RELAY_OK] == 0
             && base_clock_mono() < until);
    assert_int_equal(relay_stage_back.by_status[RELAY_OK], 1);
    relay_stage_forget();
}

bool relay_stage_obey(const relay_fake_peer *peer, const relay_answer *command,
                      void *context)
{
    size_t size;
    const char *text = relay_answer_text(command, 1, &size);
    char bytes[64];

    (void)context;
    if (!relay_fake_login(peer, command)) {
        snprintf(bytes, sizeof(bytes), "+%.*s\r\n",
                 size > 40 ? 40 : (int)size, text);
        relay_fake_say(peer, bytes);
    }
    return true;
}
