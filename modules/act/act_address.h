/* act_address.h - what one address may do, whatever names and keys it brings:
 * ChatAddressRate, ChatAddressConnections, ChatAddressRooms.
 *
 * Each answer of "no" is counted, and logged once a minute over all children.
 * Called by httpd/ before a connection is handed over, and by act_obey for
 * each command; any thread.
 */
#ifndef CHATWS_ACT_ADDRESS_H
#define CHATWS_ACT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "act/act_room.h"
#include "act/act_settings.h"
#include "base/base_address.h"
#include "relay/relay_room.h"
#include "room/segment/room_store.h"

/* Where a request or a connection comes from. All zero: from nowhere, and not
 * limited. */
typedef struct act_address {
    base_address address; /* the client's, as mod_remoteip names it */
    uint64_t key;         /* room_address_key; 0: it is not limited */
    uint32_t place;       /* where its connection is counted, above 0 */
    uint16_t tag;         /* room_address_tag; 0 without a segment */
    bool proxied;         /* it sends a proxy's header that nobody evaluates */
    bool keyless;         /* the guest's key was made by this very request */
} act_address;

/* The wait that is told to whom has too many connections, in microseconds. */
#define ACT_ADDRESS_RETRY_US INT64_C(10000000)

/* Takes one of the address's commands. False: `retry_us` is the wait until
 * there is one. `slot` is the child's, for the counters, or -1. */
bool act_address_command(room_store *store, int slot,
                         const act_settings *settings,
                         const act_address *from, int64_t *retry_us);

/* There are other hosts, with which the limits are shared. */
bool act_address_has_hosts(room_store *store);

/* How fast who is at this address may store something, over all hosts. Its
 * pieces that are 0 are not limited. */
void act_address_rates(const act_settings *settings, const act_address *from,
                       uint64_t user, relay_rates *out);

/* Counts one more connection and sets from->place. False: the address has as
 * many as it may. */
bool act_address_connect(room_store *store, int slot,
                         const act_settings *settings, act_address *from);

/* The same for a connection that another child has had, and still counts for a
 * moment: whatever the limit is. */
void act_address_resume(room_store *store, int slot,
                        const act_settings *settings, act_address *from);

/* The connection is gone. Not after the child's slot was released. */
void act_address_disconnect(room_store *store, act_address *from);

/* What Redis refused for the address's sake, of what is stored for all hosts:
 * counted, and told. */
void act_address_refused(room_store *store, int slot, const act_address *from);

/* Takes one of the address's new rooms if the room is not there yet; where
 * hosts share the rooms, on none of them: then it blocks. False: it must not be
 * made; `retry_us` as above. */
bool act_address_room(room_store *store, int slot,
                      const act_settings *settings, const act_address *from,
                      const act_room_key *room, int64_t *retry_us);

/* Whether a user who leaves may stay a member for the grace. An address has as
 * many such members as it may have connections at most, and as many again over
 * the grace; what goes beyond that leaves at once. */
bool act_address_lingers(room_store *store, const act_settings *settings,
                         const act_address *from);

#endif
