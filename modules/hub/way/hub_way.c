/* hub_way.c - events in the frames of a way; see hub_way.h. */
#include "hub/way/hub_way.h"

#include <string.h>

#include "chat/chat_event.h"
#include "hub/way/hub_way_ws.h"
#include "ws/ws_extension.h"

/* Those that go from one process to another; behind them the two of each
 * window. A number stays what it is. */
static const hub_way *const numbered[] = {
    [1] = &hub_way_ws,
    [2] = &hub_way_ws_echo,
    [3] = &hub_way_sse,
    [4] = &hub_way_sse_plain,
    [5] = &hub_way_longpoll,
};

enum {
    DEFLATED = sizeof(numbered) / sizeof(numbered[0]),
    WINDOWS = WS_EXTENSION_BITS_MOST - WS_EXTENSION_BITS_LEAST + 1,
    NUMBERS = DEFLATED + 2 * WINDOWS
};

const hub_way *hub_way_numbered(uint8_t number)
{
    unsigned window = (number - (unsigned)DEFLATED) / 2;

    if (number < DEFLATED) {
        return numbered[number];
    }
    return number < NUMBERS ? hub_way_ws_of((number - DEFLATED) % 2 == 1,
                                            WS_EXTENSION_BITS_LEAST + window)
                            : NULL;
}

uint8_t hub_way_number(const hub_way *way)
{
    for (uint8_t i = 1; i < NUMBERS; i++) {
        if (hub_way_numbered(i) == way) {
            return i;
        }
    }
    return 0;
}

void hub_way_event(const hub_way *way, base_bytes *out,
                   const base_bytes *event, const room_id *id)
{
    memcpy(way->frame(out, event->len, id), event->data, event->len);
}

/* Under the room's lock: this copies, and no more. */
void hub_way_message(const hub_way *way, base_bytes *out,
                     const room_log_record *record)
{
    room_log_copy(record, way->frame(out, record->size, &record->id));
}

void hub_way_gap(const hub_way *way, base_bytes *out, room_id after,
                 room_id next)
{
    base_bytes event = BASE_BYTES_INIT;
    char after_text[ROOM_ID_TEXT];
    char next_text[ROOM_ID_TEXT];

    room_id_format(&after, after_text);
    room_id_format(&next, next_text);
    chat_event_gap(&event, after_text, next_text);
    hub_way_event(way, out, &event, NULL);
    base_bytes_free(&event);
}
