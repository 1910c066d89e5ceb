/* hub_output.c - what a client is sent; see hub_output.h. */
#include "hub/hub_output.h"

#include <string.h>

#include "base/base_check.h"
#include "hub/hub_input.h"
#include "hub/hub_queue.h"
#include "hub/room/hub_backlog.h"
#include "hub/way/hub_way_pack.h"
#include "ws/ws_close.h"

/* What an ending client is still given of a backlog, and all that end in the
 * time that one of them may take to read it. */
#define END_MOST (256 * 1024)
#define END_ALL (16 * 1024 * 1024)

/* A blocked reader that lacks so much of the window, or that has not kept up
 * for so long, is given nothing more when it ends. */
#define STALLED_SIZE (64 * 1024)
#define STALLED_MS 1000

/* A client that has so much to read from us is not read any more. */
#define PAUSE_SIZE (64 * 1024)

/* Consumed bytes at the front of `output` are dropped from this number on, when
 * they are half of it: so that a byte is moved once, however long it is. */
#define DROP_SIZE (32 * 1024)

enum { BEFORE, STREAM, AFTER, PARTS };

/* The three runs of bytes of hub_client.h's comment; returns their sum. */
static size_t gather(const hub_client *client, struct iovec parts[PARTS])
{
    const hub_seat *seat = &client->seat;
    const base_bytes *out = &client->output.bytes;
    const hub_stream *stream = hub_stream_of(client);
    unsigned char *base = out->data;

    memset(parts, 0, PARTS * sizeof(parts[0]));
    if (out->len > 0) {
        parts[BEFORE].iov_base = base + client->output.sent;
        parts[BEFORE].iov_len = client->output.mark - client->output.sent;
        parts[AFTER].iov_base = base + client->output.mark;
        parts[AFTER].iov_len = out->len - client->output.mark;
    }
    if (stream && !client->life.from_log
        && seat->position < hub_stream_end(stream)) {
        BASE_CHECK(seat->position >= stream->start);
        parts[STREAM].iov_base
            = stream->window.data + (seat->position - stream->start);
        parts[STREAM].iov_len = hub_stream_end(stream) - seat->position;
    }
    return parts[BEFORE].iov_len + parts[STREAM].iov_len + parts[AFTER].iov_len;
}

/* With a backlog its answers wait behind it: they refer to messages that are
 * still to be read from the log. */
base_bytes *hub_output_answers(hub_client *client)
{
    client->io.pong = 0;
    if (client->life.state != HUB_CLIENT_OPEN) {
        return NULL;
    }
    hub_client_mark(client);
    if (client->life.from_log) {
        return &client->seat.backlog->later;
    }
    hub_client_buffer(client);
    return &client->output.bytes;
}

base_bytes *hub_output_control(hub_client *client)
{
    base_bytes *to = hub_output_answers(client);

    if (to && hub_backlog_archived(client)) {
        hub_client_buffer(client);
        return &client->output.bytes;
    }
    return to;
}

void hub_output_tell(hub_client *client, const base_bytes *event,
                     const room_id *id)
{
    const hub_client_shared *shared = client->shared;
    base_bytes *to = shared->way->single ? NULL : hub_output_answers(client);
    size_t before;

    if (to) {
        before = to->len;
        hub_way_event(shared->way, to, event, id);
        hub_way_pack(shared->hub, shared->way, to, before,
                     shared->settings.compress_least);
    }
}

/* Only while it could not have been sent yet: what the socket has begun to take
 * cannot be taken back. */
void hub_output_drop_pong(hub_client *client)
{
    hub_backlog *backlog =
        hub_backlog_archived(client) ? NULL : hub_client_backlog(client);
    base_bytes *out = backlog ? &backlog->later : &client->output.bytes;
    size_t begun = backlog ? 0 : client->output.sent;

    if (client->io.pong == 0 || !(client->io.blocked || backlog)
        || client->life.state != HUB_CLIENT_OPEN
        || out->len - begun < client->io.pong) {
        return;
    }
    out->len -= client->io.pong;
    if (!backlog && client->output.mark > out->len) {
        client->output.mark = (uint32_t)out->len;
    }
}

