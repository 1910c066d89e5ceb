/* archive_batch.h - what one room has got since its cursor, or what the relay
 * has of it, into the database.
 * Private to archive/: the writer's thread, in a transaction of the caller.
 */
#ifndef CHATWS_ARCHIVE_BATCH_H
#define CHATWS_ARCHIVE_BATCH_H

#include "archive/archive_past.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_source.h"

/* Rows and bytes that one commit has at most, about. */
#define ARCHIVE_BATCH_ROWS 4096
#define ARCHIVE_BATCH_BYTES (4 * 1024 * 1024)

/* What the batches of one connection keep in mind; all zero at first. */
typedef struct archive_batch archive_batch;

archive_batch *archive_batch_create(room_store *store, archive_db *db);
void archive_batch_destroy(archive_batch *batch);

/* A transaction begins: nothing was written in it yet. */
void archive_batch_begin(archive_batch *batch);

/* It was not committed: what is in mind about rows is wrong. */
void archive_batch_forget(archive_batch *batch);

/* What came of a room. */
typedef struct {
    uint64_t upto; /* all below that number is in the database when this is
                      committed; 0: there was nothing to do */
    bool more;     /* the room has more */
    bool stuck;    /* the database has none of that: try it again later */
    archive_past_change change;
    int64_t keep_ms; /* room_import_kept, when that is committed */
    room_id kept;    /* of archive_batch_put: all up to this id; 0-0: nothing */
    bool behind;     /* of it: the relay has lost what the database has behind
                        its end, and nothing was written */
} archive_batch_result;

/* Writes what the room has, as far as the batch still has place.
 * ARCHIVE_FAILED: the database refuses something, see archive_batch_care. */
archive_status archive_batch_write(archive_batch *batch, room_handle room,
                                   archive_batch_result *result);

/* The same for what the relay has of a room, which has to stay there until
 * archive_batch_tell. */
archive_status archive_batch_put(archive_batch *batch,
                                 const room_source *source,
                                 const room_source_room *room,
                                 archive_batch_result *result);

/* Something was refused: what follows is written slowly and with care, until it
 * is committed. False: that was so already. */
bool archive_batch_care(archive_batch *batch);

/* True when that is so. */
bool archive_batch_careful(const archive_batch *batch);

/* It was committed: tells the store, or the source, what the database does not
 * have. */
void archive_batch_tell(archive_batch *batch);

/* True when another room does not fit. */
bool archive_batch_full(const archive_batch *batch);
#endif
