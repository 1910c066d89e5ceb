/* hub_backlog.c - reading from the log; see hub_backlog.h. */
#include "hub/hub_backlog.h"

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
    base_bytes *out = &client->out;

    BASE_CHECK(backlog != NULL && client->seat.backlog == NULL);
    backlog->at.seq = seq;
    backlog->last = last;
    backlog->counted = hub_stream_of(client)->next_seq;
    if (out->len > client->out_mark) {
        base_bytes_append(&backlog->later, out->data + client->out_mark,
                          out->len - client->out_mark);
        out->len = client->out_mark;
    }
    client->seat.backlog = backlog;
}

/* Messages from..end are lost: those that were counted were not given. */
static void count_lost(hub_client *client, uint64_t from, uint64_t end)
{
    const hub_backlog *backlog = client->seat.backlog;

    from = from > backlog->counted ? from : backlog->counted;
    hub_count_add(client->hub, ACT_COUNT_GAPS, 1);
    if (end > from) {
        hub_count_deliver(client->hub, -(int64_t)(end - from));
    }
}

static bool copy_record(void *context, const room_log_record *record)
{
    step *now = context;
    base_bytes *out = &now->client->out;
    const hub_way *way = now->client->way;

    if (record->seq != now->next) {
        hub_way_gap(way, out, now->backlog->last, record->id);
        count_lost(now->client, now->next, record->seq);
    }
    hub_way_message(way, out, record);
    hub_count_deliver(now->client->hub, record->seq < now->backlog->counted);
    now->next = record->seq + 1;
    now->backlog->last = record->id;
    return true;
}

/* All of it has been evicted: nothing is kept up to where the window goes on,
 * so that the next event has an id after the room's newest. */
static void skip(hub_client *client, uint64_t from)
{
    hub_backlog *backlog = client->seat.backlog;
    const hub_stream *stream = hub_stream_of(client);

    hub_way_gap(client->way, &client->out, backlog->last,
                room_id_after(&stream->last_id, 0));
    count_lost(client, from, stream->next_seq);
    backlog->at.seq = stream->next_seq;
    backlog->last = stream->last_id;
}

static void drop(hub_client *client)
{
    if (client->seat.backlog) {
        base_bytes_free(&client->seat.backlog->later);
        free(client->seat.backlog);
        client->seat.backlog = NULL;
    }
}

static void end_backlog(hub_client *client)
{
    hub_backlog *backlog = client->seat.backlog;

    client->seat.position = hub_stream_end(hub_stream_of(client));
    if (backlog->later.len == 0) {
        client->pong = 0; /* `out` ends with messages, not with that any more */
    }
    base_bytes_append(&client->out, backlog->later.data, backlog->later.len);
    client->out_mark = (uint32_t)client->out.len;
    drop(client);
}

bool hub_backlog_step(hub_client *client, size_t most)
{
    hub_backlog *backlog = client->seat.backlog;
    hub_room *room = client->seat.room;
    const hub_stream *stream = hub_stream_of(client);
    step now = { client, backlog, 0 };
    uint64_t before;

    if (!backlog) {
        return false;
    }
    hub_client_buffer(client);
    while (client->out.len - client->out_sent < most) {
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
        if (now.next == before) {
            skip(client, before);
        }
    }
    client->out_mark = (uint32_t)client->out.len;
    return true;
}

/* A piece that the client has got a part of stands in the window alone: the
 * rest of it moves to `out`, or the client would never see its end. */
void hub_backlog_fall_off(hub_client *client, uint64_t start)
{
    hub_stream *stream = hub_stream_of(client);
    hub_seat *seat = &client->seat;
    const hub_frame *frame;
    uint64_t begin;
    room_id before;

    if (seat->backlog || seat->position >= start) {
        return;
    }
    frame = hub_stream_frame(stream, seat->position, &begin, &before);
    if (seat->position == begin) {
        hub_backlog_start(client, frame->seq, before);
    }
    else {
        hub_backlog_start(client, frame->seq + 1, frame->id);
        BASE_CHECK(client->out_sent == client->out_mark);
        base_bytes_append(&client->out,
                          stream->window.data
                              + (seat->position - stream->start),
                          frame->end - seat->position);
        client->out_mark = (uint32_t)client->out.len;
    }
    seat->backlog->counted = seat->backlog->at.seq;
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
