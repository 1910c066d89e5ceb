/* hub_offer.c - a connection on its way to the loop; see hub_offer.h. */
#include "hub/hub_offer.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "hub/hub_count.h"

/* True while httpd needs the descriptors more than we do (hub_relief.h). */
static bool is_full(const hub *core)
{
    int64_t until = atomic_load(&core->full_until);

    return until != 0 && base_clock_mono() < until;
}

/* Counted first and looked at then: two that come at once would else both find
 * the last place free. */
hub_offer *hub_offer_create(hub *core)
{
    hub_offer *offer;

    if (atomic_load(&core->stop) == HUB_STOP_NOW) {
        return NULL;
    }
    if (is_full(core)) {
        hub_count_add(core, ACT_COUNT_REFUSED_FULL, 1);
        return NULL;
    }
    if (atomic_fetch_add(&core->connections, 1)
        >= core->max_connections) {
        atomic_fetch_sub(&core->connections, 1);
        hub_count_add(core, ACT_COUNT_REFUSED_FULL, 1);
        return NULL;
    }
    offer = calloc(1, sizeof(*offer));
    BASE_CHECK(offer != NULL);
    offer->hub = core;
    offer->fd = -1;
    return offer;
}

/* Without a slot there is no segment to count the address in any more: its
 * counts went with the slot. */
void hub_offer_destroy(hub_offer *offer)
{
    hub *core = offer->hub;

    if (offer->fd >= 0) {
        close(offer->fd);
    }
    if (atomic_load(&core->slot_shared) >= 0) {
        act_address_disconnect(core->store, &offer->from);
    }
    SSL_free(offer->ssl);
    base_bytes_free(&offer->early);
    base_bytes_free(&offer->lines);
    base_bytes_free(&offer->measure.event);
    free(offer);
    atomic_fetch_sub(&core->connections, 1);
}

void hub_offer_hand_over(hub_offer *offer)
{
    loop_inbox_push(&offer->hub->inbox, &offer->item);
}

bool hub_offer_follow(hub *core, int fd, const hub_measure *measure)
{
    hub_offer *offer = hub_offer_create(core);

    if (!offer) {
        return false;
    }
    offer->fd = fd;
    offer->measure = *measure;
    hub_offer_hand_over(offer);
    return true;
}
