/* hub_backlog.c - reading from the log, and the archive; see hub_backlog.h. */
#include "hub/room/hub_backlog.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "hub/way/hub_way_pack.h"
#include "room/archive/room_ack.h"
#include "room/relay/room_relay.h"
#include "ws/ws_close.h"

typedef struct {
    hub_client *client;
    hub_backlog *backlog;
    uint64_t next; /* message */
    bool stopped;  /* the archive has what comes first */
} step;

/* Whether the archive may have what the log has lost. When it had nothing more,
 * it has not, unless it was written since. */
static bool has_archive(const hub_client *client)
{
    const hub_backlog *backlog = hub_client_backlog(client);

    return hub_stream_archived(hub_stream_of(client))
           && (!backlog->dry
               || room_ack_upto(client->shared->hub->store,
                                client->seat.room->handle)
                      > backlog->at.seq);
}

void hub_backlog_start(hub_client *client, uint64_t seq, room_id last)
{
    hub_backlog *backlog = calloc(1, sizeof(*backlog));
    base_bytes *out = &client->output.bytes;

    BASE_CHECK(backlog != NULL && !client->life.from_log);
    backlog->at.seq = seq;
    backlog->last = last;
    backlog->counted = hub_stream_of(client)->next_seq;
    backlog->counted_id = hub_stream_of(client)->last_id;
    if (out->len > client->output.mark) {
        base_bytes_append(&backlog->later, out->data + client->output.mark,
                          out->len - client->output.mark);
        out->len = client->output.mark;
    }
    client->life.from_log = true;
    client->seat.backlog = backlog;
}

/* A pong that waits is not where the next one will stand. */
static void go_to_archive(hub_client *client)
{
    client->io.pong = 0;
    hub_client_backlog(client)->archived = true;
    client->shared->hub->fetching++;
}

static void leave_archive(hub_client *client)
{
    hub_backlog *backlog = hub_client_backlog(client);

    if (backlog->archived) {
        backlog->archived = false;
        client->shared->hub->fetching--;
    }
    hub_fetch_forget(backlog->asked);
    backlog->asked = NULL;
}

void hub_backlog_start_archived(hub_client *client, room_id last)
{
    hub_backlog_start(client, 0, last);
    go_to_archive(client);
}

static void tell_gap(hub_client *client, room_id next)
{
    hub_backlog *backlog = hub_client_backlog(client);

    hub_way_gap(client->shared->way, &client->output.bytes, backlog->last,
                next);
    hub_count_add(client->shared->hub, ACT_COUNT_GAPS, 1);
    backlog->lost = false;
}

/* Messages from..end are no more: those that were counted were not given. */
static void count_lost(hub_client *client, uint64_t from, uint64_t end)
{
    const hub_backlog *backlog = hub_client_backlog(client);

    from = from > backlog->counted ? from : backlog->counted;
    if (end > from) {
        hub_count_deliver(client->shared->hub, -(int64_t)(end - from));
    }
}

/* What the archive had may be here as well: it may have been written while it
 * was read. And a room that the relay has given anew has other numbers. */
static bool copy_record(void *context, const room_log_record *record)
{
    step *now = context;
    hub_backlog *backlog = now->backlog;
    const hub_stream *stream = hub_stream_of(now->client);

    if (room_relay_told(stream->room->hub->store, stream->room->handle,
                        &backlog->last, &record->id)) {
        backlog->lost = backlog->lost
                        || (now->next < record->since
                            && !hub_stream_archived(stream));
        now->next = record->seq + 1;
        return true;
    }
    if (now->next < record->since && has_archive(now->client)) {
        now->stopped = true;
        return false;
    }
    if (now->next < record->since || backlog->lost) {
        tell_gap(now->client, record->id);
    }
    count_lost(now->client, now->next, record->seq);
    hub_way_message(now->client->shared->way, &now->client->output.bytes,
                    record);
    hub_count_deliver(now->client->shared->hub,
                      record->seq < backlog->counted);
    now->next = record->seq + 1;
    backlog->last = record->id;
    backlog->dry = false;
    return true;
}

/* It was not evicted: the room was cleared, and that is what comes next. */
static bool was_cleared(const hub_client *client, uint64_t from)
{
    const hub_room *room = client->seat.room;
    room_log_state now;

    return room_log_info(room->hub->store, room->handle, room->hub->now,
                         &now) == ROOM_OK
           && now.first_seq <= from;
}

