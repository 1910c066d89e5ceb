/* hub_count.h - what the child counts.
 *
 * Private to modules/hub.
 */
#ifndef CHATWS_HUB_COUNT_H
#define CHATWS_HUB_COUNT_H

#include "act/act_count.h"
#include "hub/hub_core.h"

/* Adds to a counter of this child. Any thread. */
void hub_count_add(hub *core, act_count which, int64_t amount);

/* Counts message events as given to a connection, below 0 as not given after
 * all: then those of other connections are not counted until they make up for
 * it, since the counter must not fall. */
void hub_count_deliver(hub *core, int64_t events);

#endif
