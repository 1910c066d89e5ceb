/* act_history.c - see act_history.h. */
#include "act/past/act_history.h"

#include "act/act_room.h"
#include "act/past/act_past.h"
#include "relay/reader/relay_load.h"

/* How often we look again when what we were about to read has gone. */
#define TRIES 5

/* What is asked for, in a room that may not exist. */
typedef struct {
    const act_start *start; /* NULL: what comes before: */
    room_id before;
    uint64_t limit;
} demand;

/* The page of a room that does not exist: a position of it is exact when the
 * room, if it is made, begins behind it. 0-0 asks for what is kept. */
static void fill_in_nothing(const room_table_nowhere *nowhere,
                            const act_start *start, act_page *page)
{
    static const room_id oldest = { 0, 0 };
    bool asked = start && start->given && !start->unusable
                 && room_id_compare(&start->after, &oldest) != 0;
    bool known = asked
                 && room_id_compare(&start->after, &nowhere->complete) >= 0
                 && room_id_compare(&start->after, &nowhere->newest) <= 0;

    *page = (act_page){ .events = page->events, .most = page->most };
    page->events.len = 0;
    page->gap = (start && start->unusable) || (asked && !known);
    page->last = known ? start->after : nowhere->newest;
}

static room_status read_page(const act_past *past, const demand *asked,
                             act_page *page)
{
    room_status status;

    if (asked->start) {
        status = act_page_newer(past->store, past->room, asked->start, page);
        return status == ROOM_OK ? act_past_newer(past, asked->start, page)
                                 : status;
    }
    status = act_page_older(past->store, past->room, &asked->before,
                            asked->limit, page);
    return status == ROOM_OK ? act_past_older(past, &asked->before,
                                              asked->limit, page)
                             : status;
}

/* The host where the client was may have been faster than this one. */
static void reach(const act_past *past, const act_start *start)
{
    relay_room there;

    if (past->key->relay && start && start->given && !start->unusable) {
        act_room_relayed(past->store, past->key, past->settings,
                         past->key->relay, &there);
        relay_load_reach(past->key->relay, past->room, &there, &start->after);
    }
}

/* Each try looks for the room anew: it may have been given to another key, and
 * then there is none. */
static room_status fill_in(act_past *past, const demand *asked, act_page *page)
{
    room_status status = ROOM_GONE;
    room_table_nowhere nowhere;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        status = act_room_seek(past->store, past->key, past->settings,
                               &past->room, &nowhere);
        if (status == ROOM_OK) {
            reach(past, asked->start);
            status = read_page(past, asked, page);
        }
    }
    if (status == ROOM_ABSENT) {
        fill_in_nothing(&nowhere, asked->start, page);
        status = ROOM_OK;
    }
    return status;
}

static room_status write_demand(act_past *past, const demand *asked,
                                base_bytes *json, bool *any)
{
    act_page page = { .most = ACT_PAGE_BYTES };
    room_status status = fill_in(past, asked, &page);

    *any = status == ROOM_OK && (page.gap || page.count > 0);
    if (status == ROOM_OK) {
        act_page_write(&page, json);
    }
    base_bytes_free(&page.events);
    return status;
}

room_status act_history_after(room_store *store, const act_room_key *room,
                              const act_settings *settings,
                              const act_start *start, base_bytes *json,
                              bool *any)
{
    act_past past = { .store = store, .key = room, .settings = settings };

    return write_demand(&past, &(demand){ .start = start }, json, any);
}

room_status act_history_before(room_store *store, const act_room_key *room,
                               const act_settings *settings,
                               const room_id *before, uint64_t limit,
                               base_bytes *json)
{
    act_past past = { .store = store, .key = room, .settings = settings };
    demand asked = { .before = *before,
                     .limit = limit < ACT_PAGE_EVENTS ? limit
                                                      : ACT_PAGE_EVENTS };
    bool any;

    return write_demand(&past, &asked, json, &any);
}

room_status act_history_look(room_store *store, const act_room_key *room,
                             const act_settings *settings, act_start *start)
{
    act_past past = { .store = store, .key = room, .settings = settings };
    room_status status = ROOM_GONE;
    room_table_nowhere nowhere;

    start->archived = false;
    if (!(room->archive || room->relay) || !start->given) {
        return ROOM_OK;
    }
    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        status = act_room_seek(store, room, settings, &past.room, &nowhere);
        if (status == ROOM_OK) {
            reach(&past, start);
        }
        if (status == ROOM_OK && room->archive) {
            status = act_past_has(&past, start, &start->archived);
        }
    }
    return status == ROOM_ABSENT ? ROOM_OK : status;
}
