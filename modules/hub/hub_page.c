/* hub_page.c - polls and pages of history; see hub_page.h. */
#include "hub/hub_page.h"

#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "room/room_log.h"
#include "room/room_table.h"

/* How often we look again when what we were about to read has gone. */
#define TRIES 5

/* Bytes read at a time: nobody else gets the room's lock meanwhile. */
#define STEP 262144

static const room_id oldest = { 0, 0 };

/* What is to be read, and what came of it. */
typedef struct {
    uint64_t seq; /* of the next message */
    uint64_t to;
    room_id last; /* the cursor */
    bool gap;
    bool more;
    base_bytes events;
} page;

static bool add_event(void *context, const room_log_record *record)
{
    page *into = context;

    if (record->seq != into->seq) {
        return false;
    }
    if (into->events.len > 0) {
        base_bytes_append(&into->events, ",", 1);
    }
    base_bytes_reserve(&into->events, record->size);
    room_log_copy(record, into->events.data + into->events.len);
    into->events.len += record->size;
    into->last = record->id;
    into->seq++;
    return true;
}

/* ROOM_GONE also when a message has gone since we looked where to read: the
 * next look will tell the gap. */
static room_status read_events(room_store *store, room_handle handle,
                               page *into)
{
    room_status status = ROOM_OK;

    while (status == ROOM_OK && into->seq < into->to) {
        uint64_t before = into->seq;
        uint64_t next;

        status = room_log_read(store, handle, into->seq, into->to, STEP,
                               add_event, into, &next);
        if (status == ROOM_OK && into->seq == before) {
            status = ROOM_GONE;
        }
    }
    return status;
}

static room_status seek_after(room_store *store, room_handle handle,
                              const hub_start *start, page *into)
{
    const room_id *after = start->unusable ? &oldest
                           : start->given  ? &start->after
                                           : NULL;
    room_log_position at;
    room_status status = room_log_seek(store, handle, after, start->history,
                                       base_clock_mono(), &at);

    into->seq = at.seq;
    into->to = at.next_seq;
    into->last = at.cursor;
    into->gap = at.gap || start->unusable;
    return status;
}

static room_status seek_before(room_store *store, room_handle handle,
                               const room_id *before, uint64_t limit,
                               page *into)
{
    room_log_page at;
    room_status status = room_log_seek_page(store, handle, before, limit,
                                            base_clock_mono(), &at);

    into->seq = at.from;
    into->to = at.to;
    into->last = at.cursor;
    into->more = at.more;
    return status;
}

/* The page of a room that does not exist: a position of it is exact when the
 * room, if it is made, begins behind it. 0-0 asks for what is kept. */
static void fill_in_nothing(const room_table_nowhere *nowhere,
                            const hub_start *start, page *into)
{
    bool asked = start && start->given && !start->unusable
                 && room_id_compare(&start->after, &oldest) != 0;
    bool known = asked
                 && room_id_compare(&start->after, &nowhere->complete) >= 0
                 && room_id_compare(&start->after, &nowhere->newest) <= 0;

    into->gap = (start && start->unusable) || (asked && !known);
    into->last = known ? start->after : nowhere->newest;
}

/* Fills in the page after `start` or, when that is NULL, before `before`. */
static room_status fill_in(room_store *store, const hub_room_key *room,
                           const hub_settings *settings,
                           const hub_start *start, const room_id *before,
                           uint64_t limit, page *into)
{
    room_status status = ROOM_GONE;
    room_table_nowhere nowhere;
    room_handle handle;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        into->events.len = 0;
        status = room_table_look(store, room->key, room->key_size,
                                 settings->history_count,
                                 settings->history_age, base_clock_now(),
                                 &handle, &nowhere);
        if (status == ROOM_OK) {
            status = start ? seek_after(store, handle, start, into)
                           : seek_before(store, handle, before, limit, into);
        }
        if (status == ROOM_OK) {
            status = read_events(store, handle, into);
        }
    }
    if (status == ROOM_ABSENT) {
        fill_in_nothing(&nowhere, start, into);
        status = ROOM_OK;
    }
    return status;
}

static void write_page(page *from, base_bytes *json)
{
    char cursor[ROOM_ID_TEXT];

    room_id_format(&from->last, cursor);
    chat_event_poll_head(json, cursor, from->gap);
    base_bytes_append(json, from->events.data, from->events.len);
    chat_event_poll_tail(json, from->more);
}

bool hub_page_after(room_store *store, const hub_room_key *room,
                    const hub_settings *settings, const hub_start *start,
                    base_bytes *json, bool *any)
{
    page found = { .events = BASE_BYTES_INIT };
    room_status status = fill_in(store, room, settings, start, NULL, 0,
                                 &found);

    *any = status == ROOM_OK && (found.gap || found.events.len > 0);
    if (status == ROOM_OK) {
        write_page(&found, json);
    }
    base_bytes_free(&found.events);
    return status == ROOM_OK;
}

bool hub_page_before(room_store *store, const hub_room_key *room,
                     const hub_settings *settings, const room_id *before,
                     uint64_t limit, base_bytes *json)
{
    page found = { .events = BASE_BYTES_INIT };
    room_status status = fill_in(store, room, settings, NULL, before, limit,
                                 &found);

    if (status == ROOM_OK) {
        write_page(&found, json);
    }
    base_bytes_free(&found.events);
    return status == ROOM_OK;
}
