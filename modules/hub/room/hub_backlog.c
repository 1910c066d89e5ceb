/* hub_backlog.c - reading from the log; see hub_backlog.h. */
#include "hub/room/hub_backlog.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "ws/ws_close.h"

typedef struct {
    hub_client *client;
    hub_backlog *backlog;
    uint64_t next; /* message */
} step;

void hub_backlog_start(hub_client *client, uint64_t seq, room_id last)
{
    hub_backlog *backlog = calloc(1, sizeof(*backlog));
    base_bytes *out = &client->output.bytes;

    BASE_CHECK(backlog != NULL && !client->life.from_log);
    backlog->at.seq = seq;
    backlog->last = last;
    backlog->counted = hub_stream_of(client)->next_seq;
    if (out->len > client->output.mark) {
        base_bytes_append(&backlog->later, out->data + client->output.mark,
                          out->len - client->output.mark);
        out->len = client->output.mark;
    }
    client->life.from_log = true;
    client->seat.backlog = backlog;
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

static bool copy_record(void *context, const room_log_record *record)
{
    step *now = context;
    base_bytes *out = &now->client->output.bytes;
    const hub_way *way = now->client->shared->way;

    if (now->next < record->since) {
        hub_way_gap(way, out, now->backlog->last, record->id);
        hub_count_add(now->client->shared->hub, ACT_COUNT_GAPS, 1);
    }
    count_lost(now->client, now->next, record->seq);
    hub_way_message(way, out, record);
    hub_count_deliver(now->client->shared->hub,
                      record->seq < now->backlog->counted);
    now->next = record->seq + 1;
    now->backlog->last = record->id;
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

/* Nothing is kept of it up to where the window goes on, so that the next event
 * has an id after the room's newest. */
static void skip(hub_client *client, uint64_t from)
{
    hub_backlog *backlog = hub_client_backlog(client);
    const hub_stream *stream = hub_stream_of(client);

    if (!was_cleared(client, from)) {
        hub_way_gap(client->shared->way, &client->output.bytes, backlog->last,
                    room_id_after(&stream->last_id, 0));
        hub_count_add(client->shared->hub, ACT_COUNT_GAPS, 1);
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

bool hub_backlog_step(hub_client *client, size_t most)
{
    hub_backlog *backlog = hub_client_backlog(client);
    hub_room *room = client->seat.room;
    const hub_stream *stream = hub_stream_of(client);
    step now = { client, backlog, 0 };
    uint64_t before;

    if (!backlog) {
        return false;
    }
    hub_client_buffer(client);
    while (client->output.bytes.len - client->output.sent < most) {
        if (backlog->at.seq >= stream->next_seq) {
            end_backlog(client);
            return true;
        }
        now.next = before = backlog->at.seq;
        if (room_log_read_on(room->hub->store, room->handle,
                             &backlog->at, stream->next_seq, HUB_BACKLOG_STEP,
                             copy_record, &now)
            != ROOM_OK) {
            hub_client_doom(client, WS_CLOSE_INTERNAL);
            return true;
        }
        if (now.next == before) { /* the log had nothing of what it wants */
            skip(client, before);
        }
    }
    client->output.mark = (uint32_t)client->output.bytes.len;
    return true;
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
    hub_stream_note(client);
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
