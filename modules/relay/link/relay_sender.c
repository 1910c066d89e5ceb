/* relay_sender.c - see relay_sender.h. */
#include "relay/link/relay_sender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "relay/link/relay_link.h"
#include "relay/link/relay_queue.h"

#define PING_MS 5000
#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 2000

struct relay_sender {
    const relay_settings *settings;
    relay_sender_words words;
    uint64_t here; /* which one it is connected to */
    atomic_bool connected;
    relay_queue queue;
    relay_link *link;
    unsigned seed;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* of `ended` */
    pthread_cond_t ended_now;
    bool ended;
};

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    if (counter && more > 0) {
        atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
    }
}

static void give_back(relay_sender *sender, relay_order *order)
{
    count(sender->words.failed, order->status != RELAY_OK);
    if (order->done) {
        order->done(order);
    }
    else {
        relay_order_free(order);
    }
}

void relay_sender_send(relay_sender *sender, relay_order *order)
{
    if (!relay_queue_put(&sender->queue, order)) {
        order->status = RELAY_AWAY;
        give_back(sender, order);
    }
}

static void finish(relay_sender *sender, relay_order *order)
{
    relay_queue_done(&sender->queue, order);
    give_back(sender, order);
}

static void finish_away(relay_sender *sender, relay_order *first)
{
    while (first) {
        relay_order *next = first->next;

        first->status = RELAY_AWAY;
        finish(sender, first);
        first = next;
    }
}

/* There is no connection, and none is near. */
static void refuse_orders(relay_sender *sender)
{
    relay_queue_accept(&sender->queue, false);
    finish_away(sender, relay_queue_take(&sender->queue));
}

/* ---- one batch */

typedef struct {
    relay_order *first;    /* not back yet */
    relay_order *again;    /* to be sent once more */
    relay_order **last_again;
    relay_order *held;     /* answered, but replicas may not have them */
    relay_order **last_held;
    bool broken;
    const char *useless;   /* what such an error begins with: connect anew */
} batch;

static int64_t answer_until(relay_sender *sender)
{
    int64_t until_us = base_clock_mono() + RELAY_LINK_WAIT_US;
    int64_t stop_us = relay_queue_stopped(&sender->queue);

    return stop_us > 0 && stop_us < until_us ? stop_us : until_us;
}

/* False: it is closed now. */
static bool read_answer(relay_sender *sender, relay_answer *answer)
{
    relay_link_result result = relay_link_read(sender->link, answer,
                                               answer_until(sender));

    if (result == RELAY_LINK_NOTHING) {
        /* Whoever sends meanwhile need not wait for the same. */
        refuse_orders(sender);
        relay_link_close(sender->link, "no answer in time");
    }
    return result == RELAY_LINK_ANSWER;
}

static void append_wait(relay_sender *sender)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    relay_order_add_text(order, "WAIT");
    relay_order_add_number(order, sender->settings->wait);
    relay_order_add_number(order, RELAY_SENDER_REPLICAS_MS);
    relay_link_append(sender->link, order);
    relay_order_free(order);
}

/* One WAIT is for all that was written in front of it. */
static bool append_all(relay_sender *sender, const relay_order *first)
{
    bool waits = false;

    for (const relay_order *order = first; order; order = order->next) {
        relay_link_append(sender->link, order);
        waits = waits || order->waits;
    }
    waits = waits && sender->settings->wait > 0;
    if (waits) {
        append_wait(sender);
    }
    return waits;
}

static void look_at_refusal(batch *b, const relay_answer *answer)
{
    const char *useless = relay_link_useless(answer);
    size_t size;
    const char *text = relay_answer_text(answer, 0, &size);

    base_log_limited(BASE_LOG_ERROR, "CW1202", "Redis refuses an order: %.*s",
                     size > 300 ? 300 : (int)size, text);
    b->useless = useless ? useless : b->useless;
}

static void put(relay_order ***last, relay_order *order)
{
    order->next = NULL;
    **last = order;
    *last = &order->next;
}

