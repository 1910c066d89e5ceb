/* hub_input.c - what clients send; see hub_input.h. */
#include "hub/hub_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "hub/hub_meter.h"
#include "hub/hub_queue.h"
#include "hub/hub_room.h"
#include "hub/hub_unfinished.h"
#include "ws/ws_close.h"

/* Clients are read in pieces of this size: commands are small, and what was
 * read behind one that is over the rate has to be kept. The rest of a longer
 * frame is read at once, and so is what needs not be kept. */
#define PIECE 4096

/* What one call counts at least against the share: TLS gives a record at a
 * time, and one may hold a single byte. */
#define CALL 1024

/* Who only reads is closed when so many bytes came with its request and after
 * it: nobody needs to read on for as long as somebody wants to send. */
#define IGNORED_MOST (64 * 1024)

/* The bytes behind a command that was over the rate. */
struct hub_kept {
    size_t at; /* the first of them that was not looked at */
    size_t size;
    unsigned char data[];
};

static bool is_readable(const hub_client *client)
{
    return client->state != HUB_CLIENT_DEAD && !client->deaf
           && !client->paused && !client->deadline.halted;
}

/* So much has come into the room in this turn that it is delivered first. */
static bool must_wait(const hub_client *client)
{
    return client->seat.room && hub_room_is_full(client->seat.room);
}

static void keep(hub_client *client, const unsigned char *data, size_t size)
{
    hub_kept *kept = malloc(sizeof(*kept) + size);

    BASE_CHECK(kept != NULL && client->kept == NULL);
    kept->at = 0;
    kept->size = size;
    memcpy(kept->data, data, size);
    client->kept = kept;
}

void hub_input_free(hub_client *client)
{
    free(client->kept);
    client->kept = NULL;
}

static void take(hub_client *client, unsigned char *data, size_t size)
{
    size_t used;

    client->received += size;
    hub_deadline_hear(&client->deadline, hub_core_ms(client->hub));
    hub_count_add(client->hub, ACT_COUNT_BYTES_IN, (int64_t)size);
    hub_meter_hear(client, data, size);
    used = client->way->feed(client, data, size);
    hub_meter_tell(client);
    if (used < size && client->state != HUB_CLIENT_DEAD) {
        keep(client, data + used, size - used);
    }
}

/* Goes on with what was kept. It counts as heard now: the client's answers to
 * our pings may stand behind it. */
static void take_kept(hub_client *client)
{
    hub_kept *kept = client->kept;

    hub_deadline_hear(&client->deadline, hub_core_ms(client->hub));
    kept->at += client->way->feed(client, kept->data + kept->at,
                              kept->size - kept->at);
    if (kept->at == kept->size) {
        hub_input_free(client);
    }
}

/* The client will send no more: it has gone, or has only closed its half of the
 * connection and still reads. Nobody can tell which, so what it asked for is
 * answered. A client that has gone answers the first byte with a reset. */
static void input_ended(hub_client *client)
{
    client->deaf = true;
    if (client->finished) {
        hub_client_drop(client, WS_CLOSE_GOING_AWAY);
        return;
    }
    if (client->state == HUB_CLIENT_OPEN) {
        client->way->input_end(client);
    }
    else {
        client->state = HUB_CLIENT_LAST;
        hub_client_mark(client);
    }
    hub_client_arm(client);
    hub_client_watch(client);
}

size_t hub_input_ignore(hub_client *client, unsigned char *data, size_t size)
{
    (void)data;
    if (client->received > IGNORED_MOST
        && client->state == HUB_CLIENT_OPEN) {
        hub_count_add(client->hub, ACT_COUNT_CLOSED_FLOOD, 1);
        hub_client_drop(client, WS_CLOSE_POLICY);
    }
    return size;
}

static size_t piece_of(const hub_client *client)
{
    uint64_t rest;

    if (!client->way->rest) {
        return HUB_SHARE;
    }
    rest = client->way->rest(client);
    rest = rest < HUB_SHARE ? rest : HUB_SHARE;
    return rest > PIECE ? (size_t)rest : PIECE;
}

