/* hub_way_ws.c - WebSocket (RFC 6455): a room's, and the echo, both also with
 * permessage-deflate (RFC 7692); see hub_way.h and hub_way_ws.h. */
#include "hub/way/hub_way_ws.h"

#include <string.h>

#include "base/base_utf8.h"
#include "hub/archive/hub_ack.h"
#include "hub/hub_member.h"
#include "hub/hub_output.h"
#include "hub/move/hub_ticket.h"
#include "hub/room/hub_command.h"
#include "hub/way/hub_codec.h"
#include "hub/way/hub_way_pack.h"
#include "ws/ws_close.h"
#include "ws/ws_extension.h"
#include "ws/ws_frame.h"

/* What becomes of a whole message. */
typedef void take_message(hub_client *client, const ws_message_event *event);

/* The payload is left to the caller, so that a message is copied once: from the
 * segment to where it is sent from. */
static unsigned char *append_frame(base_bytes *out, unsigned opcode,
                                   size_t size)
{
    base_bytes_reserve(out, WS_FRAME_HEADER_MAX + size);
    out->len += ws_frame_write_header(out->data + out->len,
                                      WS_FRAME_FIN | opcode, size);
    out->len += size;
    return out->data + out->len - size;
}

static unsigned char *frame(base_bytes *out, size_t size, const room_id *id)
{
    (void)id;
    return append_frame(out, WS_FRAME_TEXT, size);
}

static void ping(base_bytes *out)
{
    append_frame(out, WS_FRAME_PING, 0);
}

/* The codes of applications, and none, are only sent back to who sent them: we
 * have no sentence for them. */
static void write_close(base_bytes *out, unsigned code, const char *reason)
{
    bool told = code != WS_CLOSE_NO_STATUS && code < WS_CLOSE_PRIVATE;

    if (told && !reason) {
        reason = ws_close_sentence(code);
    }

    base_bytes_reserve(out, WS_CLOSE_FRAME_MAX);
    out->len += ws_close_write(out->data + out->len, code,
                               told ? reason : NULL);
}

/* `to` may be NULL. */
static void answer(base_bytes *to, unsigned opcode,
                   const ws_message_event *event)
{
    if (to) {
        memcpy(append_frame(to, opcode, event->size), event->data,
               event->size);
    }
}

/* While the socket is full only the latest ping is answered (RFC 6455 5.5.3),
 * so that who pings and does not read costs no memory. */
static void pong(hub_client *client, const ws_message_event *event)
{
    hub_output_drop_pong(client);
    answer(hub_output_control(client), WS_FRAME_PONG, event);
    client->io.pong = (uint8_t)(WS_FRAME_CONTROL_HEAD + event->size);
}

/* After our Close nothing that it says counts but its own (RFC 6455 5.5.1). */
static void take_event(hub_client *client, const ws_message_event *event,
                       take_message *take)
{
    switch (event->kind) {
    case WS_MESSAGE_TEXT:
    case WS_MESSAGE_BINARY:
        if (client->life.state == HUB_CLIENT_OPEN) {
            take(client, event);
        }
        break;
    case WS_MESSAGE_PING:
        pong(client, event);
        break;
    case WS_MESSAGE_CLOSE:
        if (!hub_ack_hold_close(client, event->code)) {
            hub_output_close(client, event->code, false);
        }
        break;
    case WS_MESSAGE_FAIL:
        hub_count_add(client->shared->hub, ACT_COUNT_CLOSED_PROTOCOL, 1);
        hub_output_close(client, event->code, false);
        break;
    case WS_MESSAGE_PONG:
    case WS_MESSAGE_NONE:
        break;
    }
}

/* What few bytes inflate to costs time as well: once that is a share, what is
 * behind waits for the client's next turn. */
static bool has_share(const ws_inflater *inflater, uint64_t before)
{
    return !inflater || ws_inflate_spent(inflater) - before < HUB_SHARE;
}

static size_t read_frames(hub_client *client, unsigned char *data, size_t size,
                          take_message *take)
{
    hub *core = client->shared->hub;
    ws_message_reader *reader = &client->way_state.reader;
    ws_inflater *inflater = client->shared->way->window_bits
                                ? hub_codec_inflater(core)
                                : NULL;
    uint64_t before = hub_codec_inflated(core);
    ws_message_event event;
    size_t at = 0;
    size_t used;
    uint32_t now;

    /* A command over the rate halts the client: what is behind it is not looked
     * at. The reader is asked once more all the same, since that gives back the
     * memory of the message before. */
    do {
        event = ws_message_feed(reader, inflater, data + at,
                                client->deadline.halted ? 0 : size - at, &used);
        at += used;
        take_event(client, &event, take);
        if (!ws_message_busy(reader)) {
            /* What is unfinished after this has begun later. */
            client->deadline.busy = false;
        }
    } while (event.kind != WS_MESSAGE_NONE
             && client->life.state != HUB_CLIENT_DEAD
             && has_share(inflater, before));
    if (client->life.state == HUB_CLIENT_OPEN) {
        now = hub_core_ms(core);
        if (hub_deadline_input(&client->deadline, now,
                               ws_message_busy(reader))) {
            hub_client_arm(client);
        }
    }
    return at;
}

static size_t feed(hub_client *client, unsigned char *data, size_t size)
{
    return read_frames(client, data, size, hub_command_take);
}

