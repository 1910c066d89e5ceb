/* room_marks.h - which rooms a child is to look at. Private to room/.
 *
 * Each slot has two sets of rooms in the segment. A set has a bit for each
 * room, and in front of those a bit for each 64 of them that says that one of
 * these may be set: who takes a set reads what is in it, and not a word for
 * each 64 rooms that there are. Any process and thread, without a lock; whoever
 * dies between the two bits leaves that to room_marks_fill (room_slot_reap) or
 * to who marks the room next.
 */
#ifndef CHATWS_ROOM_MARKS_H
#define CHATWS_ROOM_MARKS_H

#include "room/segment/room_layout.h"

typedef enum {
    ROOM_MARKS_NEWS,    /* there is something to read: with a wake-up */
    ROOM_MARKS_STIRRED, /* see room_stirred.h */
    ROOM_MARKS_SETS
} room_marks_set;

/* Puts a room of the segment into a slot's set. */
void room_marks_add(room_store *store, uint32_t slot, room_marks_set set,
                    uint32_t room);

/* True when it is in, and whoever takes the set next finds it. */
bool room_marks_has(const room_store *store, uint32_t slot,
                    room_marks_set set, uint32_t room);

/* Puts all rooms into both sets of a slot; and none. */
void room_marks_fill(room_store *store, uint32_t slot);
void room_marks_clear(room_store *store, uint32_t slot);

/* Takes each room out of a set and visits it. */
void room_marks_take(room_store *store, uint32_t slot, room_marks_set set,
                     room_slot_visit *visit, void *context);

#endif
