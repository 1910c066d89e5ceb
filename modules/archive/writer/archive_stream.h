/* archive_stream.h - what all hosts have said, from the relay into the
 * database, and what is told when it is there: as archive_queue does it for
 * the rooms of one host. Private to archive/: the writer's thread.
 */
#ifndef CHATWS_ARCHIVE_STREAM_H
#define CHATWS_ARCHIVE_STREAM_H

#include "archive/writer/archive_batch.h"

typedef struct archive_stream archive_stream;

archive_stream *archive_stream_create(const room_source *source);
void archive_stream_destroy(archive_stream *stream);

/* Tells the source every now and then that there is an archive. False: it was
 * not reached for a while, or never, and whoever is reached by it is to
 * write. */
bool archive_stream_reach(archive_stream *stream, bool ack);

/* Gets rooms from the source when there are none in hand, and brings to it
 * those that it does not know, as they are in the database. ARCHIVE_AWAY: also
 * when the source cannot be asked. `moved`: something came of it. */
archive_status archive_stream_take(archive_stream *stream, archive_db *db,
                                   bool *moved);

/* True when there is one in hand. */
bool archive_stream_waits(const archive_stream *stream);

/* Writes rooms until the batch is full; `stuck`: the database took nothing of
 * one, which is left alone for some time. */
archive_status archive_stream_fill(archive_stream *stream,
                                   archive_batch *batch, bool *stuck);

/* It was not committed. */
void archive_stream_take_back(archive_stream *stream);

/* Somebody else may have written meanwhile: what is in hand is let go. */
void archive_stream_forget(archive_stream *stream);

/* It was committed: what came of it is told, but for rooms in which something
 * was changed. Returns the most that was. */
archive_past_change archive_stream_commit(archive_stream *stream,
                                          room_store *store);

/* Tells it of rooms whose changes are no more than `gone`, which is in no file
 * any more, and of those that were held for long enough. */
void archive_stream_release(archive_stream *stream, archive_past_change gone);

/* True when some are held for that. */
bool archive_stream_holds(const archive_stream *stream);

#endif
