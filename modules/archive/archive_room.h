/* archive_room.h - reads a room in: what the archive has of it comes into the
 * segment. Called by act/ on httpd's workers; may block.
 */
#ifndef CHATWS_ARCHIVE_ROOM_H
#define CHATWS_ARCHIVE_ROOM_H

#include "archive/archive.h"
#include "room/segment/room_store.h"

/* Whether it has the room: ARCHIVE_OK, ARCHIVE_ABSENT, ARCHIVE_AWAY. */
archive_status archive_room_known(archive *a, const void *key,
                                  size_t key_size);

/* The room is in the segment and nothing of it was read in yet. Its newest
 * `count` messages not older than `age_ms` (INT64_MAX: any) come in, with what
 * is between them, their refs, birth, state and the newest id. ARCHIVE_OK also
 * for a room that the archive does not know, and when another thread was
 * faster; the room may be gone again (room_import_wanted tells). */
archive_status archive_room_load(archive *a, room_handle room,
                                 const void *key, size_t key_size,
                                 uint32_t count, int64_t age_ms);

#endif
