/* hub_output.c - what a client is sent, and in which order; see hub_client.h.
 */
#include "hub/hub_client.h"

#include <string.h>

#include "base/base_check.h"
#include "hub/hub_backlog.h"
#include "hub/hub_deadline.h"
#include "hub/hub_room.h"
#include "hub/hub_talk.h"
#include "ws/ws_close.h"

/* What an ending client is still given of a backlog. */
#define END_MOST (256 * 1024)

/* A blocked reader that lacks so much of the window is not given it any more
 * when it ends. */
#define STALLED_SIZE (64 * 1024)

/* A buffer that stays with the hub to be used again is not larger. */
#define SPARE_MOST (16 * 1024)

/* Consumed bytes at the front of `out` are dropped from this number on. */
#define DROP_SIZE (32 * 1024)

enum { BEFORE, STREAM, AFTER, PARTS };

/* The three runs of bytes of hub_client.h's comment; returns their sum. */
static size_t gather(const hub_client *client, struct iovec parts[PARTS])
{
    const hub_seat *seat = &client->seat;
    const base_bytes *out = &client->out;
    const hub_room *room = seat->room;
    unsigned char *base = out->data;

    memset(parts, 0, PARTS * sizeof(parts[0]));
    if (out->len > 0) {
        parts[BEFORE].iov_base = base + client->out_sent;
        parts[BEFORE].iov_len = client->out_mark - client->out_sent;
        parts[AFTER].iov_base = base + client->out_mark;
        parts[AFTER].iov_len = out->len - client->out_mark;
    }
    if (room && !seat->backlog && seat->position < hub_room_end(room)) {
        parts[STREAM].iov_base
            = room->window.data + (seat->position - room->start);
        parts[STREAM].iov_len = hub_room_end(room) - seat->position;
    }
    return parts[BEFORE].iov_len + parts[STREAM].iov_len + parts[AFTER].iov_len;
}

void hub_client_buffer(hub_client *client)
{
    hub *core = client->hub;

    if (client->out.cap == 0) {
        client->out = core->spare_out;
        core->spare_out = (base_bytes)BASE_BYTES_INIT;
    }
}

static void give_buffer(hub_client *client)
{
    hub *core = client->hub;

    if (client->out.cap <= SPARE_MOST && core->spare_out.cap == 0) {
        core->spare_out = client->out;
        core->spare_out.len = 0;
        client->out = (base_bytes)BASE_BYTES_INIT;
    }
    base_bytes_free(&client->out);
}

/* Notes that the first `sent` bytes of the parts are on their way. */
static void account(hub_client *client, const struct iovec parts[PARTS],
                    size_t sent)
{
    base_bytes *out = &client->out;
    size_t before = parts[BEFORE].iov_len;
    size_t stream = parts[STREAM].iov_len;

    client->sent += sent;
    hub_count_add(client->hub, HUB_COUNT_BYTES_OUT, (int64_t)sent);
    before = before < sent ? before : sent;
    client->out_sent += (uint32_t)before;
    sent -= before;
    stream = stream < sent ? stream : sent;
    client->seat.position += stream;
    sent -= stream;
    if (sent > 0) { /* AFTER was begun: all of it goes before new frames */
        client->out_sent += (uint32_t)sent;
        client->out_mark = (uint32_t)out->len;
    }
    if (client->out_sent == out->len) {
        give_buffer(client);
        client->out_sent = client->out_mark = 0;
    }
    else if (client->out_sent >= DROP_SIZE) {
        base_bytes_drop(out, client->out_sent);
        client->out_mark -= client->out_sent;
        client->out_sent = 0;
    }
}

/* One round of writing. True when everything that was there is written. */
static bool write_parts(hub_client *client)
{
    struct iovec parts[PARTS];
    struct iovec filled[PARTS];
    size_t total = gather(client, parts);
    size_t sent = 0;
    int count = 0;

    if (total == 0) {
        return true;
    }
    for (int part = 0; part < PARTS; part++) {
        if (parts[part].iov_len > 0) {
            filled[count++] = parts[part];
        }
    }
    if (loop_stream_write(&client->stream, filled, count, &sent)
        == LOOP_IO_ERROR) {
        hub_client_drop(client, WS_CLOSE_ABNORMAL);
        return false;
    }
    account(client, parts, sent);
    client->blocked = sent < total;
    return !client->blocked;
}