static void read_orders(relay_sender *sender, batch *b, bool waits)
{
    while (b->first && !b->broken) {
        relay_order *order = b->first;

        if (!read_answer(sender, &order->answer)) {
            b->broken = true;
            return;
        }
        b->first = order->next;
        if (!relay_link_settle(sender->link, order)) {
            put(&b->last_again, order);
            continue;
        }
        if (order->status == RELAY_REFUSED) {
            look_at_refusal(b, &order->answer);
        }
        if (waits && order->waits && order->status == RELAY_OK) {
            put(&b->last_held, order);
        }
        else {
            finish(sender, order);
        }
    }
}

/* Whether so many replicas have them. */
static bool replicas_have(relay_sender *sender, batch *b)
{
    relay_answer answer = RELAY_ANSWER_INIT;
    bool have = false;

    if (!b->broken) {
        b->broken = !read_answer(sender, &answer);
        have = !b->broken && !answer.failed
               && relay_answer_number(&answer, 0)
                      >= (int64_t)sender->settings->wait;
    }
    if (!have && !b->broken) {
        base_log_limited(BASE_LOG_ERROR, "CW1203", "not enough replicas of"
                         " Redis have what was stored in time: it wants %u",
                         sender->settings->wait);
    }
    relay_answer_free(&answer);
    return have;
}

static void release_held(relay_sender *sender, batch *b, bool have)
{
    while (b->held) {
        relay_order *order = b->held;

        b->held = order->next;
        order->status = have ? RELAY_OK : RELAY_AWAY;
        finish(sender, order);
    }
    b->last_held = &b->held;
}

static void send_batch(relay_sender *sender, relay_order *first)
{
    batch b = { .first = first };
    uint64_t orders = 0;

    b.last_again = &b.again;
    b.last_held = &b.held;
    for (relay_order *order = first; order; order = order->next) {
        orders++;
    }
    count(sender->words.sent, orders);
    while (b.first && !b.broken) {
        bool waits = append_all(sender, b.first);

        read_orders(sender, &b, waits);
        release_held(sender, &b, waits && replicas_have(sender, &b));
        if (!b.broken) {
            b.first = b.again;
            b.again = NULL;
            b.last_again = &b.again;
        }
    }
    finish_away(sender, b.first);
    finish_away(sender, b.again);
    if (b.useless) {
        relay_link_close(sender->link, b.useless);
    }
}

/* ---- the thread */

/* What comes unasked is the end of the connection, or a record of TLS. */
static void look_at_link(relay_sender *sender)
{
    relay_answer answer = RELAY_ANSWER_INIT;

    if (relay_link_read(sender->link, &answer, 0) == RELAY_LINK_ANSWER) {
        relay_link_close(sender->link, "it answers what nobody asked");
    }
    relay_answer_free(&answer);
}

static void ping(relay_sender *sender)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);

    relay_order_add_text(order, "PING");
    relay_link_append(sender->link, order);
    (void)read_answer(sender, &order->answer);
    relay_order_free(order);
}

/* Left, when it is not the one that the reader hears. */
static bool is_left(relay_sender *sender)
{
    uint64_t run = sender->words.run ? atomic_load(sender->words.run) : 0;

    if (run == 0 || sender->here == 0 || run == sender->here) {
        return false;
    }
    refuse_orders(sender);
    relay_link_leave(sender->link, "this host hears another Redis");
    return true;
}

static bool is_found(relay_sender *sender)
{
    const relay_sender_words *words = &sender->words;

    if (!relay_link_open(sender->link)) {
        return false;
    }
    sender->here = words->run ? relay_link_run(sender->link,
                                               answer_until(sender))
                              : 0;
    if (!is_left(sender)) {
        return relay_link_is_open(sender->link);
    }
    if (sender->settings->sentinel[0] != '\0' && words->doubt) {
        atomic_store(words->doubt, RELAY_SENDER_ELSEWHERE);
    }
    return false;
}

