/* hub_relief.h - giving descriptors back to httpd.
 *
 * A process that has none left for accept() ends, and all its connections with
 * it, so some are closed before it comes to that.
 */
#ifndef CHATWS_HUB_RELIEF_H
#define CHATWS_HUB_RELIEF_H

#include "hub/hub_offer.h"

/* Asks the loop to close `count` connections at once, the youngest first, and
 * takes none for a while: the process runs out of descriptors. Any thread. */
void hub_relief_ask(hub *core, unsigned count);

/* True when the loop has done what hub_relief_ask asked. Any thread. */
bool hub_relief_is_done(const hub *core);

/* Once a turn, on the loop thread: closes as many as were asked for, and frees
 * them. Each is told when to come back, but its descriptor does not wait for
 * its Close. False: nobody has asked. */
bool hub_relief_run(hub *core);

#endif
