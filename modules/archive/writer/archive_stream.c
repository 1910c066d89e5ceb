/* archive_stream.c - see archive_stream.h. */
#include "archive/writer/archive_stream.h"

#include <stdlib.h>
#include <string.h>

#include "archive/writer/archive_queue.h"
#include "archive/writer/archive_recall.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/archive/room_archive_figures.h"

/* Rooms that are taken at once. */
#define ROOMS_MOST 256

/* Bringing rooms there may take so long at once: others want to be written. */
#define OFFER_US INT64_C(500000)

/* A room that is brought there has all so young messages, so that nobody sends
 * one twice. */
#define OFFER_ALL_MS INT64_C(600000)

/* Rooms of which the database takes nothing are tried again after that. */
#define ASIDE_US INT64_C(5000000)

/* How often the source is told that there is an archive, or again if it cannot
 * be; and after how long without that we are cut off from it. */
#define ALIVE_US INT64_C(2000000)
#define ALIVE_AGAIN_US INT64_C(250000)
#define CUT_US INT64_C(6000000)

/* A room of which something was written, or is not to be for now. */
typedef struct {
    room_source_room room; /* without its records */
    room_id upto;          /* 0-0: nothing is to be told */
    bool behind;           /* archive_batch_result.behind */
    archive_past_change change;
    int64_t until_us;
} progress;

typedef struct {
    progress *items;
    size_t count;
    size_t space;
} list;

struct archive_stream {
    const room_source *source;
    int64_t alive_us;   /* when it is told that we are here, next */
    int64_t reached_us; /* and was last; 0: never */
    const room_source_room *rooms; /* in hand */
    size_t count;
    size_t at;    /* the next one that is to be written, */
    size_t begun; /* and the first one of this batch */
    list written; /* in it */
    list held;    /* committed or stuck, and left alone until then */
};

archive_stream *archive_stream_create(const room_source *source)
{
    archive_stream *stream = calloc(1, sizeof(*stream));

    BASE_CHECK(stream != NULL);
    stream->source = source;
    return stream;
}

void archive_stream_destroy(archive_stream *stream)
{
    if (stream) {
        free(stream->written.items);
        free(stream->held.items);
        free(stream);
    }
}

bool archive_stream_reach(archive_stream *stream, bool ack)
{
    const room_source *source = stream->source;
    bool reached;

    if (base_clock_mono() >= stream->alive_us) {
        reached = source->alive(source->context, ack);
        stream->alive_us = base_clock_mono()
                           + (reached ? ALIVE_US : ALIVE_AGAIN_US);
        stream->reached_us = reached ? base_clock_mono()
                                     : stream->reached_us;
    }
    return stream->reached_us != 0
           && base_clock_mono() - stream->reached_us < CUT_US;
}

static void add(list *to, const progress *one)
{
    if (to->count == to->space) {
        to->space = to->space > 0 ? to->space * 2 : 16;
        to->items = realloc(to->items, to->space * sizeof(*to->items));
        BASE_CHECK(to->items != NULL);
    }
    to->items[to->count++] = *one;
}

static progress progress_of(const room_source_room *room)
{
    progress one = { .room = *room, .change = ARCHIVE_PAST_AS_IT_WAS };

    one.room.what.records = NULL;
    one.room.what.count = 0;
    one.room.states = NULL;
    return one;
}

/* NULL: it is not. */
static progress *find_held(const archive_stream *stream,
                           const room_source_room *room)
{
    for (size_t i = 0; i < stream->held.count; i++) {
        const room_source_room *held = &stream->held.items[i].room;

        if (held->key_size == room->key_size
            && memcmp(held->key, room->key, room->key_size) == 0) {
            return &stream->held.items[i];
        }
    }
    return NULL;
}

/* The relay has less of it than the database. */
static bool is_short(const archive_stream *stream,
                     const room_source_room *room)
{
    const progress *held = find_held(stream, room);

    return room->unknown
           || (held && held->behind && room->what.kept.ms == 0);
}

static archive_status offer(archive_stream *stream, archive_db *db,
                            const room_source_room *room, bool *moved)
{
    const archive_recall_most most = { room->keep_count, room->keep_age_ms,
                                       OFFER_ALL_MS };
    archive_recall found = ARCHIVE_RECALL_INIT;
    archive_status status = archive_recall_room(db, room->key, room->key_size,
                                                &most, &found);

    if (status == ARCHIVE_OK
        && stream->source->offer(stream->source->context, room,
                                 found.known ? &found.what : NULL)
               == ROOM_OK) {
        progress *held = find_held(stream, room);

        if (held && held->behind) {
            held->until_us = 0;
        }
        *moved = true;
    }
    archive_recall_free(&found);
    return status;
}

