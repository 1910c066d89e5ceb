/* room_ref.h - which refs were stored in the last ten minutes. Private to
 * room/: called with the lock of the ref's room held. The table is bounded: in
 * a full set the address that has stored most of it gives up its oldest ref.
 */
#ifndef CHATWS_ROOM_REF_H
#define CHATWS_ROOM_REF_H

#include "room/log/room_log.h"
#include "room/segment/room_layout.h"

/* What a record and the archive have of a ref, of at most ROOM_REF_MAX bytes:
 * the same everywhere. Never 0. Whoever finds two refs with one hash has only
 * spoilt refs of its own: room_ref_key. */
uint64_t room_ref_hash(const void *ref, size_t size);

/* The keyed hash of (room, user, kind, room_ref_hash); never 0. It knows the
 * room by its key and birth, so that it is the same in a segment that the room
 * moved to. */
uint64_t room_ref_key(const room_store *store, uint32_t room, uint64_t user,
                      room_log_kind kind, uint64_t ref);

/* The id that was stored with the key. False when it is not known, or its lock
 * cannot be taken. */
bool room_ref_find(room_store *store, uint64_t hash, int64_t mono_us,
                   room_id *id);

/* Remembers it as sent from the address with this room_address_tag; one that is
 * known stays as it is. */
void room_ref_put(room_store *store, uint64_t hash, uint16_t tag,
                  const room_id *id, int64_t mono_us);

/* The same of one that was stored at `stored_us`. */
void room_ref_put_since(room_store *store, uint64_t hash, uint16_t tag,
                        const room_id *id, int64_t stored_us, int64_t mono_us);

/* Forgets it. */
void room_ref_drop(room_store *store, uint64_t hash);

/* Remembers in `to` what `from` does, which has the same hash key. */
void room_ref_move(room_store *from, room_store *to, int64_t mono_us);

#endif
