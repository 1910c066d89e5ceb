/* relay_agree.h - this host and Redis have the same sanctions: after each
 * connecting, and now and then.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_AGREE_H
#define CHATWS_RELAY_AGREE_H

#include "relay/reader/relay_bus.h"

/* Asks for all that Redis has, keeps it here, ends what was pardoned meanwhile,
 * and offers what only this host has. `bus` and `failed` stay until that has
 * come back; `failed` becomes true when Redis does not answer it. */
void relay_agree(relay_bus *bus, bool *failed);

#endif
