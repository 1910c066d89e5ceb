/* relay.c - see relay.h. */
#include "relay/relay.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "relay/link/relay_resp.h"
#include "relay/link/relay_sender.h"
#include "relay/reader/relay_reader.h"
#include "relay/reader/relay_words.h"
#include "room/relay/room_relay.h"

struct relay {
    relay_settings settings;
    room_store *store;
    char host[17];
    relay_sender *sender;
    relay_reader *reader;
    bool stuck; /* a thread did not end and still needs all this */
};

bool relay_available(const relay_settings *settings, char *why,
                     size_t why_size)
{
    return settings->node_count == 0 || relay_resp_available(why, why_size);
}

relay *relay_create(const relay_settings *settings, room_store *store)
{
    relay *r = calloc(1, sizeof(*r));
    relay_sender_words words;

    BASE_CHECK(r != NULL);
    r->settings = *settings;
    r->store = store;
    if (room_relay_on(store)) {
        snprintf(r->host, sizeof(r->host), "%016" PRIx64,
                 room_relay_host(store));
    }
    words = (relay_sender_words){
        .sent = relay_words_at(store, RELAY_WORD_SENT),
        .failed = relay_words_at(store, RELAY_WORD_ERRORS),
        .run = relay_words_at(store, RELAY_WORD_RUN),
        .doubt = relay_words_at(store, RELAY_WORD_DOUBT),
    };
    r->sender = relay_sender_create(&r->settings, &words);
    return r;
}

bool relay_start(relay *r)
{
    if (!relay_sender_start(r->sender)) {
        base_log(BASE_LOG_ERROR, "CW1204",
                 "no thread can be had: this child does not speak with Redis");
        return false;
    }
    r->reader = relay_reader_start(&r->settings, r->store, r->host);
    return r->reader != NULL;
}

void relay_halt(relay *r, int64_t until_us)
{
    relay_sender_halt(r->sender, until_us);
}

void relay_stop(relay *r, int64_t deadline_us)
{
    bool read = relay_reader_stop(r->reader, deadline_us);

    r->reader = NULL;
    r->stuck = !relay_sender_stop(r->sender, deadline_us) || !read;
}

void relay_destroy(relay *r)
{
    if (!r->stuck) {
        relay_sender_destroy(r->sender);
        free(r);
    }
}

void relay_send(relay *r, relay_order *order)
{
    relay_sender_send(r->sender, order);
}

room_store *relay_store_of(const relay *r)
{
    return r->store;
}

const relay_settings *relay_told(const relay *r)
{
    return &r->settings;
}

const char *relay_host(const relay *r)
{
    return r->host;
}

/* ---- asking */

/* Of whoever asks and of whoever answers; the one who comes last frees it. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t back_now;
    relay_order *back;
    bool left; /* nobody waits any more */
} asking;

static asking *create_asking(void)
{
    asking *a = calloc(1, sizeof(*a));

    BASE_CHECK(a != NULL);
    base_thread_cond_init(&a->back_now);
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

static void free_asking(asking *a)
{
    pthread_cond_destroy(&a->back_now);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

static void come_back(relay_order *sent)
{
    asking *a = sent->context;
    bool left;

    pthread_mutex_lock(&a->lock);
    left = a->left;
    a->back = sent;
    pthread_cond_signal(&a->back_now);
    pthread_mutex_unlock(&a->lock);
    if (left) {
        relay_order_free(sent);
        free_asking(a);
    }
}

/* What the order has, in one that may outlive whoever asks. */
static relay_order *create_sent(relay_order *order, asking *a)
{
    relay_order *sent = relay_order_create(order->script, come_back, a);

    sent->keys = order->keys;
    sent->count = order->count;
    sent->waits = order->waits;
    sent->args = order->args;
    sent->ends = order->ends;
    order->args = order->ends = (base_bytes)BASE_BYTES_INIT;
    order->keys = order->count = 0;
    return sent;
}

/* NULL: not in time. */
static relay_order *wait_back(asking *a, int64_t until_us)
{
    relay_order *back;
    bool late = false;

    pthread_mutex_lock(&a->lock);
    while (!a->back && !late) {
        late = !base_thread_cond_wait(&a->back_now, &a->lock, until_us);
    }
    back = a->back;
    a->left = !back;
    pthread_mutex_unlock(&a->lock);
    return back;
}

bool relay_enter(relay *r)
{
    return !r->settings.enter || r->settings.enter();
}

void relay_leave(relay *r)
{
    if (r->settings.leave) {
        r->settings.leave();
    }
}

void relay_ask_inside(relay *r, relay_order *order, int64_t until_us)
{
    asking *a = create_asking();
    relay_order *back;

    relay_answer_free(&order->answer);
    order->status = RELAY_AWAY;
    relay_send(r, create_sent(order, a));
    back = wait_back(a, until_us);
    if (back) {
        order->status = back->status;
        order->answer = back->answer;
        back->answer = (relay_answer)RELAY_ANSWER_INIT;
        relay_order_free(back);
        free_asking(a);
    }
}

void relay_ask(relay *r, relay_order *order, int64_t until_us)
{
    relay_answer_free(&order->answer);
    order->status = RELAY_AWAY;
    if (relay_enter(r)) {
        relay_ask_inside(r, order, until_us);
        relay_leave(r);
    }
}

void relay_figures_get(room_store *store, relay_figures *out)
{
    uint64_t lag = relay_words_get(store, RELAY_WORD_LAG);

    *out = (relay_figures){
        .on = room_relay_on(store),
        .connected = relay_words_get(store, RELAY_WORD_CONNECTED) != 0,
        .rooms = relay_words_get(store, RELAY_WORD_ROOMS),
        .hosts = relay_words_get(store, RELAY_WORD_HOSTS),
        .received = relay_words_get(store, RELAY_WORD_RECEIVED),
        .sent = relay_words_get(store, RELAY_WORD_SENT),
        .errors = relay_words_get(store, RELAY_WORD_ERRORS),
        .reconnects = relay_words_get(store, RELAY_WORD_RECONNECTS),
        .gaps = relay_words_get(store, RELAY_WORD_GAPS),
        .restored = relay_words_get(store, RELAY_WORD_RESTORED),
        .lag_us = (int64_t)lag - 1,
    };
}