/* All that the log has lies behind the window's end: the room was given anew,
 * with other numbers, and the window goes there first. Whoever gives it wakes
 * us for that. */
static bool is_anew(const hub_client *client)
{
    const hub_room *room = client->seat.room;
    room_log_state now;

    return room_log_info(room->hub->store, room->handle, room->hub->now,
                         &now) == ROOM_OK
           && now.first_seq > hub_stream_of(client)->next_seq;
}

/* Nothing is kept of it up to where the window goes on, so that the next event
 * has an id after the room's newest. */
static void skip(hub_client *client, uint64_t from)
{
    hub_backlog *backlog = hub_client_backlog(client);
    const hub_stream *stream = hub_stream_of(client);

    if (!was_cleared(client, from) || backlog->lost) {
        if (has_archive(client)) {
            go_to_archive(client);
            return;
        }
        tell_gap(client, room_id_after(&stream->last_id, 0));
    }
    count_lost(client, from, stream->next_seq);
    backlog->at.seq = stream->next_seq;
    backlog->last = stream->last_id;
}

/* The client needs a position after that. */
static void drop(hub_client *client)
{
    hub_backlog *backlog = hub_client_backlog(client);

    if (backlog) {
        leave_archive(client);
        base_bytes_free(&backlog->later);
        free(backlog);
        client->life.from_log = false;
    }
}

/* It has got all that is in the window, too: its position is the end. The
 * answers that waited refer to messages that stand in front of them now. */
static void end_backlog(hub_client *client)
{
    hub_backlog *backlog = hub_client_backlog(client);

    if (backlog->later.len == 0) {
        client->io.pong = 0; /* what `output` ends with is a message now */
    }
    base_bytes_append(&client->output.bytes, backlog->later.data,
                      backlog->later.len);
    client->output.mark = (uint32_t)client->output.bytes.len;
    drop(client);
    client->seat.position = hub_stream_end(hub_stream_of(client));
}

/* ---------------------------------------------------------- the archive */

/* The events up to where the window begins are asked for: what is newer comes
 * from there. Without a thread that could read it the client has to come back:
 * nothing can be said to it here, where it is being written to. */
static void ask(hub_client *client)
{
    hub_backlog *backlog = hub_client_backlog(client);
    const hub_stream *stream = hub_stream_of(client);
    hub_fetch_want want = { backlog->last, stream->last_id, stream->next_seq,
                            backlog->counted_id };

    backlog->asked = hub_fetch_ask(client, &want);
    if (!backlog->asked) {
        hub_client_doom(client, WS_CLOSE_TRY_LATER);
    }
}

bool hub_backlog_archived(const hub_client *client)
{
    const hub_backlog *backlog = hub_client_backlog(client);

    return backlog && backlog->archived;
}

bool hub_backlog_waits(const hub_client *client)
{
    const hub_backlog *backlog = hub_client_backlog(client);

    return backlog && backlog->asked;
}

/* Compresses what `output` has got, behind the room's lock. */
static void pack(hub_client *client, size_t from)
{
    const hub_client_shared *shared = client->shared;

    hub_way_pack(shared->hub, shared->way, &client->output.bytes, from,
                 shared->settings.compress_least);
}

static void append_piece(hub_client *client, const hub_fetch_piece *piece)
{
    base_bytes *out = &client->output.bytes;
    hub_backlog *backlog = hub_client_backlog(client);
    size_t before;

    hub_client_buffer(client);
    before = out->len;
    client->io.pong = 0; /* it does not end with one any more, or not there */
    backlog->lost = backlog->lost || piece->lost;
    if (piece->count > 0) {
        if (backlog->lost) {
            tell_gap(client, piece->first);
        }
        base_bytes_append(out, piece->bytes.data, piece->bytes.len);
        hub_count_deliver(client->shared->hub, (int64_t)piece->uncounted);
        backlog->last = piece->last;
        pack(client, before);
    }
    client->output.mark = (uint32_t)out->len;
}

void hub_backlog_take(hub_client *client, const hub_fetch_piece *piece)
{
    hub_backlog *backlog = hub_client_backlog(client);

    backlog->asked = NULL;
    append_piece(client, piece);
    if (piece->next > 0) {
        leave_archive(client);
        backlog->at = (room_log_cursor){ piece->next, 0, 0 };
        backlog->dry = piece->count == 0;
    }
    hub_client_mark(client);
}

