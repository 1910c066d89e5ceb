/* archive_queue.h - the rooms that have something for the archive, and what is
 * to be told when that is there. Private to archive/: the writer's thread.
 */
#ifndef CHATWS_ARCHIVE_QUEUE_H
#define CHATWS_ARCHIVE_QUEUE_H

#include "archive/writer/archive_batch.h"
#include "base/base_bytes.h"

/* So long the answer to a deletion or an edit waits until the old text is out
 * of all files, in microseconds: in time for whoever waits for it. */
#define ARCHIVE_QUEUE_HOLD_US INT64_C(4000000)

/* All zero at first. */
typedef struct {
    base_bytes waiting; /* room_handle */
    base_bytes queued;  /* a byte for each room: it waits, or was put aside */
    base_bytes aside;   /* room_handle: not before `aside_us` */
    int64_t aside_us;
    base_bytes written; /* of the batch: what its commit makes known */
    base_bytes held;    /* what is committed, and is not known yet */
} archive_queue;

void archive_queue_free(archive_queue *queue);

/* Visits for room_archive_take; `context` is the queue. */
void archive_queue_add(void *context, room_handle room);

/* True when a room waits for its turn. */
bool archive_queue_waits(const archive_queue *queue);

/* Writes rooms until the batch is full. `taken`: bytes of `waiting` for what
 * ends it. `stuck`: a room was put aside. */
archive_status archive_queue_fill(archive_queue *queue, archive_batch *batch,
                                  size_t *taken, bool *stuck);

/* It was not committed: those rooms wait again. */
void archive_queue_take_back(archive_queue *queue, size_t taken);

/* What was written is not there any more: nothing of it is made known. */
void archive_queue_forget(archive_queue *queue);

/* It was committed: rooms in which something was changed are held, and the rest
 * is made known. Returns the most that was changed. */
archive_past_change archive_queue_commit(archive_queue *queue, size_t taken,
                                         room_store *store);

/* Makes known what is held for changes that are no more than `gone`, which is
 * in no file any more, and what was held for long enough. */
void archive_queue_release(archive_queue *queue, room_store *store,
                           archive_past_change gone);

#endif
