/* hub_queue.c - waiting for the next turn; see hub_queue.h. */
#include "hub/hub_queue.h"

#include "base/base_clock.h"

static hub_client **link_of(hub_client *client, hub_queue_name which)
{
    return which == HUB_TO_WRITE ? &client->links.next_in[HUB_TO_WRITE]
                                 : &client->links.next_in[HUB_TO_READ];
}

bool hub_queue_has(const hub_client *client, hub_queue_name which)
{
    return client->io.queued >> which & 1;
}

bool hub_queue_unread(const hub_client *client)
{
    return hub_queue_has(client, HUB_TO_READ)
           || hub_queue_has(client, HUB_TO_HEAR);
}

void hub_queue_put(hub_client *client, hub_queue_name which)
{
    hub_queue *queue = &client->shared->hub->queues[which];

    if (client->life.state == HUB_CLIENT_DEAD
        || (which == HUB_TO_WRITE ? hub_queue_has(client, which)
                                  : hub_queue_unread(client))) {
        return;
    }
    client->io.queued |= (uint8_t)(1u << which);
    *link_of(client, which) = NULL;
    *(queue->last ? link_of(queue->last, which) : &queue->first) = client;
    queue->last = client;
    queue->count++;
}

static hub_client *take_first(hub_queue *queue, hub_queue_name which)
{
    hub_client *client = queue->first;

    queue->first = *link_of(client, which);
    if (!queue->first) {
        queue->last = NULL;
    }
    queue->count--;
    client->io.queued &= (uint8_t)~(1u << which);
    return client;
}

/* Those that are put back while it runs are behind `rest`: they wait for the
 * next turn, or one client with much to say would be served for ever. */
void hub_queue_serve(hub *core, hub_queue_name which,
                     void (*serve)(hub_client *client))
{
    hub_queue *queue = &core->queues[which];
    size_t rest = queue->count;
    int64_t end = rest > 0 ? base_clock_mono() + HUB_SLICE_US : 0;

    for (; rest > 0; rest--) {
        hub_client *client = take_first(queue, which);

        if (client->life.state != HUB_CLIENT_DEAD) {
            serve(client);
        }
        if (base_clock_mono() >= end) {
            return;
        }
    }
}

/* Takes the dead out of those that are to be flushed. */
static void purge_marked(hub *core)
{
    hub_client **link = &core->to_flush;

    while (*link) {
        hub_client *client = *link;

        if (client->life.state == HUB_CLIENT_DEAD) {
            *link = client->links.next_in[HUB_TO_WRITE];
        }
        else {
            link = &client->links.next_in[HUB_TO_WRITE];
        }
    }
}

/* Once around: each is taken from the front and put behind, but for the dead,
 * which hub_queue_put refuses. The order stays. */
void hub_queue_purge(hub *core)
{
    purge_marked(core);
    for (int which = 0; which < HUB_QUEUES; which++) {
        hub_queue *queue = &core->queues[which];

        for (size_t rest = queue->count; rest > 0; rest--) {
            hub_queue_put(take_first(queue, (hub_queue_name)which),
                          (hub_queue_name)which);
        }
    }
}
