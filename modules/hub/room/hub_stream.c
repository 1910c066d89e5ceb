/* hub_stream.c - the window of a way; see hub_stream.h. */
#include "hub/room/hub_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "hub/way/hub_way_pack.h"
#include "room/archive/room_ack.h"
#include "room/log/room_log.h"
#include "room/relay/room_relay.h"

/* How much is copied under the room's lock at a time. */
#define PUMP_SIZE 65536

/* A window that stays with the hub to be used again is not larger. */
#define SPARE_MOST (128 * 1024)

static hub_frame *frames_of(const hub_stream *stream, size_t *count)
{
    *count = stream->frames.len / sizeof(hub_frame);
    return (hub_frame *)(void *)stream->frames.data;
}

hub_stream *hub_stream_create(hub_room *room)
{
    hub_stream *stream = calloc(1, sizeof(*stream));

    BASE_CHECK(stream != NULL);
    stream->room = room;
    return stream;
}

void hub_stream_destroy(hub_stream *stream)
{
    if (stream) {
        BASE_CHECK(stream->seat_count == 0);
        base_bytes_free(&stream->window);
        base_bytes_free(&stream->frames);
        free(stream);
    }
}

hub_stream *hub_stream_of(const hub_client *client)
{
    return client->life.reads
               ? client->seat.room->streams[client->shared->way->stream]
               : NULL;
}

uint64_t hub_stream_end(const hub_stream *stream)
{
    return stream->start + stream->window.len;
}

static bool lags(const hub_stream *stream)
{
    uint64_t next = room_log_next(stream->room->hub->store,
                                  stream->room->handle);

    return next != UINT64_MAX && next > stream->next_seq;
}

bool hub_stream_has_news(const hub_stream *stream)
{
    return stream->seat_count > 0 && lags(stream);
}

/* Nobody needs the window any more: its memory serves the next one. */
static void release_window(hub_stream *stream)
{
    hub *core = stream->room->hub;

    stream->start += stream->window.len;
    stream->start_id = stream->last_id;
    stream->window.len = 0;
    stream->frames.len = 0;
    /* Rooms take turns: one spare serves all, and an idle room has none. */
    if (stream->window.cap <= SPARE_MOST && core->spare_window.data == NULL) {
        core->spare_window = stream->window;
        stream->window = (base_bytes)BASE_BYTES_INIT;
    }
    base_bytes_free(&stream->window);
    if (stream->seat_count == 0 || stream->frames.cap > 4096) {
        base_bytes_free(&stream->frames);
    }
}

/* What is older comes from the log (hub_backlog_start), so that a window holds
 * only what came while somebody was there. */
bool hub_stream_begin(hub_stream *stream, const hub_way *way, uint32_t least)
{
    room_log_state state;

    if (room_log_info(stream->room->hub->store, stream->room->handle,
                      base_clock_mono(), &state) != ROOM_OK) {
        return false;
    }
    BASE_CHECK(stream->seat_count == 0 && stream->behind == 0);
    release_window(stream);
    stream->way = way;
    stream->least = least;
    stream->next_seq = state.next_seq;
    stream->last_id = stream->start_id = state.newest;
    stream->hole = false;
    return true;
}

/* A marked room is going to be delivered: its readers have not been asked yet
 * whether they are behind, so that nobody may let the window go. */
void hub_stream_note(hub_client *client)
{
    hub_stream *stream = hub_stream_of(client);
    bool behind = !client->life.from_log
                  && client->seat.position < hub_stream_end(stream);

    if (behind != client->life.behind) {
        client->life.behind = behind;
        stream->behind += behind ? 1 : (size_t)-1;
    }
    if (stream->behind == 0 && stream->window.len > 0
        && !stream->room->marked) {
        release_window(stream);
    }
}

void hub_stream_join(hub_client *client)
{
    client->life.reads = true;
    hub_stream_of(client)->seat_count++;
}

void hub_stream_leave(hub_client *client)
{
    hub_stream *stream = hub_stream_of(client);

    client->seat.position = hub_stream_end(stream);
    hub_stream_note(client);
    stream->seat_count--;
    client->life.reads = false;
}

