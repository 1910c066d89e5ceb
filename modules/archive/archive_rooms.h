/* archive_rooms.h - which rooms the archive has. Called by act/ on httpd's
 * workers; may block.
 */
#ifndef CHATWS_ARCHIVE_ROOMS_H
#define CHATWS_ARCHIVE_ROOMS_H

#include "archive/archive.h"
#include "room/log/room_id.h"

/* Gets a room by its key (a NUL behind it) and the id of what was stored last
 * in it; false stops. No connection is in use meanwhile but this one: do not
 * ask the archive. */
typedef bool archive_rooms_visit(void *context, const char *key,
                                 size_t key_size, const room_id *newest);

/* Visits the rooms whose keys begin with `prefix` (which ends with a NUL) and
 * in which something was stored at `since_ms` or later, at most `most`, those
 * first where that was last. ARCHIVE_OK; ARCHIVE_AWAY, ARCHIVE_FAILED: perhaps
 * not all. */
archive_status archive_rooms_newest(archive *a, const char *prefix,
                                    int64_t since_ms, size_t most,
                                    archive_rooms_visit *visit, void *context);

#endif
