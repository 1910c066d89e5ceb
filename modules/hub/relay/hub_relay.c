/* hub_relay.c - see hub_relay.h. */
#include "hub/relay/hub_relay.h"

#include <poll.h>

#include "base/base_clock.h"
#include "base/base_log.h"

void hub_relay_start(hub *core)
{
    bool made = core->relay && loop_inbox_init(&core->ordered);

    if (!core->relay
        || (made && loop_poll_add(core->poll, loop_inbox_fd(&core->ordered),
                                  LOOP_READ, &core->ordered))) {
        return;
    }
    if (made) {
        loop_inbox_destroy(&core->ordered);
    }
    core->relay = NULL;
    base_log(BASE_LOG_ERROR, "CW0515",
             "no descriptor for what comes back from Redis; in this child "
             "nothing can be said");
}

/* On the relay's thread, or in relay_send. */
static void came_back(relay_order *order)
{
    hub_errand *one = order->context;

    loop_inbox_push(&one->core->ordered, &one->item); /* the loop has it now */
}

void hub_relay_send(hub *core, hub_errand *one, relay_order *order)
{
    one->core = core;
    order->done = came_back;
    order->context = one;
    core->orders++;
    if (core->ordered_ends || core->orders > HUB_RELAY_MOST) {
        order->status = RELAY_AWAY;
        came_back(order);
    }
    else {
        relay_send(core->relay, order);
    }
}

void hub_relay_take(hub *core)
{
    loop_inbox_item *item = loop_inbox_take(&core->ordered);

    while (item) {
        hub_errand *one = (hub_errand *)(void *)item;

        item = item->next;
        core->orders--;
        one->done(core, one);
    }
}

void hub_relay_stop(hub *core)
{
    struct pollfd back = { .events = POLLIN };

    if (!core->relay) {
        return;
    }
    core->ordered_ends = true;
    relay_halt(core->relay, base_clock_mono() + HUB_RELAY_END_US);
    back.fd = loop_inbox_fd(&core->ordered);
    while (core->orders > 0) {
        (void)poll(&back, 1, -1);
        hub_relay_take(core);
    }
    loop_poll_remove(core->poll, back.fd);
    loop_inbox_destroy(&core->ordered);
}
