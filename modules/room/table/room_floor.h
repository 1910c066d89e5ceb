/* room_floor.h - where the positions of a room begin that is not there (yet).
 * Private to room/: with the table's lock held.
 *
 * A position of a room is exact when it is known that nothing is missing after
 * it. So a room that is made must know two things. Up to where a room of its
 * key was forgotten: positions of that one are not exact. These floors are kept
 * by hash of the key, so that rooms that come and go leave the positions of
 * nearly all others as they are, and a room whose ids were in the future takes
 * nearly none with it. And what was told as its position while it was not
 * there: its ids come after that.
 */
#ifndef CHATWS_ROOM_FLOOR_H
#define CHATWS_ROOM_FLOOR_H

#include "room/segment/room_layout.h"

/* What is known of a room that is not there. */
typedef struct {
    room_id complete; /* nothing of it is forgotten after this */
    room_id newest;   /* if it is made now, its ids come after this */
    uint64_t doubt_ms; /* the clock went back: positions up to here may have
                          been told already, above `newest`; 0: none */
} room_floor;

/* Reads what is known of the rooms with this hash of the key. */
void room_floor_read(const room_store *store, uint64_t hash, int64_t wall_ms,
                     room_floor *out);

/* Notes that `newest` of it was told to somebody. */
void room_floor_tell(room_store *store, int64_t wall_ms);

/* A room with this hash is forgotten, whose newest id is given. In one step
 * for whoever comes after a kill. */
void room_floor_raise(room_store *store, uint64_t hash, const room_id *newest);

/* And what was said up to there is not all in the archive, or in the relay. */
void room_floor_raise_lost(room_store *store, uint64_t hash,
                           const room_id *newest);

/* Up to where that may be so; {0, 0}: nowhere. With an archive or a relay only;
 * without a lock. */
room_id room_floor_lost(const room_store *store, uint64_t hash);

/* Takes all floors over to another segment. */
void room_floor_move(const room_store *from, room_store *to);

#endif
