/* act_search.c - from the newest message back; see act_search.h. */
#include "act/past/act_search.h"

#include <string.h>

#include "act/past/act_past.h"
#include "chat/chat_event.h"

/* How often we look again when what we were about to read has gone. */
#define TRIES 5

/* A piece of a buffer. */
typedef struct {
    size_t at;
    size_t size;
} piece;

/* What is looked for, and what was found. */
typedef struct {
    const chat_search *words;
    size_t limit;
    base_bytes events; /* the newest first */
    size_t count;
    piece list[ACT_SEARCH_EVENTS];
    room_id down;  /* everything from here on was looked through */
    size_t looked; /* bytes */
    bool more;
} findings;

/* The id of a message's event. False: it has none. */
static bool id_of(const unsigned char *event, size_t size, room_id *id)
{
    size_t head = sizeof(CHAT_EVENT_MESSAGE_HEAD) - 1;
    const char *text = (const char *)event + head;
    const char *end = size > head ? memchr(text, '"', size - head) : NULL;

    return end && room_id_parse(text, (size_t)(end - text), id);
}

/* False: there is no place for another one. */
static bool add(findings *found, const unsigned char *event, size_t size)
{
    if (found->count == found->limit
        || (found->count > 0
            && found->events.len + size > ACT_PAGE_BYTES)) {
        return false;
    }
    found->list[found->count++] = (piece){ found->events.len, size };
    base_bytes_append(&found->events, event, size);
    return true;
}

/* An event of a page. */
typedef struct {
    piece at;
    room_id id;
    bool has; /* what is looked for */
} looked_at;

/* Each has a comma behind it. Returns how many there are; one that is damaged
 * ends them. */
static size_t look_at_all(const chat_search *words, const act_page *page,
                          looked_at list[ACT_PAGE_EVENTS])
{
    const unsigned char *events = page->events.data;
    size_t at = 0;
    size_t count = 0;

    while (count < page->count) {
        looked_at *one = &list[count];
        size_t size = chat_search_event(words, events + at,
                                        page->events.len - at, &one->has);

        if (size == 0 || !id_of(events + at, size, &one->id)) {
            break;
        }
        one->at = (piece){ at, size };
        at += size + 1;
        count++;
    }
    return count;
}

/* Looks through one page. False: that is enough. */
static bool look_through(findings *found, const act_page *page)
{
    looked_at list[ACT_PAGE_EVENTS];
    size_t count = look_at_all(found->words, page, list);

    for (size_t i = count; i > 0; i--) {
        const looked_at *one = &list[i - 1];

        if (one->has
            && !add(found, page->events.data + one->at.at, one->at.size)) {
            found->more = true;
            return false;
        }
        found->down = one->id;
    }
    found->looked += page->events.len;
    found->more = page->more && count > 0;
    return found->more && found->looked < ACT_SEARCH_BYTES;
}

/* Page by page, as one who scrolls up. `kept`: in front of that number there is
 * nothing to look through in the room. */
static room_status search_kept(const act_past *past, const room_id *before,
                               findings *found, uint64_t *kept)
{
    act_page page = { .most = ACT_PAGE_BYTES };
    room_status status;
    bool on = true;

    found->down = *before;
    while (on) {
        status = act_page_older(past->store, past->room, &found->down,
                                ACT_PAGE_EVENTS, &page);
        if (status != ROOM_OK) {
            break;
        }
        if (page.count == 0 && room_id_compare(&page.last, before) < 0) {
            found->down = page.last;
        }
        *kept = page.from;
        on = page.count > 0 && look_through(found, &page);
    }
    base_bytes_free(&page.events);
    return status;
}

/* In front of what the room keeps. */
static room_status search_past(const act_past *past, findings *found,
                               uint64_t kept)
{
    archive_page rows = ARCHIVE_PAGE_INIT;
    size_t left = found->limit - found->count;
    room_id before = found->down;
    room_status status;

    /* With all places taken one row tells whether there is more. */
    status = act_past_search(past, found->words, &before, kept,
                             left > 0 ? left : 1, ACT_PAGE_BYTES, &rows);
    if (status == ROOM_OK) {
        found->down = rows.from;
        found->more = rows.more;
    }
    for (size_t i = rows.count; i > 0; i--) {
        const archive_row *row = &rows.rows[i - 1];

        if (!add(found, rows.bodies.data + row->at, row->size)) {
            found->more = true;
            found->down = i < rows.count ? rows.rows[i].id : before;
            break;
        }
    }
    archive_page_free(&rows);
    return status;
}

static room_status search_room(const act_past *past, const room_id *before,
                               findings *found)
{
    uint64_t kept = 0;
    room_status status = search_kept(past, before, found, &kept);

    return status == ROOM_OK && !found->more ? search_past(past, found, kept)
                                             : status;
}

static void begin(findings *found)
{
    found->events.len = found->count = found->looked = 0;
    found->more = false;
}

/* Oldest first. */
static void write_page(const findings *found, base_bytes *json)
{
    act_page page = { .last = found->down, .more = found->more,
                      .count = found->count };

    for (size_t i = found->count; i > 0; i--) {
        const piece *one = &found->list[i - 1];

        base_bytes_append(&page.events, found->events.data + one->at,
                          one->size);
        base_bytes_append(&page.events, ",", 1);
    }
    act_page_write(&page, json);
    base_bytes_free(&page.events);
}

room_status act_search(room_store *store, const act_room_key *room,
                       const act_settings *settings, const chat_search *words,
                       const room_id *before, uint64_t limit, base_bytes *json)
{
    act_past past = { .store = store, .key = room, .settings = settings };
    findings found = { .words = words,
                       .limit = limit < ACT_SEARCH_EVENTS
                                    ? (size_t)limit : ACT_SEARCH_EVENTS };
    room_status status = ROOM_GONE;
    room_table_nowhere nowhere;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        begin(&found);
        status = act_room_seek(store, room, settings, &past.room, &nowhere);
        if (status == ROOM_OK) {
            status = search_room(&past, before, &found);
        }
    }
    if (status == ROOM_ABSENT) {
        found.down = nowhere.newest;
        status = ROOM_OK;
    }
    if (status == ROOM_OK) {
        write_page(&found, json);
    }
    base_bytes_free(&found.events);
    return status;
}
