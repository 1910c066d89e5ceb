/* relay_queue.h - the orders that wait for their sender; any thread puts them
 * in, and wakes it.
 */
#ifndef CHATWS_RELAY_QUEUE_H
#define CHATWS_RELAY_QUEUE_H

#include <pthread.h>

#include "relay/relay_order.h"

/* All private. */
typedef struct {
    pthread_mutex_t lock;
    relay_order *first;
    relay_order **last;
    size_t bytes;    /* of orders that are not back yet */
    bool accepts;
    bool asleep;     /* a byte in the pipe wakes the sender */
    int64_t stop_us; /* 0: go on */
    int wake[2];
} relay_queue;

/* Takes no orders yet. */
void relay_queue_init(relay_queue *queue);
void relay_queue_free(relay_queue *queue);

/* Before it is used by two threads. False: there are no descriptors. */
bool relay_queue_open(relay_queue *queue);

/* False: it takes none, or RELAY_QUEUE_MOST bytes are on their way. */
bool relay_queue_put(relay_queue *queue, relay_order *order);

/* Whether it takes orders. */
void relay_queue_accept(relay_queue *queue, bool accepts);

/* It takes none from now on; the sender is woken. */
void relay_queue_stop(relay_queue *queue, int64_t until_us);

/* `until_us` of relay_queue_stop; 0: it was not. */
int64_t relay_queue_stopped(relay_queue *queue);

/* All that wait: the first of a list, or NULL. relay_queue_done: such an order
 * goes back now. */
relay_order *relay_queue_take(relay_queue *queue);
void relay_queue_done(relay_queue *queue, const relay_order *order);

/* The sender sleeps until an order is put in, `fd` is readable, or for so long.
 * Without a descriptor (-1) no order wakes it. */
void relay_queue_doze(relay_queue *queue, int fd, int ms);

/* Readable from relay_queue_stop on, when the sender is awake. */
int relay_queue_fd(const relay_queue *queue);

#endif
