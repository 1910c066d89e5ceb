/* hub_wire.c - events as bytes of a stream; see hub_wire.h. */
#include "hub/hub_wire.h"

#include <string.h>

#include "base/base_check.h"
#include "chat/chat_event.h"
#include "ws/ws_frame.h"

#define ID "id: "
#define DATA "data: "

/* Room for "id: ID LF". */
#define ID_LINE (sizeof(ID) + ROOM_ID_TEXT)

static void append(base_bytes *out, const char *text)
{
    base_bytes_append(out, text, strlen(text));
}

/* A chunk of `size` bytes, above 0, follows (RFC 9112 7.1). */
static void begin_chunk(base_bytes *out, hub_transport transport, size_t size)
{
    char line[2 * sizeof(size) + 2];
    char *at = line + sizeof(line);

    if (transport != HUB_SSE) {
        return;
    }
    BASE_CHECK(size > 0);
    *--at = '\n';
    *--at = '\r';
    for (; size > 0; size >>= 4) {
        *--at = "0123456789abcdef"[size & 15];
    }
    base_bytes_append(out, at, (size_t)(line + sizeof(line) - at));
}

static void end_chunk(base_bytes *out, hub_transport transport)
{
    if (transport == HUB_SSE) {
        append(out, "\r\n");
    }
}

/* Something that is not an event. */
static void write_line(base_bytes *out, hub_transport transport,
                       const char *text)
{
    begin_chunk(out, transport, strlen(text));
    append(out, text);
    end_chunk(out, transport);
}

/* What comes in front of the JSON, of which there are `size` bytes. */
static void begin(base_bytes *out, hub_transport transport, size_t size,
                  const room_id *id)
{
    unsigned char head[WS_FRAME_HEADER_MAX];
    char line[ID_LINE] = "";
    char *end = line;

    if (transport == HUB_WEBSOCKET) {
        base_bytes_append(out, head,
                          ws_frame_write_header(
                              head, WS_FRAME_FIN | WS_FRAME_TEXT, size));
        return;
    }
    if (id) {
        memcpy(line, ID, sizeof(ID) - 1);
        room_id_format(id, line + sizeof(ID) - 1);
        end = line + strlen(line);
        *end++ = '\n';
    }
    begin_chunk(out, transport,
                (size_t)(end - line) + sizeof(DATA) - 1 + size + 2);
    base_bytes_append(out, line, (size_t)(end - line));
    append(out, DATA);
}

/* What comes behind it. */
static void end(base_bytes *out, hub_transport transport)
{
    if (transport != HUB_WEBSOCKET) {
        append(out, "\n\n");
        end_chunk(out, transport);
    }
}

void hub_wire_event(base_bytes *out, hub_transport transport,
                    const base_bytes *event, const room_id *id)
{
    begin(out, transport, event->len, id);
    base_bytes_append(out, event->data, event->len);
    end(out, transport);
}

void hub_wire_message(base_bytes *out, hub_transport transport,
                      const room_log_record *record)
{
    begin(out, transport, record->size, &record->id);
    base_bytes_reserve(out, record->size);
    room_log_copy(record, out->data + out->len);
    out->len += record->size;
    end(out, transport);
}

void hub_wire_gap(base_bytes *out, hub_transport transport, room_id after,
                  room_id next)
{
    base_bytes event = BASE_BYTES_INIT;
    char after_text[ROOM_ID_TEXT];
    char next_text[ROOM_ID_TEXT];

    room_id_format(&after, after_text);
    room_id_format(&next, next_text);
    chat_event_gap(&event, after_text, next_text);
    hub_wire_event(out, transport, &event, NULL);
    base_bytes_free(&event);
}

void hub_wire_comment(base_bytes *out, hub_transport transport)
{
    write_line(out, transport, ":\n\n");
}

void hub_wire_retry(base_bytes *out, hub_transport transport,
                    unsigned milliseconds)
{
    base_bytes line = BASE_BYTES_INIT;

    base_bytes_append_format(&line, "retry: %u\n", milliseconds);
    begin_chunk(out, transport, line.len);
    base_bytes_append(out, line.data, line.len);
    end_chunk(out, transport);
    base_bytes_free(&line);
}

void hub_wire_last(base_bytes *out, hub_transport transport)
{
    if (transport == HUB_SSE) {
        append(out, "0\r\n\r\n");
    }
}