/* While it is connected. When it is to stop: until all is answered. */
static void serve(relay_sender *sender)
{
    int64_t used_us = base_clock_mono();

    while (relay_link_is_open(sender->link) && !is_left(sender)) {
        relay_order *first = relay_queue_take(&sender->queue);
        int64_t quiet_ms = (base_clock_mono() - used_us) / 1000;

        if (first) {
            send_batch(sender, first);
            used_us = base_clock_mono();
        }
        else if (relay_queue_stopped(&sender->queue) > 0) {
            return;
        }
        else if (quiet_ms >= PING_MS) {
            ping(sender);
            used_us = base_clock_mono();
        }
        else {
            relay_queue_doze(&sender->queue, relay_link_fd(sender->link),
                             PING_MS - (int)quiet_ms);
            look_at_link(sender);
        }
    }
}

/* Many children do not come at once. */
static void pause_for(relay_sender *sender, int most_ms)
{
    relay_queue_doze(&sender->queue, -1,
                     most_ms / 2 + rand_r(&sender->seed) % (most_ms / 2 + 1));
}

static void *run(void *context)
{
    relay_sender *sender = context;
    int pause_ms = PAUSE_LEAST_MS;

    while (relay_queue_stopped(&sender->queue) == 0) {
        if (is_found(sender)) {
            atomic_store(&sender->connected, true);
            relay_queue_accept(&sender->queue, true);
            serve(sender);
            atomic_store(&sender->connected, false);
            pause_ms = PAUSE_LEAST_MS;
        }
        /* To find it again may take long. */
        refuse_orders(sender);
        pause_for(sender, pause_ms);
        pause_ms = pause_ms < PAUSE_MOST_MS / 2 ? 2 * pause_ms : PAUSE_MOST_MS;
    }
    refuse_orders(sender);
    relay_link_close(sender->link, NULL);
    pthread_mutex_lock(&sender->lock);
    sender->ended = true;
    pthread_cond_signal(&sender->ended_now);
    pthread_mutex_unlock(&sender->lock);
    return NULL;
}

relay_sender *relay_sender_create(const relay_settings *settings,
                                  const relay_sender_words *words)
{
    relay_sender *sender = calloc(1, sizeof(*sender));

    BASE_CHECK(sender != NULL);
    sender->settings = settings;
    sender->words = *words;
    relay_queue_init(&sender->queue);
    base_thread_cond_init(&sender->ended_now);
    pthread_mutex_init(&sender->lock, NULL);
    return sender;
}

bool relay_sender_start(relay_sender *sender)
{
    if (!relay_queue_open(&sender->queue)) {
        return false;
    }
    sender->seed = (unsigned)base_clock_mono() ^ (unsigned)getpid();
    sender->link = relay_link_create(sender->settings,
                                     relay_queue_fd(&sender->queue));
    /* It is found soon, or they are refused: after a reload the first request
     * is there before. */
    relay_queue_accept(&sender->queue, true);
    sender->running = base_thread_start(&sender->thread, run, sender);
    if (!sender->running) {
        refuse_orders(sender);
    }
    return sender->running;
}

static bool wait_ended(relay_sender *sender, int64_t until_us)
{
    bool late = false;
    bool ended;

    pthread_mutex_lock(&sender->lock);
    while (!sender->ended && !late) {
        late = !base_thread_cond_wait(&sender->ended_now, &sender->lock,
                                      until_us);
    }
    ended = sender->ended;
    pthread_mutex_unlock(&sender->lock);
    return ended;
}

void relay_sender_halt(relay_sender *sender, int64_t until_us)
{
    relay_queue_stop(&sender->queue, until_us);
    /* The thread may be waiting for a name to be found. */
    if (!atomic_load(&sender->connected)) {
        refuse_orders(sender);
    }
}

bool relay_sender_stop(relay_sender *sender, int64_t deadline_us)
{
    relay_queue_stop(&sender->queue, deadline_us);
    if (!sender->running) {
        return true;
    }
    sender->running = false;
    if (wait_ended(sender, deadline_us + 500000)) {
        pthread_join(sender->thread, NULL);
        return true;
    }
    pthread_detach(sender->thread);
    return false;
}

void relay_sender_destroy(relay_sender *sender)
{
    relay_link_destroy(sender->link);
    relay_queue_free(&sender->queue);
    pthread_cond_destroy(&sender->ended_now);
    pthread_mutex_destroy(&sender->lock);
    free(sender);
}
