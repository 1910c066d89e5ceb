/* room_table.h - from a room's key to its handle. Called by hub/ when a client
 * enters or posts; any thread. */
#ifndef CHATWS_ROOM_TABLE_H
#define CHATWS_ROOM_TABLE_H

#include "room/room_id.h"
#include "room/room_store.h"

#define ROOM_KEY_MAX 512 /* bytes */

/* One row of room_table_each; `key` (no NUL at its end) ends with the call. */
typedef struct {
    room_handle handle;
    const char *key;
    size_t key_size;
    uint32_t members; /* distinct users */
    uint64_t kept;    /* messages of its history */
} room_table_row;

/* Return false to stop. No lock is held. */
typedef bool room_table_visit(void *context, const room_table_row *row);

/* Finds the room or makes it (its birth is then an id at or after `wall_ms`).
 * It keeps the newest `keep_count` messages that are not older than
 * `keep_age_ms` (INT64_MAX: any age); the last call's values count. Wall time
 * is milliseconds since 1970.
 * ROOM_FULL when every room has a reader, a member or kept messages; else the
 * one that is idle longest makes place. ROOM_TOO_BIG: an empty key or one
 * above ROOM_KEY_MAX. ROOM_BUSY. ROOM_MOVED: it is not there, and no room is
 * made here any more.
 * A room without reader and member may be gone again before the next call:
 * on ROOM_GONE open it again. */
room_status room_table_open(room_store *store, const void *key,
                            size_t key_size, uint32_t keep_count,
                            int64_t keep_age_ms, int64_t wall_ms,
                            room_handle *out);

/* Finds it but never makes it: ROOM_ABSENT. */
room_status room_table_find(room_store *store, const void *key,
                            size_t key_size, room_handle *out);

/* Visits each room once, in no order; those made meanwhile perhaps. */
void room_table_each(room_store *store, int64_t wall_ms,
                     room_table_visit *visit, void *context);

#endif