void hub_backlog_cut(hub_client *client)
{
    hub_backlog *backlog = hub_client_backlog(client);

    if (backlog && backlog->archived) {
        hub_client_buffer(client);
        base_bytes_append(&client->output.bytes, backlog->later.data,
                          backlog->later.len);
        backlog->later.len = 0;
    }
}

/* ---------------------------------------------------------------- the log */

/* Reads a piece; false: the log cannot be read. `*later`: the next turn can. */
static bool read_log(hub_client *client, bool *later)
{
    hub_backlog *backlog = hub_client_backlog(client);
    hub_room *room = client->seat.room;
    uint64_t before = backlog->at.seq;
    size_t end = client->output.bytes.len;
    step now = { client, backlog, before, false };

    if (room_log_read_on(room->hub->store, room->handle, &backlog->at,
                         hub_stream_of(client)->next_seq, HUB_BACKLOG_STEP,
                         copy_record, &now)
        != ROOM_OK) {
        return false;
    }
    pack(client, end);
    if (now.stopped) {
        go_to_archive(client);
    }
    else if (now.next == before && is_anew(client)) {
        backlog->at.seq = before; /* or it would seem to have met the window */
        *later = true;
    }
    else if (now.next == before) { /* it had nothing of what it wants */
        skip(client, before);
    }
    return true;
}

bool hub_backlog_step(hub_client *client, size_t most)
{
    hub_backlog *backlog = hub_client_backlog(client);
    bool later = false;

    if (!backlog) {
        return false;
    }
    hub_client_buffer(client);
    while (!later && client->output.bytes.len - client->output.sent < most) {
        if (backlog->archived) {
            client->output.mark = (uint32_t)client->output.bytes.len;
            if (!backlog->asked) {
                ask(client);
            }
            return false;
        }
        if (backlog->at.seq >= hub_stream_of(client)->next_seq) {
            end_backlog(client);
            return true;
        }
        if (!read_log(client, &later)) {
            hub_client_doom(client, WS_CLOSE_INTERNAL);
            return true;
        }
    }
    client->output.mark = (uint32_t)client->output.bytes.len;
    return !later;
}

/* A piece that the client has got a part of stands in the window alone: the
 * rest of it moves to `output`, or the client would never see its end. */
void hub_backlog_fall_off(hub_client *client, uint64_t start)
{
    hub_stream *stream = hub_stream_of(client);
    uint64_t position = client->seat.position;
    const hub_frame *frame;
    uint64_t begin;
    room_id before;

    if (client->life.from_log || position >= start) {
        return;
    }
    frame = hub_stream_frame(stream, position, &begin, &before);
    if (position == begin) {
        hub_backlog_start(client, frame->seq, before);
    }
    else {
        hub_backlog_start(client, frame->seq + 1, frame->id);
        BASE_CHECK(client->output.sent == client->output.mark);
        base_bytes_append(&client->output.bytes,
                          stream->window.data + (position - stream->start),
                          frame->end - position);
        client->output.mark = (uint32_t)client->output.bytes.len;
    }
    client->seat.backlog->counted = client->seat.backlog->at.seq;
    client->seat.backlog->counted_id = client->seat.backlog->last;
    hub_stream_note(client);
}

/* Who has all of the window goes on with what the archive has of the hole; who
 * has not comes to it in the log. */
static void scatter(hub_stream *stream)
{
    uint64_t end = hub_stream_end(stream);

    BASE_LIST_EACH(link, &stream->room->seats) {
        hub_client *client = hub_client_seated(link);

        if (hub_stream_of(client) != stream || client->life.from_log) {
            continue;
        }
        if (client->seat.position < end) {
            hub_backlog_fall_off(client, end);
        }
        else {
            hub_backlog_start_archived(client, stream->parted_id);
        }
        hub_client_mark(client);
    }
    hub_stream_unite(stream);
}

void hub_backlog_pump(hub_stream *stream)
{
    hub_stream_pump(stream);
    if (stream->parted) {
        scatter(stream);
        hub_stream_pump(stream);
    }
}

void hub_backlog_trim(hub_stream *stream, uint64_t start)
{
    BASE_LIST_EACH(link, &stream->room->seats) {
        hub_client *client = hub_client_seated(link);

        if (hub_stream_of(client) == stream) {
            hub_backlog_fall_off(client, start);
        }
    }
    hub_stream_trim(stream, start);
}

void hub_backlog_leave(hub_client *client)
{
    drop(client);
    hub_stream_leave(client);
}
