/* room_table.h - from a room's key to its handle. Called by act/ when a client
 * enters or posts; any thread. */
#ifndef CHATWS_ROOM_TABLE_H
#define CHATWS_ROOM_TABLE_H

#include "base/base_clock.h"
#include "room/log/room_id.h"
#include "room/segment/room_store.h"

#define ROOM_KEY_MAX 512 /* bytes */

/* One row of room_table_each; `key` (no NUL at its end) ends with the call. */
typedef struct {
    room_handle handle;
    const char *key;
    size_t key_size;
    uint32_t members; /* distinct users */
    uint64_t kept;    /* messages of its history */
    room_id newest;   /* the last one's id, if any is kept */
} room_table_row;

/* Return false to stop. No lock is held. */
typedef bool room_table_visit(void *context, const room_table_row *row);

/* What is known of a room that does not exist: a position from `complete` up to
 * `newest` is exact and stays so when the room is made; `newest` is the one of
 * now. */
typedef struct {
    room_id complete;
    room_id newest;
} room_table_nowhere;

/* Finds the room or makes it; its ids come after the wall clock's time. It
 * keeps the newest `keep_count` messages that were stored not longer than
 * `keep_age_ms` ago (INT64_MAX: whenever); the last call's values count, at
 * once.
 * When there is no place for another room, one without reader and member is
 * given away: one that keeps nothing, else the one that is idle longest,
 * whatever it keeps. ROOM_FULL: all have members. ROOM_TOO_BIG: an empty key
 * or one above ROOM_KEY_MAX. ROOM_BUSY. ROOM_MOVED: it is not there, and no
 * room is made here any more.
 * A room without reader and member may be gone again before the next call:
 * on ROOM_GONE open it again. */
room_status room_table_open(room_store *store, const void *key,
                            size_t key_size, uint32_t keep_count,
                            int64_t keep_age_ms, base_clock_time now,
                            room_handle *out);

/* Finds it for somebody who reads: the rule counts as above, but it is never
 * made. ROOM_ABSENT: then `nowhere` is filled in, and `nowhere->newest` is
 * taken to be told to the reader. ROOM_BUSY, ROOM_TOO_BIG. */
room_status room_table_seek(room_store *store, const void *key,
                            size_t key_size, uint32_t keep_count,
                            int64_t keep_age_ms, base_clock_time now,
                            room_handle *out, room_table_nowhere *nowhere);

/* Finds it but never makes it: ROOM_ABSENT. */
room_status room_table_find(room_store *store, const void *key,
                            size_t key_size, room_handle *out);

/* Visits each room once, in no order; those made meanwhile perhaps. */
void room_table_each(room_store *store, int64_t mono_us,
                     room_table_visit *visit, void *context);

#endif