static void add_frame(hub_stream *stream, uint64_t seq, room_id id)
{
    hub_frame frame = { hub_stream_end(stream), seq, id };

    base_bytes_append(&stream->frames, &frame, sizeof(frame));
}

bool hub_stream_archived(const hub_stream *stream)
{
    const hub_room *room = stream->room;

    return room->hub->archive.read_after != NULL
           && room_ack_upto(room->hub->store, room->handle) != UINT64_MAX;
}

/* The window goes on with the number `seq`, behind the position `id`. */
static void part(hub_stream *stream, uint64_t seq, const room_id *id)
{
    stream->parted = true;
    stream->parted_id = stream->last_id;
    stream->next_seq = seq;
    stream->last_id = *id;
}

/* The last position in front of an id. */
static room_id front_of(const room_id *id)
{
    if (id->n > 0) {
        return (room_id){ id->ms, id->n - 1 };
    }
    return (room_id){ id->ms - 1, UINT64_MAX };
}

/* It was told: the room was read in anew, so that all in it has other
 * numbers. */
static void pass_over(hub_stream *stream, const room_log_record *record)
{
    uint64_t next = record->seq + 1;

    hub_count_deliver(stream->room->hub,
                      -(int64_t)((next - stream->next_seq)
                                 * stream->seat_count));
    stream->hole = stream->hole || stream->next_seq < record->since;
    stream->next_seq = next;
}

/* A gap is a piece of its own, so that who falls off the window behind it goes
 * on from the message that it tells, and is not told twice. */
static bool copy_record(void *context, const room_log_record *record)
{
    hub_stream *stream = context;

    if (room_relay_told(stream->room->hub->store, stream->room->handle,
                        &stream->last_id, &record->id)) {
        pass_over(stream, record);
        return true;
    }
    if (stream->next_seq < record->since && hub_stream_archived(stream)) {
        room_id front = front_of(&record->id);

        part(stream, record->seq, &front);
        return false;
    }
    if (stream->next_seq < record->since || stream->hole) {
        hub_way_gap(stream->way, &stream->window, stream->last_id,
                    record->id);
        add_frame(stream, record->seq - 1, stream->last_id);
        hub_count_add(stream->room->hub, ACT_COUNT_GAPS,
                      (int64_t)stream->seat_count);
    }
    else if (stream->next_seq < record->seq) { /* the room was cleared */
        hub_count_deliver(stream->room->hub,
                          -(int64_t)((record->seq - stream->next_seq)
                                     * stream->seat_count));
    }
    hub_way_message(stream->way, &stream->window, record);
    add_frame(stream, record->seq, record->id);
    stream->next_seq = record->seq + 1;
    stream->last_id = record->id;
    stream->hole = false;
    return true;
}

/* Pieces stand in order: half of those that are left each time. */
const hub_frame *hub_stream_frame(const hub_stream *stream, uint64_t position,
                                  uint64_t *begin, room_id *id)
{
    size_t count;
    const hub_frame *frames = frames_of(stream, &count);
    size_t low = 0;

    for (size_t high = count; low < high;) {
        size_t at = (low + high) / 2;

        if (frames[at].end > position) {
            high = at;
        }
        else {
            low = at + 1;
        }
    }
    *begin = low > 0 ? frames[low - 1].end : stream->start;
    *id = low > 0 ? frames[low - 1].id : stream->start_id;
    return &frames[low];
}

/* Everything up to now was evicted before we came. False: that cannot be told
 * now. */
static bool skip_all(hub_stream *stream, uint64_t next)
{
    const hub_room *room = stream->room;
    room_log_state now;

    if (!hub_stream_archived(stream)) {
        stream->next_seq = next;
        stream->hole = true;
        return true;
    }
    if (room_log_info(room->hub->store, room->handle, base_clock_mono(), &now)
        != ROOM_OK) {
        return false;
    }
    part(stream, now.next_seq, &now.newest);
    return true;
}