uint64_t hub_output_waiting(const hub_client *client)
{
    struct iovec parts[PARTS];
    uint64_t waiting =
        gather(client, parts) + loop_stream_unsent(&client->stream);

    return client->life.from_log ? waiting + client->seat.backlog->later.len
                                 : waiting;
}

/* Notes that the first `sent` bytes of the parts are on their way. */
static void account(hub_client *client, const struct iovec parts[PARTS],
                    size_t sent)
{
    base_bytes *out = &client->output.bytes;
    size_t before = parts[BEFORE].iov_len;
    size_t stream = parts[STREAM].iov_len;

    client->account.sent += sent;
    hub_count_add(client->shared->hub, ACT_COUNT_BYTES_OUT, (int64_t)sent);
    before = before < sent ? before : sent;
    client->output.sent += (uint32_t)before;
    sent -= before;
    stream = stream < sent ? stream : sent;
    client->seat.position += stream;
    sent -= stream;
    if (sent > 0) { /* AFTER was begun: all of it goes before new frames */
        client->output.sent += (uint32_t)sent;
        client->output.mark = (uint32_t)out->len;
    }
    if (client->output.sent == out->len) {
        hub_client_give_buffer(client);
        client->output.sent = client->output.mark = 0;
    }
    else if (client->output.sent >= DROP_SIZE
             && client->output.sent >= out->len - client->output.sent) {
        base_bytes_drop(out, client->output.sent);
        client->output.mark -= client->output.sent;
        client->output.sent = 0;
    }
}

/* Copies what is not empty of the parts, HUB_SHARE bytes at most; returns how
 * many parts that are and their sum in `total`. */
static int take_share(const struct iovec parts[PARTS],
                      struct iovec filled[PARTS], size_t *total)
{
    int count = 0;

    *total = 0;
    for (int part = 0; part < PARTS && *total < HUB_SHARE; part++) {
        if (parts[part].iov_len > 0) {
            filled[count] = parts[part];
            if (filled[count].iov_len > HUB_SHARE - *total) {
                filled[count].iov_len = HUB_SHARE - *total;
            }
            *total += filled[count++].iov_len;
        }
    }
    return count;
}

/* One round of writing. True when the socket took all that there was, or as
 * much as is one client's share. */
static bool write_parts(hub_client *client)
{
    struct iovec parts[PARTS];
    struct iovec filled[PARTS];
    size_t total;
    size_t sent = 0;
    int count;
    loop_io io;

    if (gather(client, parts) == 0) {
        return true;
    }
    count = take_share(parts, filled, &total);
    /* The last bytes go out with the end of our side in one packet. */
    io = client->life.state == HUB_CLIENT_LAST
             ? loop_stream_write_last(&client->stream, filled, count, &sent)
             : loop_stream_write(&client->stream, filled, count, &sent);
    if (io == LOOP_IO_ERROR) {
        hub_client_doom(client, WS_CLOSE_ABNORMAL);
        return false;
    }
    account(client, parts, sent);
    client->io.blocked = sent < total;
    return !client->io.blocked;
}

/* Everything is written and nothing will follow: end our side. */
static void finish(hub_client *client)
{
    if (!client->io.finished) {
        switch (loop_stream_finish(&client->stream)) {
        case LOOP_IO_AGAIN:
            client->io.blocked = true;
            return;
        case LOOP_IO_ERROR:
            hub_client_doom(client, WS_CLOSE_ABNORMAL);
            return;
        default:
            client->io.finished = true;
            hub_deadline_end(&client->deadline,
                             hub_core_ms(client->shared->hub),
                             HUB_DEADLINE_LINGERING);
            hub_client_arm(client);
        }
    }
    if (client->io.deaf) {
        hub_client_doom(client, WS_CLOSE_ABNORMAL);
    }
}

/* Writes one share. False when the client is dead. */
static bool write_share(hub_client *client)
{
    uint64_t end = client->account.sent + HUB_SHARE;
    bool more;

    do {
        more = hub_backlog_step(client, HUB_BACKLOG_STEP);
    } while (client->life.state != HUB_CLIENT_DEAD && write_parts(client)
             && more && client->account.sent < end);
    return client->life.state != HUB_CLIENT_DEAD;
}