/* Reads once. True when there may be more at once. */
static bool read_piece(hub_client *client, size_t piece)
{
    hub *core = client->hub;
    size_t got;

    switch (loop_stream_read(&client->stream, core->scratch, piece, &got)) {
    case LOOP_IO_OK:
        take(client, core->scratch, got);
        return client->stream.tls ? loop_stream_unread(&client->stream)
                                  : got == piece;
    case LOOP_IO_AGAIN:
        if (loop_stream_unread(&client->stream)) {
            hub_queue_put(client, HUB_TO_READ);
        }
        return false;
    case LOOP_IO_END:
        input_ended(client);
        return false;
    case LOOP_IO_ERROR:
        hub_count_add(core, ACT_COUNT_CLOSED_FLOOD,
                      loop_stream_flooded(&client->stream));
        hub_client_drop(client, WS_CLOSE_ABNORMAL);
        return false;
    }
    return false;
}

/* Its memory has been noted: the poll learns what it has to. */
static void settle(hub_client *client)
{
    bool waits = is_readable(client) && !hub_queue_unread(client);

    hub_unfinished_note(client);
    if (loop_stream_unsent(&client->stream) /* TLS answered by itself */
        || (waits && !(client->interest & LOOP_READ))) {
        hub_client_watch(client);
    }
}

/* Acts upon what was kept, or reads once. True when there may be more. */
static bool take_piece(hub_client *client, size_t piece)
{
    if (client->kept) {
        take_kept(client);
        return true;
    }
    return read_piece(client, piece);
}

void hub_input_ready(hub_client *client)
{
    if (is_readable(client)) {
        if (must_wait(client)) {
            hub_queue_put(client, HUB_TO_HEAR);
        }
        else if (client->kept || base_clock_mono() > client->hub->ready_end
                 || read_piece(client, PIECE)) {
            hub_queue_put(client, HUB_TO_READ);
        }
    }
    settle(client);
}

/* Where the room is what is short, each has one piece of it. */
void hub_input_hear(hub_client *client)
{
    if (is_readable(client)) {
        if (must_wait(client)) {
            hub_queue_put(client, HUB_TO_HEAR);
        }
        else if (take_piece(client, piece_of(client))) {
            hub_queue_put(client, HUB_TO_READ);
        }
    }
    settle(client);
}

/* Reads what is left of its share; true when there is more. */
static bool read_share(hub_client *client)
{
    size_t left = HUB_SHARE;
    bool more = true;

    if (client->kept) {
        take_kept(client);
    }
    while (more && left > 0 && is_readable(client) && !must_wait(client)) {
        uint64_t before = client->received;
        size_t cost;

        more = read_piece(client, piece_of(client));
        cost = (size_t)(client->received - before);
        cost = cost > CALL ? cost : CALL;
        left -= cost < left ? cost : left;
    }
    return more && is_readable(client);
}

/* Who has been read goes behind all that have not been. */
void hub_input_read(hub_client *client)
{
    if (is_readable(client)) {
        if (must_wait(client)) {
            hub_queue_put(client, HUB_TO_HEAR);
        }
        else if (read_share(client)) {
            hub_queue_put(client, HUB_TO_READ);
        }
    }
    settle(client);
}

void hub_input_early(hub_client *client, unsigned char *data, size_t size)
{
    if (size > 0 && client->state != HUB_CLIENT_DEAD) {
        take(client, data, size);
        hub_unfinished_note(client);
    }
    if (loop_stream_unread(&client->stream)) {
        hub_queue_put(client, HUB_TO_READ);
    }
}

void hub_input_halt(hub_client *client, int64_t wait)
{
    client->deadline.halted = true;
    client->deadline.until = hub_core_ms(client->hub)
                             + (uint32_t)(wait / 1000) + 1;
    hub_client_arm(client);
    hub_client_mark(client);
}

void hub_input_resume(hub_client *client)
{
    client->deadline.halted = false;
    hub_queue_put(client, HUB_TO_READ);
    hub_client_watch(client);
}

bool hub_input_waits(const hub_client *client)
{
    return client->kept || loop_stream_unread(&client->stream);
}

size_t hub_input_kept(const hub_client *client)
{
    return client->kept ? sizeof(*client->kept) + client->kept->size : 0;
}

size_t hub_input_waiting(const hub_client *client)
{
    const hub_kept *kept = client->kept;

    return loop_stream_waiting(&client->stream)
           + (kept ? kept->size - kept->at : 0);
}
