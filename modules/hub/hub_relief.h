/* hub_relief.h - giving descriptors back to httpd.
 *
 * Private to modules/hub; what other threads call is in hub.h (hub_relieve).
 * A process that has none left for accept() ends, and all its connections with
 * it, so some are closed before it comes to that.
 */
#ifndef CHATWS_HUB_RELIEF_H
#define CHATWS_HUB_RELIEF_H

#include "hub/hub_core.h"

/* True while no connection is taken. Any thread. */
bool hub_relief_lasts(const hub *core);

/* Once a turn, on the loop thread: closes as many as were asked for. Each is
 * told when to come back, but its descriptor does not wait for its Close. */
void hub_relief_run(hub *core);

#endif
