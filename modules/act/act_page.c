/* act_page.c - polls and pages of history; see act_page.h. */
#include "act/act_page.h"

#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "room/log/room_log.h"
#include "room/table/room_table.h"

/* How often we look again when what we were about to read has gone. */
#define TRIES 5

/* Bytes read at a time: nobody else gets the room's lock meanwhile. */
#define STEP 65536

static const room_id oldest = { 0, 0 };

/* What is to be read, and what came of it. */
typedef struct {
    room_log_cursor at; /* the next message */
    uint64_t seq;       /* what was added so far ends in front of it */
    uint64_t to;
    room_id last; /* the cursor */
    bool gap;
    bool more;
    bool newest;        /* of too many the oldest are left out */
    base_bytes events;  /* each with a comma behind it */
    base_bytes ends;    /* of each event: size_t, counted from the first one */
    size_t dropped;     /* bytes of events that are left out and freed */
    size_t first;       /* index of the first event that is not left out */
} page;

static const size_t *ends_of(const page *of, size_t *count)
{
    *count = of->ends.len / sizeof(size_t);
    return (const size_t *)(const void *)of->ends.data;
}

/* Where the first event that is told begins. */
static size_t start_of(const page *of)
{
    size_t count;
    const size_t *ends = ends_of(of, &count);

    return of->first > 0 ? ends[of->first - 1] - of->dropped : 0;
}

static bool is_full(const page *of, size_t more)
{
    return of->events.len > 0
           && (of->ends.len / sizeof(size_t) >= ACT_PAGE_EVENTS
               || of->events.len + more > ACT_PAGE_BYTES);
}

/* Leaves the oldest out until the rest fits. Their memory goes when it is as
 * much as a page, so that a byte is moved once. */
static void leave_oldest(page *of)
{
    size_t count;
    const size_t *ends = ends_of(of, &count);
    size_t start = start_of(of);

    while (of->first + 1 < count && of->events.len - start > ACT_PAGE_BYTES) {
        start = ends[of->first++] - of->dropped;
        of->more = true;
    }
    if (start > ACT_PAGE_BYTES) {
        base_bytes_drop(&of->events, start);
        of->dropped += start;
    }
}

static void clear(page *of)
{
    of->events.len = of->ends.len = 0;
    of->first = of->dropped = 0;
}

static void release(page *of)
{
    base_bytes_free(&of->events);
    base_bytes_free(&of->ends);
}

static bool add_event(void *context, const room_log_record *record)
{
    page *into = context;

    size_t end;

    if (record->seq != into->seq
        || (!into->newest && is_full(into, record->size))) {
        return false;
    }
    base_bytes_reserve(&into->events, record->size + 1);
    room_log_copy(record, into->events.data + into->events.len);
    into->events.len += record->size;
    base_bytes_append(&into->events, ",", 1);
    end = into->events.len + into->dropped;
    base_bytes_append(&into->ends, &end, sizeof(end));
    if (into->newest) {
        leave_oldest(into);
    }
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
    uint64_t before = UINT64_MAX;

    into->at = (room_log_cursor){ into->seq, 0, 0 };
    while (status == ROOM_OK && into->seq < into->to && into->seq != before) {
        before = into->seq;
        status = room_log_read_on(store, handle, &into->at, into->to, STEP,
                                  add_event, into);
    }
    if (status == ROOM_OK && into->seq < into->to) {
        into->more = true; /* behind what fits, or behind a hole */
        if (into->newest || into->events.len == 0) {
            status = ROOM_GONE;
        }
    }
    return status;
}

static room_status seek_after(room_store *store, room_handle handle,
                              const act_start *start, page *into)
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
    into->more = false;
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
                            const act_start *start, page *into)
{
    bool asked = start && start->given && !start->unusable
                 && room_id_compare(&start->after, &oldest) != 0;
    bool known = asked
                 && room_id_compare(&start->after, &nowhere->complete) >= 0
                 && room_id_compare(&start->after, &nowhere->newest) <= 0;

    into->more = false;
    into->gap = (start && start->unusable) || (asked && !known);
    into->last = known ? start->after : nowhere->newest;
}

/* Fills in the page after `start` or, when that is NULL, before `before`. */
static room_status fill_in(room_store *store, const act_room_key *room,
                           const act_settings *settings,
                           const act_start *start, const room_id *before,
                           uint64_t limit, page *into)
{
    room_status status = ROOM_GONE;
    room_table_nowhere nowhere;
    room_handle handle;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        clear(into);
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
    size_t start = start_of(from);

    room_id_format(&from->last, cursor);
    chat_event_poll_head(json, cursor, from->gap);
    if (from->events.len > start) {
        base_bytes_append(json, from->events.data + start,
                          from->events.len - start - 1);
    }
    chat_event_poll_tail(json, from->more);
}

bool act_page_after(room_store *store, const act_room_key *room,
                    const act_settings *settings, const act_start *start,
                    base_bytes *json, bool *any)
{
    page found = { .events = BASE_BYTES_INIT };
    room_status status = fill_in(store, room, settings, start, NULL, 0,
                                 &found);

    *any = status == ROOM_OK && (found.gap || found.events.len > 0);
    if (status == ROOM_OK) {
        write_page(&found, json);
    }
    release(&found);
    return status == ROOM_OK;
}

bool act_page_before(room_store *store, const act_room_key *room,
                     const act_settings *settings, const room_id *before,
                     uint64_t limit, base_bytes *json)
{
    page found = { .newest = true };
    room_status status = fill_in(store, room, settings, NULL, before,
                                 limit < ACT_PAGE_EVENTS ? limit
                                                         : ACT_PAGE_EVENTS,
                                 &found);

    if (status == ROOM_OK) {
        write_page(&found, json);
    }
    release(&found);
    return status == ROOM_OK;
}