/* Everything is written and nothing will follow: end our side. */
static void finish(hub_client *client)
{
    if (!client->finished) {
        switch (loop_stream_finish(&client->stream)) {
        case LOOP_IO_AGAIN:
            client->blocked = true;
            return;
        case LOOP_IO_ERROR:
            hub_client_drop(client, WS_CLOSE_ABNORMAL);
            return;
        default:
            client->finished = true;
            client->ending_since = hub_deadline_ms(client->hub);
            hub_deadline_arm(client);
        }
    }
    if (client->deaf) {
        hub_client_drop(client, WS_CLOSE_ABNORMAL);
    }
}

void hub_client_flush(hub_client *client)
{
    struct iovec parts[PARTS];
    bool more;

    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    if (client->blocked) {
        hub_client_watch(client); /* `out` may have grown */
        return;
    }
    if (loop_stream_unsent(&client->stream)
        && loop_stream_flush(&client->stream) == LOOP_IO_ERROR) {
        hub_client_drop(client, WS_CLOSE_ABNORMAL);
        return;
    }
    do {
        more = hub_backlog_step(client, HUB_BACKLOG_STEP);
    } while (client->state != HUB_CLIENT_DEAD && write_parts(client) && more);
    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    if (client->seat.room) {
        hub_room_note(&client->seat);
    }
    hub_deadline_output(client,
                        gather(client, parts)
                            + (client->seat.backlog != NULL)
                            + loop_stream_unsent(&client->stream));
    if (client->state == HUB_CLIENT_LAST && !client->late) {
        finish(client);
    }
    hub_client_watch(client);
}

/* Puts what is left of the room's stream between the two halves of `out`. */
static void take_stream(hub_client *client)
{
    struct iovec parts[PARTS];
    base_bytes after = BASE_BYTES_INIT;
    base_bytes *out = &client->out;

    hub_client_buffer(client);
    (void)gather(client, parts);
    base_bytes_append(&after, parts[AFTER].iov_base, parts[AFTER].iov_len);
    out->len = client->out_mark;
    base_bytes_append(out, parts[STREAM].iov_base, parts[STREAM].iov_len);
    base_bytes_append(out, after.data, after.len);
    base_bytes_free(&after);
}

/* A reader that has stopped, far behind: it will not read what it has missed
 * before the end, and thousands of them must not copy the window each. */
static bool is_stalled(const hub_client *client)
{
    const hub_seat *seat = &client->seat;

    return client->blocked && seat->room && !seat->backlog
           && hub_room_end(seat->room) - seat->position > STALLED_SIZE;
}

void hub_client_end(hub_client *client)
{
    hub_room *room = client->seat.room;

    hub_client_requeue(client);
    if (room && room->marked) {
        hub_room_pump(room);
    }
    if (is_stalled(client)) {
        hub_room_fall_off(&client->seat, hub_room_end(room));
    }
    else {
        hub_backlog_step(client, END_MOST);
    }
    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    if (room && !client->seat.backlog) {
        take_stream(client);
    }
    client->out_mark = (uint32_t)client->out.len;
    hub_talk_leave(client);
}

void hub_client_close(hub_client *client, unsigned code, bool ask)
{
    unsigned char frame[WS_CLOSE_FRAME_MAX];
    size_t size;

    if (client->state == HUB_CLIENT_DEAD
        || client->state == HUB_CLIENT_LAST) {
        return;
    }
    if (client->state == HUB_CLIENT_OPEN) {
        hub_client_end(client);
        if (client->state == HUB_CLIENT_DEAD) {
            return;
        }
        hub_client_buffer(client);
        size = ws_close_write(frame, code,
                              code == WS_CLOSE_NO_STATUS
                                      || code >= WS_CLOSE_PRIVATE
                                  ? NULL
                                  : ws_close_sentence(code));
        base_bytes_append(&client->out, frame, size);
        client->out_mark = (uint32_t)client->out.len;
        client->close_code = (uint16_t)code;
    }
    client->state = ask ? HUB_CLIENT_ASKED : HUB_CLIENT_LAST;
    client->ending_since = hub_deadline_ms(client->hub);
    hub_client_mark(client);
    hub_deadline_arm(client);
}
