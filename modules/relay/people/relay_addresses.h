/* relay_addresses.h - how many connections an address has, over all hosts
 * (ChatAddressConnections).
 *
 * Each host tells the others every 2 s which addresses have some of its own,
 * and puts what it hears into the segment, as connections of the reader's slot.
 * Nobody waits for it: what an address opens on several hosts within that time
 * may be too much. A host that is not heard of any more counts for nothing
 * after 6 s: whoever was on it must get in elsewhere. The reader's thread.
 */
#ifndef CHATWS_RELAY_ADDRESSES_H
#define CHATWS_RELAY_ADDRESSES_H

#include "relay/people/relay_line.h"
#include "relay/reader/relay_bus.h"

/* Who has fewer connections on a host is not told of there. */
#define RELAY_ADDRESSES_LEAST 4

/* The largest so many are told. */
#define RELAY_ADDRESSES_MOST 4096

#define RELAY_ADDRESSES_TELL_US INT64_C(2000000)
#define RELAY_ADDRESSES_LEASE_US INT64_C(6000000)

typedef struct relay_addresses relay_addresses;

/* Nothing is heard yet; never NULL. */
relay_addresses *relay_addresses_create(relay_bus *bus);
void relay_addresses_destroy(relay_addresses *it);

/* What the host with this number (relay_host.h) has told behind "C HOST ":
 * "KEY:CONNECTIONS" with a blank between each two; it replaces what that host
 * told before. What makes no sense changes nothing. */
void relay_addresses_hear(relay_addresses *it, int host, relay_line told,
                          int64_t now_us);

/* There is no connection any more: only what this host knows itself is
 * limited. */
void relay_addresses_away(relay_addresses *it);

/* Does what is due; a host that is `alone` tells nothing. */
void relay_addresses_tick(relay_addresses *it, bool alone, int64_t now_us);

#endif
