/* hub_drain.h - how the connections of a child that stops are sent away.
 *
 * Private to modules/hub; loop thread only. Those that another child can have
 * go there first (hub_give.h), and nobody notices. The others are told to come
 * back, spread over a window.
 */
#ifndef CHATWS_HUB_DRAIN_H
#define CHATWS_HUB_DRAIN_H

#include "hub/hub_core.h"

/* How long all connections of the server need to come back, and ChatDrain at
 * most; microseconds. */
int64_t hub_drain_window(const hub *core);

/* Each turn: if the child stops, gives away, and sends away so many as the part
 * of the window that has passed asks for. */
void hub_drain_run(hub *core);

#endif
