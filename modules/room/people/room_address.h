/* room_address.h - how many connections an address has, over all children.
 *
 * Each child counts its own connections of an address in an entry of its own,
 * so that they are gone when the child's slot is reaped, however it ended;
 * those on other hosts are in entries of the reader's slot. What a limit looks
 * at is the sum. Called by act/ and relay/; any thread.
 *
 * The table is bounded. An address that finds no place in it is not counted
 * and so not limited: a flood of addresses refuses nobody. After room_move
 * everybody counts from nothing: connections of old children count in the old
 * segment.
 */
#ifndef CHATWS_ROOM_ADDRESS_H
#define CHATWS_ROOM_ADDRESS_H

#include "base/base_address.h"
#include "base/base_bytes.h"
#include "room/room_status.h"
#include "room/segment/room_store.h"

/* Not counted. */
#define ROOM_ADDRESS_NOWHERE UINT32_MAX

/* What an address is counted and limited by: a keyed hash of the site's name
 * and of base_address_network; never 0. */
uint64_t room_address_key(const room_store *store, const char *site,
                          const base_address *address);

/* Tells one address from others in the tables of refs, rates and meters, over
 * all sites. Short: of 65,536 addresses two may have the same, and then share
 * what each could have. */
uint16_t room_address_tag(const room_store *store,
                          const base_address *address);

/* Counts one more connection of the address `key` in the child with this slot,
 * unless it has `most` in all children. `place` is for room_address_leave, or
 * ROOM_ADDRESS_NOWHERE. ROOM_FULL: it has `most`. ROOM_BUSY: it is not counted,
 * for lack of space or because the lock cannot be taken; let it in. */
room_status room_address_enter(room_store *store, uint64_t key, int slot,
                               uint32_t most, uint32_t *place);

/* One less. Without a lock; not after the slot was released. */
void room_address_leave(room_store *store, uint32_t place);

/* All connections of the address; 0 when the lock cannot be taken. */
uint32_t room_address_count_all(room_store *store, uint64_t key);

/* An address, and its connections. */
typedef struct {
    uint64_t key;
    uint32_t count;
} room_address_sum;

/* Replaces `out` by a list of room_address_sum: the addresses that have at
 * least `least` connections of this host's children, by their keys. False: the
 * lock cannot be taken. Where hosts share the rooms, the reader asks. */
bool room_address_list(room_store *store, uint32_t least, base_bytes *out);

/* The address has so many connections in what has this slot: on other hosts, in
 * room_reader_slot. ROOM_FULL: there is no place for it, and it is not counted.
 * ROOM_BUSY: the lock cannot be taken. */
room_status room_address_set(room_store *store, uint64_t key, int slot,
                             uint32_t count);

/* True once a minute over all processes: a refusal may be logged now. */
bool room_address_may_tell(room_store *store, int64_t now_us);

/* Forgets all connections of a child; false: the lock cannot be taken. Called
 * by room_slot. */
bool room_address_reap(room_store *store, uint32_t slot);

#endif