/* Compresses the pieces that were added, from that one on, which began at
 * `begin`: behind the room's lock, and once for all who read them. */
static void pack_added(hub_stream *stream, size_t first, uint64_t begin)
{
    size_t count;
    hub_frame *frames = frames_of(stream, &count);
    unsigned char *from;
    unsigned char *to;

    if (first == count) {
        return;
    }
    from = to = stream->window.data + (begin - stream->start);
    for (size_t i = first; i < count; i++) {
        size_t size = (size_t)(frames[i].end - begin);

        begin = frames[i].end;
        memmove(to, from, size);
        from += size;
        to += hub_way_pack_frame(stream->room->hub, stream->way, to, size,
                                 stream->least);
        frames[i].end = stream->start + (uint64_t)(to - stream->window.data);
    }
    stream->window.len = (size_t)(to - stream->window.data);
}

/* Copies a piece; how many messages of it had been evicted. */
static uint64_t pump_piece(hub_stream *stream)
{
    const hub_room *room = stream->room;
    uint64_t from = stream->next_seq;
    uint64_t end = hub_stream_end(stream);
    size_t count;
    uint64_t next;

    (void)frames_of(stream, &count);
    stream->held = room_log_read(room->hub->store, room->handle, from,
                                 UINT64_MAX, PUMP_SIZE, copy_record, stream,
                                 &next) != ROOM_OK;
    if (stream->way->window_bits > 0) {
        pack_added(stream, count, end);
    }
    if (stream->parted) {
        /* Behind those that were copied. */
        return stream->next_seq - next;
    }
    if (!stream->held && next > stream->next_seq) {
        from = stream->next_seq;
        stream->held = !skip_all(stream, next);
        return stream->next_seq - from;
    }
    return 0;
}

void hub_stream_pump(hub_stream *stream)
{
    hub_room *room = stream->room;
    uint64_t before = stream->next_seq;

    stream->held = false;
    if (!lags(stream)) {
        return;
    }
    if (stream->window.data == NULL) {
        stream->window = room->hub->spare_window;
        room->hub->spare_window = (base_bytes)BASE_BYTES_INIT;
    }
    do {
        before += pump_piece(stream);
        if (stream->held) {
            base_log_limited(BASE_LOG_ERROR, "CW0501",
                             "a room's log cannot be read; its members wait");
        }
        /* Beyond that the readers have to fall off first; the room is marked
         * again, and the rest comes in the next turn. */
    } while (!stream->held && !stream->parted && lags(stream)
             && stream->window.len < HUB_WINDOW_MOST);
    hub_count_deliver(room->hub, (int64_t)((stream->next_seq - before)
                                           * stream->seat_count));
}

void hub_stream_unite(hub_stream *stream)
{
    BASE_CHECK(stream->behind == 0);
    release_window(stream);
    stream->parted = false;
}

/* Half of it goes at a time, so that a byte is moved at most once. */
uint64_t hub_stream_settle(hub_stream *stream)
{
    size_t kept;
    const hub_frame *frames = frames_of(stream, &kept);
    uint64_t end = hub_stream_end(stream);

    if (stream->behind == 0 && stream->window.len > 0) {
        release_window(stream);
    }
    if (stream->window.len <= HUB_WINDOW_MOST) {
        return 0;
    }
    while (kept > 0 && end - frames[kept - 1].end < HUB_WINDOW_MOST / 2) {
        kept--;
    }
    return kept > 0 ? frames[kept - 1].end : 0;
}

void hub_stream_trim(hub_stream *stream, uint64_t start)
{
    uint64_t begin;
    room_id id;
    const hub_frame *first;

    if (stream->window.len == 0) {
        return; /* the last one behind fell off, and the window is released */
    }
    first = hub_stream_frame(stream, start, &begin, &id);
    BASE_CHECK(begin == start);
    base_bytes_drop(&stream->frames, (size_t)((const unsigned char *)first
                                              - stream->frames.data));
    base_bytes_drop(&stream->window, (size_t)(start - stream->start));
    stream->start = start;
    stream->start_id = id;
}

