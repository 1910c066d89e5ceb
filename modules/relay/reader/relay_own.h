/* relay_own.h - what this host has of a room: which records, and to offer them
 * again. The reader's thread.
 */
#ifndef CHATWS_RELAY_OWN_H
#define CHATWS_RELAY_OWN_H

#include "relay/relay_room.h"

typedef struct {
    room_id id;
    uint64_t seq;
} relay_own_id;

/* All zero: nothing. */
typedef struct {
    base_bytes list; /* of relay_own_id, the oldest first */
    size_t count;
} relay_own;

/* The room's history as it is now. False: it could not be read. */
bool relay_own_read(room_store *store, room_handle room, relay_own *out);
const relay_own_id *relay_own_at(const relay_own *own, size_t index);
void relay_own_free(relay_own *own);

/* Adds the records from `seq` on to an order of relay_room_restore, as many as
 * it may be long, and moves `seq` behind them; UINT64_MAX: it is the last. */
room_status relay_own_offer(room_store *store, room_handle room,
                            const room_relay_facts *facts, relay_order *order,
                            uint64_t *seq);

#endif
