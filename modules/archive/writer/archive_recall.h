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

/* What of a room is wanted. */
typedef struct {
    uint32_t count;  /* the newest messages, */
    int64_t age_ms;  /* that are not older than that (INT64_MAX: any); */
    int64_t all_ms;  /* and about 1,000 that are not older than this */
} archive_recall_most;

/* These, with what is between them, and the refs of ten minutes. */
archive_status archive_recall_room(archive_db *db, const void *key,
                                   size_t key_size,
                                   const archive_recall_most *most,
                                   archive_recall *out);
void archive_recall_free(archive_recall *it);

#endif
