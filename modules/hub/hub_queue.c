/* hub_queue.c - waiting for the next turn; see hub_queue.h. */
#include "hub/hub_queue.h"

#include "base/base_clock.h"

void hub_queue_put(hub_client *client, hub_queue_name which)
{
    hub_queue *queue = &client->hub->queues[which];

    if (hub_queue_has(client, which) || client->state == HUB_CLIENT_DEAD) {
        return;
    }
    client->queued |= (uint8_t)(1u << which);
    client->next_in[which] = NULL;
    *(queue->last ? &queue->last->next_in[which] : &queue->first) = client;
    queue->last = client;
    queue->count++;
}

bool hub_queue_has(const hub_client *client, hub_queue_name which)
{
    return client->queued >> which & 1;
}

static hub_client *take_first(hub_queue *queue, hub_queue_name which)
{
    hub_client *client = queue->first;

    queue->first = client->next_in[which];
    if (!queue->first) {
        queue->last = NULL;
    }
    queue->count--;
    client->queued &= (uint8_t)~(1u << which);
    return client;
}

void hub_queue_serve(hub *core, hub_queue_name which,
                     void (*serve)(hub_client *client))
{
    hub_queue *queue = &core->queues[which];
    size_t rest = queue->count;
    int64_t end = rest > 0 ? base_clock_mono() + HUB_SLICE_US : 0;

    for (; rest > 0; rest--) {
        hub_client *client = take_first(queue, which);

        if (client->state != HUB_CLIENT_DEAD) {
            serve(client);
        }
        if (base_clock_mono() >= end) {
            return;
        }
    }
}

void hub_queue_purge(hub *core)
{
    for (int which = 0; which < HUB_QUEUES; which++) {
        hub_queue *queue = &core->queues[which];

        for (size_t rest = queue->count; rest > 0; rest--) {
            hub_queue_put(take_first(queue, (hub_queue_name)which),
                          (hub_queue_name)which);
        }
    }
}
