/* hub_stream.c - the window of a way; see hub_stream.h. */
#include "hub/hub_stream.h"

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "hub/hub_backlog.h"
#include "hub/hub_room.h"
#include "room/log/room_log.h"

/* How much is copied under the room's lock at a time. */
#define PUMP_SIZE 65536

/* A window that stays with the hub to be used again is not larger. */
#define SPARE_MOST (128 * 1024)

static hub_frame *frames_of(const hub_stream *stream, size_t *count)
{
    *count = stream->frames.len / sizeof(hub_frame);
    return (hub_frame *)(void *)stream->frames.data;
}

hub_stream *hub_stream_of(const hub_seat *seat)
{
    if (!seat->room || seat->client->way->single) {
        return NULL;
    }
    return &seat->room->streams[seat->client->way->stream];
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
    if (stream->window.cap <= SPARE_MOST && core->spare_window.data == NULL) {
        core->spare_window = stream->window;
        stream->window = (base_bytes)BASE_BYTES_INIT;
    }
    base_bytes_free(&stream->window);
    if (stream->seat_count == 0 || stream->frames.cap > 4096) {
        base_bytes_free(&stream->frames);
    }
}

bool hub_stream_begin(hub_stream *stream, const hub_way *way)
{
    room_log_state state;

    if (room_log_info(stream->room->hub->store, stream->room->handle,
                      base_clock_mono(), &state) != ROOM_OK) {
        return false;
    }
    BASE_CHECK(stream->seat_count == 0 && stream->behind == 0);
    release_window(stream);
    stream->way = way;
    stream->next_seq = state.next_seq;
    stream->last_id = stream->start_id = state.newest;
    stream->hole = false;
    return true;
}

void hub_stream_note(hub_seat *seat)
{
    hub_stream *stream = hub_stream_of(seat);
    bool behind = !seat->backlog && seat->position < hub_stream_end(stream);

    if (behind != seat->behind) {
        seat->behind = behind;
        stream->behind += behind ? 1 : (size_t)-1;
    }
    if (stream->behind == 0 && stream->window.len > 0
        && !stream->room->marked) {
        release_window(stream);
    }
}

static void add_frame(hub_stream *stream, uint64_t seq, room_id id)
{
    hub_frame frame = { hub_stream_end(stream), seq, id };

    base_bytes_append(&stream->frames, &frame, sizeof(frame));
}

static bool copy_record(void *context, const room_log_record *record)
{
    hub_stream *stream = context;

    if (record->seq != stream->next_seq || stream->hole) {
        hub_way_gap(stream->way, &stream->window, stream->last_id,
                    record->id);
        add_frame(stream, record->seq - 1, stream->last_id);
        hub_count_add(stream->room->hub, ACT_COUNT_GAPS,
                      (int64_t)stream->seat_count);
    }
    hub_way_message(stream->way, &stream->window, record);
    add_frame(stream, record->seq, record->id);
    stream->next_seq = record->seq + 1;
    stream->last_id = record->id;
    stream->hole = false;
    return true;
}

void hub_stream_fall_off(hub_seat *seat, uint64_t start)
{
    hub_stream *stream = hub_stream_of(seat);
    hub_client *client = seat->client;
    size_t count;
    const hub_frame *frames = frames_of(stream, &count);
    size_t low = 0;
    size_t at;
    uint64_t begin;

    if (seat->backlog || seat->position >= start) {
        return;
    }
    for (size_t high = count; low < high;) { /* first end > position */
        at = (low + high) / 2;
        if (frames[at].end > seat->position) {
            high = at;
        }
        else {
            low = at + 1;
        }
    }
    begin = low > 0 ? frames[low - 1].end : stream->start;
    if (seat->position == begin) {
        hub_backlog_start(client, frames[low].seq,
                          low > 0 ? frames[low - 1].id : stream->start_id);
    }
    else {
        hub_backlog_start(client, frames[low].seq + 1, frames[low].id);
        BASE_CHECK(client->out_sent == client->out_mark);
        base_bytes_append(&client->out,
                          stream->window.data
                              + (seat->position - stream->start),
                          frames[low].end - seat->position);
        client->out_mark = (uint32_t)client->out.len;
    }
    seat->backlog->counted = seat->backlog->at.seq;
    hub_stream_note(seat);
}

/* Gives up the older half of a window that has become too long. */
static void trim_window(hub_stream *stream)
{
    size_t count;
    const hub_frame *frames = frames_of(stream, &count);
    size_t kept = count;
    size_t dropped;
    uint64_t end = hub_stream_end(stream);
    uint64_t start;
    room_id start_id;

    while (kept > 0 && end - frames[kept - 1].end < HUB_WINDOW_MOST / 2) {
        kept--;
    }
    if (kept == 0) {
        return;
    }
    start = frames[kept - 1].end;
    start_id = frames[kept - 1].id;
    for (hub_seat *seat = stream->room->seats; seat; seat = seat->next) {
        if (hub_stream_of(seat) == stream) {
            hub_stream_fall_off(seat, start);
        }
    }
    if (stream->window.len == 0) {
        return; /* the last one behind fell off, and the window is released */
    }
    dropped = (size_t)(start - stream->start);
    base_bytes_drop(&stream->window, dropped);
    base_bytes_drop(&stream->frames, kept * sizeof(hub_frame));
    stream->start = start;
    stream->start_id = start_id;
}

void hub_stream_pump(hub_stream *stream)
{
    hub_room *room = stream->room;
    room_store *store = room->hub->store;
    uint64_t before = stream->next_seq;
    uint64_t next;

    stream->held = false;
    if (!lags(stream)) {
        return;
    }
    if (stream->window.data == NULL) {
        stream->window = room->hub->spare_window;
        room->hub->spare_window = (base_bytes)BASE_BYTES_INIT;
    }
    do {
        if (room_log_read(store, room->handle, stream->next_seq, UINT64_MAX,
                          PUMP_SIZE, copy_record, stream, &next) != ROOM_OK) {
            base_log_limited(BASE_LOG_ERROR, "CW0501",
                             "a room's log cannot be read; its members wait");
            stream->held = true;
            break;
        }
        if (next > stream->next_seq) { /* evicted before we came */
            before += next - stream->next_seq;
            stream->next_seq = next;
            stream->hole = true;
        }
    } while (lags(stream) && stream->window.len < HUB_WINDOW_MOST);
    hub_count_deliver(room->hub, (int64_t)((stream->next_seq - before)
                                           * stream->seat_count));
}

void hub_stream_settle(hub_stream *stream)
{
    if (stream->behind == 0 && stream->window.len > 0) {
        release_window(stream);
    }
    if (stream->window.len > HUB_WINDOW_MOST) {
        trim_window(stream);
    }
}

void hub_stream_destroy(hub_stream *stream)
{
    BASE_CHECK(stream->seat_count == 0);
    base_bytes_free(&stream->window);
    base_bytes_free(&stream->frames);
}