/* A client that lets answers pile up is not read until half of them are gone:
 * else one that pings and never reads would cost memory without end. */
void hub_output_watch(hub_client *client)
{
    size_t waiting = client->output.bytes.len - client->output.sent;
    size_t most = client->shared->way->look ? 0 : PAUSE_SIZE;
    bool was_paused = client->io.paused;
    unsigned interest = 0;

    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    if (client->life.from_log) {
        waiting += client->seat.backlog->later.len;
    }
    if (client->input.aside) {
        waiting += client->input.aside->ack_bytes;
    }
    client->io.paused =
        waiting > (client->io.paused ? most / 2 : most)
        && client->life.state == HUB_CLIENT_OPEN;
    if (was_paused && !client->io.paused && hub_input_waits(client)) {
        hub_queue_put(client, HUB_TO_READ);
    }
    if (!client->io.paused && !client->io.early && !client->io.deaf
        && !client->deadline.halted) {
        interest |= hub_queue_unread(client) ? client->io.interest & LOOP_READ
                                             : LOOP_READ;
    }
    if (client->io.blocked || loop_stream_unsent(&client->stream)) {
        interest |= LOOP_WRITE;
    }
    hub_client_wait(client, interest);
}

void hub_output_flush(hub_client *client)
{
    struct iovec parts[PARTS];
    size_t rest;

    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    /* Nothing can be written now, but what waits may have grown: the window
     * must know that this one needs it, and the poll whether to read on. */
    if (client->io.blocked || hub_queue_has(client, HUB_TO_WRITE)) {
        if (hub_stream_of(client)) {
            hub_stream_note(client);
        }
        hub_output_watch(client);
        return;
    }
    if (loop_stream_unsent(&client->stream)
        && loop_stream_flush(&client->stream) == LOOP_IO_ERROR) {
        hub_client_doom(client, WS_CLOSE_ABNORMAL);
        return;
    }
    if (!write_share(client)) {
        return;
    }
    if (hub_stream_of(client)) {
        hub_stream_note(client);
    }
    rest = gather(client, parts)
           + (client->life.from_log && !hub_backlog_waits(client));
    if (rest > 0 && !client->io.blocked && !client->io.marked_flush) {
        hub_queue_put(client, HUB_TO_WRITE);
    }
    if (hub_deadline_output(&client->deadline, hub_core_ms(client->shared->hub),
                            client->account.sent,
                            rest + loop_stream_unsent(&client->stream))) {
        hub_client_arm(client);
    }
    if (client->life.state == HUB_CLIENT_LAST && !client->deadline.late) {
        finish(client);
    }
    hub_output_watch(client);
}

/* It is as the last flush has left nearly all: with nothing to be written or
 * waited for, but what its room's stream may have grown by since. Answers that
 * wait for the archive are looked at by hub_output_watch. */
static bool is_at_rest(const hub_client *client)
{
    return client->life.state == HUB_CLIENT_OPEN && client->life.reads
           && !client->life.from_log && !client->life.behind
           && !client->input.aside && client->io.interest == LOOP_READ
           && !client->io.blocked && client->io.queued == 0
           && client->output.bytes.len == 0
           && !loop_stream_unsent(&client->stream);
}

size_t hub_output_share(hub_client *client)
{
    size_t sent = 0;

    if (is_at_rest(client)) {
        const hub_stream *stream = hub_stream_of(client);
        uint64_t position = client->seat.position;
        struct iovec part = { NULL,
                              (size_t)(hub_stream_end(stream) - position) };

        if (part.iov_len == 0) {
            return 0;
        }
        part.iov_base = stream->window.data + (position - stream->start);
        if (part.iov_len <= HUB_SHARE) {
            (void)loop_stream_write(&client->stream, &part, 1, &sent);
            client->seat.position += sent;
            client->account.sent += sent;
        }
        if (sent == part.iov_len && !loop_stream_unsent(&client->stream)) {
            return sent;
        }
    }
    hub_output_flush(client); /* it finds out why, and does what that asks */
    return sent;
}

