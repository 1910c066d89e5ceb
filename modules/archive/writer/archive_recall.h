/* archive_recall.h - reads the end of a room: what whoever opens it wants to
 * have of it. Private to archive/; on any connection.
 */
#ifndef CHATWS_ARCHIVE_RECALL_H
#define CHATWS_ARCHIVE_RECALL_H

#include "archive/archive_record.h"
#include "room/archive/room_import.h"

typedef struct {
    bool known; /* false: the archive has no such room */
    room_import_room what;
    /* Private: what that points to. */
    archive_record *rows;
    size_t space;
    room_import_record *records;
    base_bytes refs;
} archive_recall;

#define ARCHIVE_RECALL_INIT { .known = false }

/* The newest `count` messages that are not older than `age_ms` (INT64_MAX:
 * any), with what is between them, and the refs of ten minutes. */
archive_status archive_recall_room(archive_db *db, const void *key,
                                   size_t key_size, uint32_t count,
                                   int64_t age_ms, archive_recall *out);
void archive_recall_free(archive_recall *it);

#endif
