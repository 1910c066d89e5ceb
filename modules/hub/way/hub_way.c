/* hub_way.c - events in the frames of a way; see hub_way.h. */
#include "hub/way/hub_way.h"

#include <string.h>

#include "chat/chat_event.h"

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