/* Puts what is left of the room's stream between the two halves of `output`. */
static void take_stream(hub_client *client)
{
    struct iovec parts[PARTS];
    base_bytes after = BASE_BYTES_INIT;
    base_bytes *out = &client->output.bytes;

    hub_client_buffer(client);
    (void)gather(client, parts);
    base_bytes_append(&after, parts[AFTER].iov_base, parts[AFTER].iov_len);
    out->len = client->output.mark;
    base_bytes_append(out, parts[STREAM].iov_base, parts[STREAM].iov_len);
    base_bytes_append(out, after.data, after.len);
    base_bytes_free(&after);
}

/* A reader that has stopped: it will not read what it has missed before the
 * end, and thousands of them must not get a copy each. It comes back for it
 * with its cursor. */
static bool is_stalled(const hub_client *client)
{
    const hub_seat *seat = &client->seat;
    const hub_stream *stream = hub_stream_of(client);
    uint32_t late =
        hub_core_ms(client->shared->hub) - client->deadline.behind_since;

    return client->io.blocked && stream
           && ((client->deadline.late && late > STALLED_MS)
               || (!client->life.from_log
                   && hub_stream_end(stream) - seat->position > STALLED_SIZE));
}

/* Copies what is left of a backlog, unless so many end that their copies would
 * take too much memory. */
static void take_backlog(hub_client *client)
{
    hub *core = client->shared->hub;
    size_t before = client->output.bytes.len;

    if (core->now - core->end_start > HUB_CLOSE_ANSWER_MS * INT64_C(1000)) {
        core->end_start = core->now;
        core->end_bytes = 0;
    }
    if (core->end_bytes < END_ALL && !hub_backlog_archived(client)
        && hub_backlog_step(client, END_MOST)) {
        core->end_bytes += client->output.bytes.len - before;
    }
    hub_backlog_cut(client);
}

/* The room is pumped first: an answer that stands in `output` may be the ack
 * of a message of this very turn, which has to go before it. Others get that
 * from the window at the end of the turn, as the room is marked. */
void hub_output_end(hub_client *client)
{
    hub_stream *stream = hub_stream_of(client);

    hub_client_end(client);
    if (client->deadline.halted) { /* or its Close would never be read */
        hub_input_resume(client);
    }
    if (stream && stream->room->marked) {
        hub_backlog_pump(stream);
    }
    if (is_stalled(client)) {
        hub_backlog_fall_off(client, hub_stream_end(stream));
    }
    else {
        take_backlog(client);
    }
    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    if (stream && !client->life.from_log) {
        take_stream(client);
    }
    client->output.mark = (uint32_t)client->output.bytes.len;
    if (stream) {
        hub_backlog_leave(client);
    }
}

/* Says that nothing follows. */
static void write_end(hub_client *client, unsigned code, const char *reason)
{
    hub_client_buffer(client);
    if (client->shared->way->close) {
        client->shared->way->close(&client->output.bytes, code, reason);
    }
    client->output.mark = (uint32_t)client->output.bytes.len;
}

void hub_output_close(hub_client *client, unsigned code, bool ask)
{
    hub_output_close_for(client, code, ask, NULL);
}

/* A second call only ever makes it shorter: who was asked for a Close and has
 * sent it is not waited for any more. */
void hub_output_close_for(hub_client *client, unsigned code, bool ask,
                          const char *reason)
{
    if (client->life.state == HUB_CLIENT_DEAD
        || client->life.state == HUB_CLIENT_LAST) {
        return;
    }
    if (client->life.state == HUB_CLIENT_OPEN) {
        hub_output_end(client);
        if (client->life.state == HUB_CLIENT_DEAD) {
            return;
        }
        write_end(client, code, reason);
        client->life.close_code = (uint16_t)code;
    }
    client->life.state = ask && !client->shared->way->one_way ? HUB_CLIENT_ASKED
                                                              : HUB_CLIENT_LAST;
    hub_deadline_end(&client->deadline, hub_core_ms(client->shared->hub),
                     HUB_DEADLINE_CLOSING);
    hub_client_mark(client);
    hub_client_arm(client);
}
