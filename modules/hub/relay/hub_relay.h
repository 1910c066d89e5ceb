/* hub_relay.h - orders for the relay, and their way back to the loop.
 *
 * Private to modules/hub; loop thread only. The relay sends an order on a
 * thread of its own and gives it back there; the loop takes all that have come
 * back in one turn, in their order.
 */
#ifndef CHATWS_HUB_RELAY_H
#define CHATWS_HUB_RELAY_H

#include "hub/archive/hub_errand.h"
#include "relay/relay.h"

/* So many of a child are on their way at most; more come back at once, as when
 * the relay is away. */
#define HUB_RELAY_MOST 20000

/* Before anything else here; where there is no relay it does nothing. */
void hub_relay_start(hub *core);

/* Sends the order, which stays the errand's: `one->done` is called when it has
 * come back, in a later turn. */
void hub_relay_send(hub *core, hub_errand *one, relay_order *order);

/* Calls `done` of those that have come back. */
void hub_relay_take(hub *core);

/* At the end orders on their way have so long. */
#define HUB_RELAY_END_US INT64_C(1000000)

/* Waits until all have come back, which the relay sees to (relay_halt), and
 * calls `done`; what these send comes back at once. */
void hub_relay_stop(hub *core);

#endif
