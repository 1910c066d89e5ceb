/* relay_queue.c - see relay_queue.h. */
#include "relay/link/relay_queue.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "relay/relay.h"

void relay_queue_init(relay_queue *queue)
{
    *queue = (relay_queue){ .wake = { -1, -1 } };
    queue->last = &queue->first;
    pthread_mutex_init(&queue->lock, NULL);
}

void relay_queue_free(relay_queue *queue)
{
    if (queue->wake[0] >= 0) {
        close(queue->wake[0]);
        close(queue->wake[1]);
    }
    pthread_mutex_destroy(&queue->lock);
}

bool relay_queue_open(relay_queue *queue)
{
    return pipe2(queue->wake, O_CLOEXEC | O_NONBLOCK) == 0;
}

static size_t weight(const relay_order *order)
{
    return sizeof(*order) + order->args.len + order->ends.len;
}

bool relay_queue_put(relay_queue *queue, relay_order *order)
{
    size_t size = weight(order);
    bool taken;

    order->next = NULL;
    order->again = false;
    pthread_mutex_lock(&queue->lock);
    taken = queue->accepts && queue->stop_us == 0 && size <= RELAY_QUEUE_MOST
            && queue->bytes <= RELAY_QUEUE_MOST - size;
    if (taken) {
        *queue->last = order;
        queue->last = &order->next;
        queue->bytes += size;
    }
    if (taken && queue->asleep) {
        queue->asleep = false;
        (void)!write(queue->wake[1], "", 1);
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

void relay_queue_accept(relay_queue *queue, bool accepts)
{
    pthread_mutex_lock(&queue->lock);
    queue->accepts = accepts;
    pthread_mutex_unlock(&queue->lock);
}

void relay_queue_stop(relay_queue *queue, int64_t until_us)
{
    pthread_mutex_lock(&queue->lock);
    queue->stop_us = until_us > 0 ? until_us : 1;
    if (queue->wake[1] >= 0) {
        (void)!write(queue->wake[1], "", 1);
    }
    pthread_mutex_unlock(&queue->lock);
}

int64_t relay_queue_stopped(relay_queue *queue)
{
    int64_t stop_us;

    pthread_mutex_lock(&queue->lock);
    stop_us = queue->stop_us;
    pthread_mutex_unlock(&queue->lock);
    return stop_us;
}

relay_order *relay_queue_take(relay_queue *queue)
{
    relay_order *first;

    pthread_mutex_lock(&queue->lock);
    first = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return first;
}

void relay_queue_done(relay_queue *queue, const relay_order *order)
{
    pthread_mutex_lock(&queue->lock);
    queue->bytes -= weight(order);
    pthread_mutex_unlock(&queue->lock);
}

void relay_queue_doze(relay_queue *queue, int fd, int ms)
{
    struct pollfd polled[] = { { queue->wake[0], POLLIN, 0 },
                               { fd, POLLIN, 0 } };
    char bytes[16];
    bool idle;

    pthread_mutex_lock(&queue->lock);
    idle = queue->stop_us == 0 && (fd < 0 || !queue->first);
    queue->asleep = idle && fd >= 0;
    pthread_mutex_unlock(&queue->lock);
    if (!idle) {
        return;
    }
    (void)poll(polled, 2, ms);
    pthread_mutex_lock(&queue->lock);
    queue->asleep = false;
    if (queue->stop_us == 0) { /* that byte stays */
        (void)!read(queue->wake[0], bytes, sizeof(bytes));
    }
    pthread_mutex_unlock(&queue->lock);
}

int relay_queue_fd(const relay_queue *queue)
{
    return queue->wake[0];
}
