/* hub_way_sse.c - event streams (WHATWG HTML 9.2), in the chunked coding of
 * HTTP/1.1 (RFC 9112 7.1) or as they are; see hub_way.h.
 *
 * An event is one chunk with whole lines in it: a client that decodes chunk by
 * chunk never waits for the rest of an event.
 */
#include "hub/way/hub_way_sse.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/base_check.h"
#include "hub/hub_input.h"
#include "hub/hub_member.h"
#include "hub/hub_output.h"
#include "ws/ws_close.h"

#define ID "id: "
#define DATA "data: "
#define COMMENT ":\n\n"
#define CRLF "\r\n"

/* Room for "id: ID LF". */
#define ID_LINE (sizeof(ID) + ROOM_ID_TEXT)

/* Browsers whose event stream was refused come back within so long. */
#define REFUSED_RETRY_S 10

/* A chunk of `size` bytes, above 0, follows. */
static void begin_chunk(base_bytes *out, size_t size)
{
    char line[2 * sizeof(size) + 2];
    char *at = line + sizeof(line);

    BASE_CHECK(size > 0);
    *--at = '\n';
    *--at = '\r';
    for (; size > 0; size >>= 4) {
        *--at = "0123456789abcdef"[size & 15];
    }
    base_bytes_append(out, at, (size_t)(line + sizeof(line) - at));
}

/* The line, if there is one; returns its size. */
static size_t write_id(char line[ID_LINE], const room_id *id)
{
    size_t size;

    if (!id) {
        return 0;
    }
    memcpy(line, ID, sizeof(ID) - 1);
    room_id_format(id, line + sizeof(ID) - 1);
    size = strlen(line);
    line[size] = '\n';
    return size + 1;
}

/* The size of a chunk stands in front of it, so all that belongs to the event
 * is measured before. */
static unsigned char *append_event(base_bytes *out, size_t size,
                                   const room_id *id, bool chunked)
{
    char line[ID_LINE];
    size_t line_size = write_id(line, id);
    size_t at;

    if (chunked) {
        begin_chunk(out, line_size + sizeof(DATA) - 1 + size + 2);
    }
    base_bytes_append(out, line, line_size);
    base_bytes_append_text(out, DATA);
    at = out->len;
    base_bytes_reserve(out, size + sizeof("\n\n" CRLF));
    out->len += size;
    base_bytes_append_text(out, chunked ? "\n\n" CRLF : "\n\n");
    return out->data + at;
}

unsigned char *hub_way_sse_frame_chunk(base_bytes *out, size_t size,
                                       const room_id *id)
{
    return append_event(out, size, id, true);
}

unsigned char *hub_way_sse_frame_plain(base_bytes *out, size_t size,
                                       const room_id *id)
{
    return append_event(out, size, id, false);
}

void hub_way_sse_ping_chunk(base_bytes *out)
{
    begin_chunk(out, sizeof(COMMENT) - 1);
    base_bytes_append_text(out, COMMENT CRLF);
}

void hub_way_sse_ping_plain(base_bytes *out)
{
    base_bytes_append_text(out, COMMENT);
}

/* The last chunk: the stream is complete. */
void hub_way_sse_close_chunk(base_bytes *out, unsigned code,
                             const char *reason)
{
    (void)code;
    (void)reason;
    base_bytes_append_text(out, "0" CRLF CRLF);
}

void hub_way_sse_retry(base_bytes *out, bool chunked, unsigned milliseconds)
{
    char line[sizeof("retry: 4294967295\n")];
    int size = snprintf(line, sizeof(line), "retry: %u\n", milliseconds);

    if (chunked) {
        begin_chunk(out, (size_t)size);
    }
    base_bytes_append_text(out, line);
    if (chunked) {
        base_bytes_append_text(out, CRLF);
    }
}

/* When a browser comes back by itself: at a random time of the window. */
static void send_retry(hub_client *client, int seconds)
{
    base_bytes *to = hub_output_answers(client);
    uint32_t random = 0;

    if (to && RAND_bytes((unsigned char *)&random, (int)sizeof(random)) == 1) {
        hub_way_sse_retry(to, client->shared->way->stream == HUB_STREAM_CHUNKS,
                          random % ((unsigned)seconds * 1000 + 1));
    }
}

/* A browser comes back by itself, and takes the line of `retry` from the event
 * behind it: it cannot be sent alone. */
static void refuse(hub_client *client, chat_error error)
{
    send_retry(client, REFUSED_RETRY_S);
    hub_member_refuse(client, error);
    hub_output_close(client, WS_CLOSE_TRY_LATER, false);
}

/* Where no worker is free to pass on a stream, it gets what is there now. */
static void begin(hub_client *client, hub_offer *offer)
{
    hub_member_enter(client, offer);
    if (offer->once) {
        hub_member_feed_once(client);
    }
}

static void resume(hub_client *client, hub_offer *offer)
{
    hub_member_enter(client, offer);
}

/* It would go on for ever. */
void hub_way_sse_input_end(hub_client *client)
{
    hub_output_close(client, WS_CLOSE_GOING_AWAY, false);
}

void hub_way_sse_bye(hub_client *client, int seconds)
{
    send_retry(client, seconds);
    hub_member_bye(client, seconds);
}

/* A browser that comes back by itself is refused, and stops. */
static void oust(hub_client *client, const hub_way_ban *why)
{
    hub_member_oust(client, why);
    hub_output_close(client, WS_CLOSE_POLICY, false);
}

#define EITHER                                                             \
    .name = "sse", .traffic = ACT_TRAFFIC_SSE, .one_way = true,            \
    .begin = begin, .resume = resume, .greet = hub_member_greet,           \
    .refuse = refuse,                                                      \
    .feed = hub_input_ignore, .input_end = hub_way_sse_input_end,            \
    .bye = hub_way_sse_bye,                                                \
    .oust = oust

const hub_way hub_way_sse = {
    EITHER,
    .stream = HUB_STREAM_CHUNKS,
    .frame = hub_way_sse_frame_chunk,
    .ping = hub_way_sse_ping_chunk,
    .close = hub_way_sse_close_chunk,
};

const hub_way hub_way_sse_plain = {
    EITHER,
    .stream = HUB_STREAM_EVENTS,
    .frame = hub_way_sse_frame_plain,
    .ping = hub_way_sse_ping_plain,
};