archive_status archive_stream_take(archive_stream *stream, archive_db *db,
                                   bool *moved)
{
    const room_source *source = stream->source;
    int64_t until_us = base_clock_mono() + OFFER_US;
    archive_status status = ARCHIVE_OK;

    *moved = false;
    if (archive_stream_waits(stream)) {
        return ARCHIVE_OK;
    }
    archive_stream_forget(stream);
    if (source->take(source->context, ROOMS_MOST, &stream->rooms,
                     &stream->count)
        != ROOM_OK) {
        stream->count = 0;
        return ARCHIVE_AWAY;
    }
    for (size_t i = 0; i < stream->count && status == ARCHIVE_OK
                       && base_clock_mono() < until_us; i++) {
        if (is_short(stream, &stream->rooms[i])) {
            status = offer(stream, db, &stream->rooms[i], moved);
        }
    }
    return status;
}

/* The next one in hand that is to be written; `count`: none is. */
static size_t next_of(const archive_stream *stream, size_t at)
{
    while (at < stream->count
           && (stream->rooms[at].unknown
               || find_held(stream, &stream->rooms[at]))) {
        at++;
    }
    return at;
}

bool archive_stream_waits(const archive_stream *stream)
{
    return next_of(stream, stream->at) < stream->count;
}

/* It is the relay that has let them go, so it is told here. Of what was said
 * before there was an archive nothing is lost. */
static void tell_gap(room_store *store, const room_source_room *room)
{
    const char *path = memchr(room->key, '\n', room->key_size);
    size_t front = path ? (size_t)(path + 1 - room->key) : 0;

    if (room->gap && room->what.kept.ms > 0) {
        room_archive_figures_lose(store, 1); /* at least */
        base_log_limited(BASE_LOG_ERROR, "CW1108",
                         "messages of the room %.*s are lost to the archive:"
                         " Redis keeps the last 10000 of a room, and the"
                         " database could not be written for longer; see to"
                         " it that it can be reached",
                         (int)(room->key_size - front), room->key + front);
    }
}

static void note_written(archive_stream *stream, const room_source_room *room,
                         const archive_batch_result *result)
{
    progress one = progress_of(room);

    one.upto = result->kept;
    one.change = result->change;
    if (one.upto.ms > 0) {
        add(&stream->written, &one);
    }
    if (result->stuck || result->behind) {
        one = progress_of(room);
        one.behind = result->behind;
        one.until_us = base_clock_mono() + ASIDE_US;
        add(&stream->held, &one);
    }
}

archive_status archive_stream_fill(archive_stream *stream,
                                   archive_batch *batch, bool *stuck)
{
    archive_status status = ARCHIVE_OK;

    stream->begun = stream->at;
    stream->written.count = 0;
    *stuck = false;
    for (;;) {
        const room_source_room *room;
        archive_batch_result result;

        stream->at = next_of(stream, stream->at);
        if (stream->at == stream->count || *stuck
            || archive_batch_full(batch)) {
            break;
        }
        room = &stream->rooms[stream->at];
        status = archive_batch_put(batch, stream->source, room, &result);
        if (status != ARCHIVE_OK) {
            break;
        }
        stream->at++;
        note_written(stream, room, &result);
        *stuck = result.stuck;
    }
    return status;
}

void archive_stream_take_back(archive_stream *stream)
{
    stream->at = stream->begun;
    stream->written.count = 0;
}

void archive_stream_forget(archive_stream *stream)
{
    stream->at = stream->begun = stream->count = 0;
    stream->written.count = 0;
}

/* What is not known there comes again; who cannot tell it is cut off. */
static void flush(archive_stream *stream)
{
    if (stream->source->flush(stream->source->context) != ROOM_OK) {
        stream->alive_us = stream->reached_us = 0;
    }
}

static void tell(const archive_stream *stream, const progress *one)
{
    stream->source->done(stream->source->context, &one->room, &one->upto,
                         false);
}

archive_past_change archive_stream_commit(archive_stream *stream,
                                          room_store *store)
{
    int64_t until_us = base_clock_mono() + ARCHIVE_QUEUE_HOLD_US;
    archive_past_change most = ARCHIVE_PAST_AS_IT_WAS;

    for (size_t i = 0; i < stream->written.count; i++) {
        progress *one = &stream->written.items[i];

        tell_gap(store, &one->room);
        if (one->change == ARCHIVE_PAST_AS_IT_WAS) {
            tell(stream, one);
        }
        else {
            most = one->change > most ? one->change : most;
            one->until_us = until_us;
            add(&stream->held, one);
        }
    }
    flush(stream);
    stream->written.count = 0;
    return most;
}

void archive_stream_release(archive_stream *stream, archive_past_change gone)
{
    int64_t now_us = base_clock_mono();
    size_t kept = 0;

    for (size_t i = 0; i < stream->held.count; i++) {
        progress *one = &stream->held.items[i];
        bool told = one->upto.ms > 0;

        if (one->until_us > now_us && (!told || one->change > gone)) {
            stream->held.items[kept++] = *one;
        }
        else if (told) {
            tell(stream, one);
        }
    }
    if (kept < stream->held.count) {
        flush(stream);
    }
    stream->held.count = kept;
}

bool archive_stream_holds(const archive_stream *stream)
{
    for (size_t i = 0; i < stream->held.count; i++) {
        if (stream->held.items[i].upto.ms > 0) {
            return true;
        }
    }
    return false;
}
