/* room_move.h - from one segment to another: when its size or its number of
 * rooms changes at a restart.
 *
 * The parent calls it, between making the new segment and forking the children
 * that use it. Older children may be at work in the old one meanwhile and
 * after: they read on, and what they would store there is refused.
 */
#ifndef CHATWS_ROOM_MOVE_H
#define CHATWS_ROOM_MOVE_H

#include "base/base_clock.h"
#include "room/segment/room_store.h"

typedef struct {
    uint64_t rooms;    /* moved */
    uint64_t messages; /* moved */
    uint64_t left;     /* rooms that found no place, or could not be read */
    uint64_t evicted;  /* kept messages that found no place */
} room_move_figures;

/* Closes `from` and moves to `to`, which was made with options.after = from and
 * is empty: rooms with their birth and rule, what they keep with its ids, the
 * positions from which on they are complete, refs, counters, and what the
 * archive waits for. Members and
 * rates stay behind. When `to` is too small, the rooms that are idle longest
 * and that nobody is in stay behind, and of the rest the largest lose their
 * oldest messages. */
void room_move_all(room_store *from, room_store *to, base_clock_time now,
                   room_move_figures *told);

#endif
