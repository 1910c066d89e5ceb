/* archive_queue.c - see archive_queue.h. */
#include "archive/writer/archive_queue.h"

#include <string.h>

#include "base/base_clock.h"

/* Then rooms of which the database takes nothing are tried again. */
#define ASIDE_US INT64_C(5000000)

#define ASIDE 2 /* in `queued` */

/* What a commit makes known. */
typedef struct {
    room_handle room;
    uint64_t upto;
    bool amended;
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
    progress done = { room, result->upto, result->amended, 0 };

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

static progress held_at(const archive_queue *queue, size_t at)
{
    progress one;

    memcpy(&one, queue->held.data + at, sizeof(one));
    return one;
}

/* Until when the room is held already; 0: it is not. */
static int64_t held_until(const archive_queue *queue, room_handle room)
{
    int64_t until_us = 0;

    for (size_t at = 0; at < queue->held.len; at += sizeof(progress)) {
        progress one = held_at(queue, at);

        if (one.room.index == room.index) {
            until_us = one.until_us;
        }
    }
    return until_us;
}

void archive_queue_commit(archive_queue *queue, size_t taken,
                          room_store *store)
{
    int64_t until_us = base_clock_mono() + ARCHIVE_QUEUE_HOLD_US;

    base_bytes_drop(&queue->waiting, taken);
    for (size_t at = 0; at < queue->written.len; at += sizeof(progress)) {
        progress done;

        memcpy(&done, queue->written.data + at, sizeof(done));
        done.until_us = done.amended ? until_us
                                     : held_until(queue, done.room);
        if (done.until_us > 0) {
            base_bytes_append(&queue->held, &done, sizeof(done));
        }
        else {
            room_archive_done(store, done.room, done.upto);
        }
    }
}

/* They stand in the order in which they were committed. */
void archive_queue_release(archive_queue *queue, room_store *store, bool clean)
{
    int64_t now_us = base_clock_mono();
    size_t at = 0;

    while (at < queue->held.len) {
        progress one = held_at(queue, at);

        if (!clean && one.until_us > now_us) {
            break;
        }
        room_archive_done(store, one.room, one.upto);
        at += sizeof(one);
    }
    base_bytes_drop(&queue->held, at);
}
