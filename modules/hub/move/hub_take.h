/* hub_take.h - takes the connections that another child, most often of the
 * generation before, has given (hub_give.h).
 *
 * Private to modules/hub; loop thread only. Whoever reads a packet first has
 * its connection. One that cannot be kept as it was, as the configuration has
 * changed for it, is told to come back like those of a child that ends; one of
 * another version of this module is only said farewell.
 */
#ifndef CHATWS_HUB_TAKE_H
#define CHATWS_HUB_TAKE_H

#include "hub/hub_core.h"

/* Has the queue watched as long as this child may take something: it is of the
 * newest generation, does not stop and has places. At the start and at each
 * sweep. */
void hub_take_watch(hub *core);

/* True when this child is of the newest generation and does not stop. */
bool hub_take_is_current(const hub *core);

/* True when it may also take something now. */
bool hub_take_possible(hub *core);

/* Takes from the queue as many as fit into a slice of the turn. False: there
 * was none. */
bool hub_take_slice(hub *core, const hub_queue_ends *queue);

/* Tells all that are in the queue to come back. False: there was none. */
bool hub_take_turn_away(hub *core, const hub_queue_ends *queue);

/* There is something in the queue: takes a slice of it. */
void hub_take_ready(hub *core);

#endif
