/* act_page.c - pages of one room; see act_page.h. */
#include "act/act_page.h"

#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "room/log/room_log.h"

/* How often we look again when what we were about to read has gone. */
#define TRIES 5

/* Bytes read at a time: nobody else gets the room's lock meanwhile. */
#define STEP 65536

/* The sizes of the messages from `next` on. */
typedef struct {
    uint64_t next;
    size_t count;
    uint64_t seqs[ACT_PAGE_EVENTS];
    size_t list[ACT_PAGE_EVENTS];
} sizes;

static void begin(act_page *page, uint64_t from)
{
    page->events.len = page->count = 0;
    page->from = page->next = from;
    page->gap = page->more = false;
}

/* The log may lose its oldest messages between two pieces. Where one is missing
 * the page ends. */
static bool add_event(void *context, const room_log_record *record)
{
    act_page *page = context;
    base_bytes *events = &page->events;

    bool left_out = page->messages_only && record->kind != ROOM_LOG_MESSAGE;

    if (page->next < record->since
        || (page->count > 0 && !left_out
            && (page->count == ACT_PAGE_EVENTS
                || events->len + record->size > page->most))) {
        return false;
    }
    page->next = record->seq + 1;
    if (left_out) {
        return true;
    }
    base_bytes_reserve(events, record->size + 1);
    room_log_copy(record, events->data + events->len);
    events->len += record->size;
    base_bytes_append(events, ",", 1);
    page->first = page->count == 0 ? record->id : page->first;
    page->last = record->id;
    page->count++;
    return true;
}

static bool add_size(void *context, const room_log_record *record)
{
    sizes *found = context;

    bool message = record->kind == ROOM_LOG_MESSAGE;

    if (found->next < record->since
        || (message && found->count == ACT_PAGE_EVENTS)) {
        return false;
    }
    found->next = record->seq + 1;
    if (message) {
        found->seqs[found->count] = record->seq;
        found->list[found->count++] = record->size + 1;
    }
    return true;
}

/* Visits from `*next` on, which the visitor moves, until it is `to` or nothing
 * moves it. */
static room_status visit(room_store *store, room_handle room, uint64_t *next,
                         uint64_t to, room_log_visit *visitor, void *context)
{
    room_log_cursor at = { *next, 0, 0 };
    room_status status = ROOM_OK;
    uint64_t before = UINT64_MAX;

    while (status == ROOM_OK && *next < to && *next != before) {
        before = *next;
        status = room_log_read_on(store, room, &at, to, STEP, visitor,
                                  context);
    }
    return status;
}

/* ROOM_GONE also when the first message has gone since we looked where to read:
 * the next look will tell the gap. */
static room_status read_events(room_store *store, room_handle room,
                               uint64_t to, act_page *page)
{
    room_status status = visit(store, room, &page->next, to, add_event, page);

    if (status == ROOM_OK && page->next < to) {
        page->more = true; /* behind what fits, or behind a hole */
        status = page->count == 0 ? ROOM_GONE : ROOM_OK;
    }
    return status;
}

/* `last` is the cursor of an empty page; each event puts its own id there. */
room_status act_page_newer(room_store *store, room_handle room,
                           const act_start *start, act_page *page)
{
    room_log_position at;
    room_status status = act_start_seek(store, room, start, &at);

    if (status != ROOM_OK) {
        return status;
    }
    begin(page, at.seq);
    page->last = at.cursor;
    page->gap = at.gap;
    return read_events(store, room, at.next_seq, page);
}

/* Of more than fits the oldest are left out, which takes a look at the sizes
 * first. */
room_status act_page_older(room_store *store, room_handle room,
                           const room_id *before, uint64_t limit,
                           act_page *page)
{
    sizes found;
    size_t total = 0;
    size_t first;
    room_log_page at;
    room_status status = room_log_seek_page(store, room, before, limit,
                                            base_clock_mono(), &at);

    found.next = at.from;
    found.count = 0;
    if (status == ROOM_OK) {
        status = visit(store, room, &found.next, at.to, add_size, &found);
    }
    if (status != ROOM_OK) {
        return status;
    }
    /* From the newest on, so that what is left out is the oldest; the newest
     * comes whatever its size is. */
    for (first = found.count; first > 0; first--) {
        total += found.list[first - 1];
        if (total > page->most && first < found.count) {
            break;
        }
    }
    begin(page, first < found.count ? found.seqs[first] : at.to);
    page->last = at.cursor;
    page->messages_only = true;
    status = read_events(store, room, at.to, page);
    page->more = at.more || first > 0;
    /* A page after a cursor may end early, for the next one begins there. This
     * one has to have the newest: nobody would ask for them again. */
    return status == ROOM_OK && page->next < at.to ? ROOM_GONE : status;
}

bool act_page_from(room_store *store, room_handle room, uint64_t from,
                   act_page *page)
{
    room_status status = ROOM_GONE;
    room_log_state now;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        begin(page, from);
        status = room_log_info(store, room, base_clock_mono(), &now);
        page->last = now.newest; /* unless there is an event */
        page->gap = from < now.first_seq;
        page->next = page->gap ? now.first_seq : from;
        if (status == ROOM_OK) {
            status = read_events(store, room, now.next_seq, page);
        }
    }
    if (status != ROOM_OK) {
        begin(page, 0);
    }
    return status == ROOM_OK;
}

void act_page_write(const act_page *page, base_bytes *json)
{
    char cursor[ROOM_ID_TEXT];

    room_id_format(&page->last, cursor);
    chat_event_poll_head(json, cursor, page->gap);
    if (page->count > 0) {
        base_bytes_append(json, page->events.data, page->events.len - 1);
    }
    chat_event_poll_tail(json, page->more);
}
