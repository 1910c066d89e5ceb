/* archive_queue.c - see archive_queue.h. */
#include "archive/writer/archive_queue.h"

#include <string.h>

#include "base/base_clock.h"
#include "room/archive/room_import.h"

/* Then rooms of which the database takes nothing are tried again. */
#define ASIDE_US INT64_C(5000000)

#define ASIDE 2 /* in `queued` */

/* What a commit makes known. */
typedef struct {
    room_handle room;
    uint64_t upto;
    archive_past_change change;
    int64_t keep_ms;
    int64_t until_us; /* held until then */
} progress;

void archive_queue_free(archive_queue *queue)
{
    base_bytes_free(&queue->waiting);
    base_bytes_free(&queue->queued);
    base_bytes_free(&queue->aside);
    base_bytes_free(&queue->written);
    base_bytes_free(&queue->held);
}

void archive_queue_add(void *context, room_handle room)
{
    archive_queue *queue = context;

    if (room.index >= queue->queued.len) {
        size_t extra = room.index + 1024 - queue->queued.len;

        base_bytes_reserve(&queue->queued, extra);
        memset(queue->queued.data + queue->queued.len, 0, extra);
        queue->queued.len += extra;
    }
    if (!queue->queued.data[room.index]) {
        queue->queued.data[room.index] = 1;
        base_bytes_append(&queue->waiting, &room, sizeof(room));
    }
}

static bool may_try(const archive_queue *queue)
{
    return queue->aside.len > 0 && base_clock_mono() >= queue->aside_us;
}

bool archive_queue_waits(const archive_queue *queue)
{
    return queue->waiting.len > 0 || may_try(queue);
}

static room_handle room_at(const base_bytes *list, size_t at)
{
    room_handle room;

    memcpy(&room, list->data + at, sizeof(room));
    return room;
}

static void put_aside(archive_queue *queue, room_handle room)
{
    if (queue->aside.len == 0) {
        queue->aside_us = base_clock_mono() + ASIDE_US;
    }
    queue->queued.data[room.index] = ASIDE;
    base_bytes_append(&queue->aside, &room, sizeof(room));
}

static void fetch_aside(archive_queue *queue)
{
    if (!may_try(queue)) {
        return;
    }
    for (size_t at = 0; at < queue->aside.len; at += sizeof(room_handle)) {
        room_handle room = room_at(&queue->aside, at);

        queue->queued.data[room.index] = 0;
        archive_queue_add(queue, room);
    }
    queue->aside.len = 0;
}

/* Those that are written wait no more, unless they have more. */
static void note_written(archive_queue *queue, room_handle room,
                         const archive_batch_result *result)
{
    progress done = { room, result->upto, result->change, result->keep_ms, 0 };

    queue->queued.data[room.index] = 0;
    if (result->upto > 0) {
        base_bytes_append(&queue->written, &done, sizeof(done));
    }
    if (result->stuck) {
        put_aside(queue, room);
    }
    else if (result->more) {
        archive_queue_add(queue, room);
    }
}

archive_status archive_queue_fill(archive_queue *queue, archive_batch *batch,
                                  size_t *taken, bool *stuck)
{
    archive_status status = ARCHIVE_OK;
    size_t count;

    fetch_aside(queue);
    queue->written.len = 0;
    count = queue->waiting.len;
    *stuck = false;
    for (*taken = 0; *taken < count && !*stuck && !archive_batch_full(batch);
         *taken += sizeof(room_handle)) {
        room_handle room = room_at(&queue->waiting, *taken);
        archive_batch_result result;

        status = archive_batch_write(batch, room, &result);
        if (status != ARCHIVE_OK) {
            break;
        }
        note_written(queue, room, &result);
        *stuck = result.stuck;
    }
    return status;
}

void archive_queue_forget(archive_queue *queue)
{
    queue->held.len = 0;
}

void archive_queue_take_back(archive_queue *queue, size_t taken)
{
    for (size_t at = 0; at < taken; at += sizeof(room_handle)) {
        room_handle room = room_at(&queue->waiting, at);

        if (!queue->queued.data[room.index]) {
            archive_queue_add(queue, room);
        }
    }
    base_bytes_drop(&queue->waiting, taken);
}

static progress progress_at(const base_bytes *list, size_t at)
{
    progress one;

    memcpy(&one, list->data + at, sizeof(one));
    return one;
}

/* Where the last one of the room stands among the first `size` bytes that are
 * held; `size`: there is none. */
static size_t find_held(const archive_queue *queue, room_handle room,
                        size_t size)
{
    for (size_t at = size; at > 0; at -= sizeof(progress)) {
        size_t before = at - sizeof(progress);

        if (progress_at(&queue->held, before).room.index == room.index) {
            return before;
        }
    }
    return size;
}

/* What comes behind a change in the same room waits with it. */
static void commit_one(archive_queue *queue, room_store *store,
                       const progress *done)
{
    size_t at = find_held(queue, done->room, queue->held.len);

    if (done->change != ARCHIVE_PAST_AS_IT_WAS) {
        base_bytes_append(&queue->held, done, sizeof(*done));
    }
    else if (at < queue->held.len) {
        progress before = progress_at(&queue->held, at);

        before.upto = done->upto;
        memcpy(queue->held.data + at, &before, sizeof(before));
    }
    else {
        room_archive_done(store, done->room, done->upto);
    }
}

archive_past_change archive_queue_commit(archive_queue *queue, size_t taken,
                                         room_store *store)
{
    int64_t until_us = base_clock_mono() + ARCHIVE_QUEUE_HOLD_US;
    archive_past_change most = ARCHIVE_PAST_AS_IT_WAS;

    base_bytes_drop(&queue->waiting, taken);
    for (size_t at = 0; at < queue->written.len; at += sizeof(progress)) {
        progress done = progress_at(&queue->written, at);

        room_import_kept(store, done.room, done.keep_ms);
        done.until_us = until_us;
        most = done.change > most ? done.change : most;
        commit_one(queue, store, &done);
    }
    return most;
}

void archive_queue_release(archive_queue *queue, room_store *store,
                           archive_past_change gone)
{
    int64_t now_us = base_clock_mono();
    size_t kept = 0;

    for (size_t at = 0; at < queue->held.len; at += sizeof(progress)) {
        progress one = progress_at(&queue->held, at);

        if ((one.change <= gone || one.until_us <= now_us)
            && find_held(queue, one.room, kept) == kept) {
            room_archive_done(store, one.room, one.upto);
        }
        else {
            memmove(queue->held.data + kept, &one, sizeof(one));
            kept += sizeof(one);
        }
    }
    queue->held.len = kept;
}
