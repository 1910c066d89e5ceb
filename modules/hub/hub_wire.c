/* hub_wire.c - events as bytes of a stream; see hub_wire.h. */
#include "hub/hub_wire.h"

#include "chat/chat_event.h"
#include "ws/ws_frame.h"

/* What comes in front of the JSON. */
static void begin(base_bytes *out, hub_transport transport, size_t size,
                  const room_id *id)
{
    unsigned char head[WS_FRAME_HEADER_MAX];
    char text[ROOM_ID_TEXT];

    if (transport == HUB_WEBSOCKET) {
        base_bytes_append(out, head,
                          ws_frame_write_header(
                              head, WS_FRAME_FIN | WS_FRAME_TEXT, size));
        return;
    }
    if (id) {
        room_id_format(id, text);
        base_bytes_append(out, "id: ", 4);
        base_bytes_append_text(out, text);
        base_bytes_append(out, "\n", 1);
    }
    base_bytes_append(out, "data: ", 6);
}

/* What comes behind it. */
static void end(base_bytes *out, hub_transport transport)
{
    if (transport != HUB_WEBSOCKET) {
        base_bytes_append(out, "\n\n", 2);
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

void hub_wire_comment(base_bytes *out)
{
    base_bytes_append(out, ":\n\n", 3);
}

void hub_wire_retry(base_bytes *out, unsigned milliseconds)
{
    base_bytes_append_format(out, "retry: %u\n", milliseconds);
}