/* What came compressed goes so. */
static void echo(hub_client *client, const ws_message_event *event)
{
    base_bytes *to = hub_output_answers(client);
    size_t before = to ? to->len : 0;

    answer(to,
           event->kind == WS_MESSAGE_TEXT ? WS_FRAME_TEXT : WS_FRAME_BINARY,
           event);
    if (to && event->compressed) {
        to->len = before
                  + hub_way_pack_frame(client->shared->hub,
                                       client->shared->way, to->data + before,
                                       to->len - before, 0);
    }
}

static size_t feed_echo(hub_client *client, unsigned char *data, size_t size)
{
    return read_frames(client, data, size, echo);
}

/* What is left of a frame is read at once: it is obeyed when it is whole, and
 * nothing that would have to be kept comes with it. */
static uint64_t rest(const hub_client *client)
{
    return ws_message_rest(&client->way_state.reader);
}

/* It is given what is on its way, without a Close: nobody would answer it. When
 * an answer of it waits this comes behind that. */
static void input_end(hub_client *client)
{
    if (hub_ack_waits(client)) {
        return;
    }
    hub_output_end(client);
    if (client->life.state != HUB_CLIENT_DEAD) {
        hub_deadline_end(&client->deadline, hub_core_ms(client->shared->hub),
                         HUB_DEADLINE_CLOSING);
        client->life.state = HUB_CLIENT_LAST;
        hub_client_mark(client);
    }
}

/* What it has reserved counts, not what has arrived: that is what is short. */
static size_t unfinished(const hub_client *client)
{
    return client->way_state.reader.bytes.cap;
}

static void stop(hub_client *client)
{
    ws_message_stop(&client->way_state.reader);
}

static void destroy(hub_client *client)
{
    ws_message_destroy(&client->way_state.reader);
}

static void begin_echo(hub_client *client, hub_offer *offer)
{
    ws_message_init(&client->way_state.reader, offer->settings.max_payload,
                    client->shared->way->window_bits ? WS_FRAME_RSV1 : 0);
}

static void begin(hub_client *client, hub_offer *offer)
{
    begin_echo(client, offer);
    hub_member_enter(client, offer);
}

static void resume_echo(hub_client *client, hub_offer *offer)
{
    const hub_ticket_part *message = &offer->ticket->parts[HUB_TICKET_MESSAGE];
    ws_message_reader *reader = &client->way_state.reader;

    *reader = offer->ticket->reader;
    base_bytes_append(&reader->bytes, message->data, message->size);
}

static void resume(hub_client *client, hub_offer *offer)
{
    resume_echo(client, offer);
    hub_member_enter(client, offer);
}

static void refuse(hub_client *client, chat_error error)
{
    hub_member_refuse(client, error);
    hub_output_close(client, WS_CLOSE_TRY_LATER, true);
}

/* The reason as far as a Close has place for it. */
static void oust(hub_client *client, const hub_way_ban *why)
{
    char reason[WS_CLOSE_REASON_MAX + 1];
    size_t size = base_utf8_cut(why->reason, strlen(why->reason),
                                WS_CLOSE_REASON_MAX);

    memcpy(reason, why->reason, size);
    reason[size] = '\0';
    hub_member_oust(client, why);
    hub_output_close_for(client, WS_CLOSE_POLICY, true,
                         size > 0 ? reason : chat_error_text(CHAT_BANNED));
}

static void bye_echo(hub_client *client, int seconds)
{
    (void)seconds;
    hub_output_close(client, WS_CLOSE_RESTART, true);
}

#define EITHER                                                              \
    .traffic = ACT_TRAFFIC_WEBSOCKET, .input_end = input_end,               \
    .frame = frame, .ping = ping, .close = write_close,                     \
    .unfinished = unfinished, .stop = stop, .destroy = destroy

#define ROOM()                                                              \
    EITHER, .name = "room", .begin = begin, .resume = resume,               \
    .greet = hub_member_greet, .refuse = refuse, .feed = feed,              \
    .rest = rest, .bye = hub_member_bye, .oust = oust

#define ECHO()                                                              \
    EITHER, .name = "echo", .begin = begin_echo, .resume = resume_echo,     \
    .feed = feed_echo, .bye = bye_echo

/* The same for each window. */
#define DEFLATED(way, bits)                                                 \
    {                                                                       \
        way(), .window_bits = (bits),                                        \
        .stream = HUB_STREAM_DEFLATE + (bits) - WS_EXTENSION_BITS_LEAST     \
    }
#define EACH(way)                                                           \
    {                                                                       \
        DEFLATED(way, 9), DEFLATED(way, 10), DEFLATED(way, 11),             \
        DEFLATED(way, 12), DEFLATED(way, 13), DEFLATED(way, 14),            \
        DEFLATED(way, 15)                                                   \
    }

const hub_way hub_way_ws = { ROOM(), .stream = HUB_STREAM_FRAMES };
const hub_way hub_way_ws_echo = { ECHO(), .stream = HUB_STREAM_FRAMES };

static const hub_way deflated_rooms[] = EACH(ROOM);
static const hub_way deflated_echoes[] = EACH(ECHO);

const hub_way *hub_way_ws_of(bool echo, unsigned window_bits)
{
    if (window_bits == 0) {
        return echo ? &hub_way_ws_echo : &hub_way_ws;
    }
    return &(echo ? deflated_echoes
                  : deflated_rooms)[window_bits - WS_EXTENSION_BITS_LEAST];
}
