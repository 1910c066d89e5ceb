/* relay_load.c - see relay_load.h. */
#include "relay/reader/relay_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "relay/reader/relay_words.h"
#include "room/relay/room_follow.h"
#include "room/relay/room_relay.h"

#define WAIT_US INT64_C(5000000)
#define PAGE_BYTES (256 * 1024)

/* A room has changed under our hands so often: something is wrong with it. */
#define ROUNDS_MOST 3

/* What a fresh room's positions are good for: see fetch.lua. */
#define FRESH_MS (INT64_C(29) * 86400000)

/* One answer, and what it points into. */
typedef struct {
    relay_order *order;
    relay_room_answer answer;
} page;

typedef struct {
    relay *r;
    const relay_room *room;
    room_id since;
    int64_t until_us;
    base_bytes pages;   /* of page */
    base_bytes records; /* room_import_record */
} loading;

static page *page_at(const loading *it, size_t index)
{
    return (page *)(void *)it->pages.data + index;
}

static size_t page_count(const loading *it)
{
    return it->pages.len / sizeof(page);
}

static void drop_pages(loading *it)
{
    for (size_t i = 0; i < page_count(it); i++) {
        relay_room_answer_free(&page_at(it, i)->answer);
        relay_order_free(page_at(it, i)->order);
    }
    it->pages.len = 0;
    it->records.len = 0;
}

/* ROOM_OK: one more page is there. ROOM_STALE: it does not go on where the one
 * before ended. */
static room_status fetch(loading *it, const room_id *after, bool make)
{
    page next = { .answer = RELAY_ROOM_ANSWER_INIT };
    const page *first = page_count(it) > 0 ? page_at(it, 0) : NULL;
    room_status status = ROOM_UNREAD;

    next.order = relay_room_fetch(it->room, after, make, PAGE_BYTES, &it->since,
                                  NULL, NULL);
    relay_ask(it->r, next.order, it->until_us);
    if (next.order->status == RELAY_OK) {
        bool good = relay_room_fetched(next.order, &next.answer);
        const relay_room_answer *got = &next.answer;

        status = !good || (got->more && got->what.count == 0) ? ROOM_UNREAD
                 : !got->known                                ? ROOM_ABSENT
                 : first && (got->epoch != first->answer.epoch || got->gap
                             || got->torn)
                     ? ROOM_STALE
                     : ROOM_OK;
    }
    if (status != ROOM_OK) {
        relay_room_answer_free(&next.answer);
        relay_order_free(next.order);
        return status;
    }
    base_bytes_append(&it->pages, &next, sizeof(next));
    base_bytes_append(&it->records, next.answer.what.records,
                      next.answer.what.count * sizeof(room_import_record));
    return ROOM_OK;
}

static room_status fetch_all(loading *it, bool make)
{
    room_status status = fetch(it, NULL, make);

    while (status == ROOM_OK) {
        const relay_room_answer *last =
            &page_at(it, page_count(it) - 1)->answer;
        room_id after;

        if (!last->more) {
            break;
        }
        after = last->what.records[last->what.count - 1].id;
        status = fetch(it, &after, false);
    }
    return status;
}

static room_status read_in(loading *it, room_store *store, room_handle handle)
{
    const relay_room_answer *first = &page_at(it, 0)->answer;
    const relay_room_answer *last = &page_at(it, page_count(it) - 1)->answer;
    room_import_room what = last->what;
    room_status status;

    what.complete = first->what.complete;
    what.records = (const void *)it->records.data;
    what.count = it->records.len / sizeof(room_import_record);
    status = room_relay_read_in(store, handle, &what, first->epoch,
                                base_clock_now());
    if (status == ROOM_OK && last->lost.ms != 0) {
        status = room_follow_lose(store, handle, &last->lost);
    }
    return status;
}

room_status relay_load_room(relay *r, room_handle handle,
                            const relay_room *room, bool make)
{
    room_store *store = relay_store_of(r);
    loading it = { .r = r, .room = room,
                   .until_us = base_clock_mono() + WAIT_US };
    room_status status = ROOM_STALE;

    if (!room_relay_wanted(store, handle)) {
        return ROOM_OK;
    }
    if (!relay_words_since(store, &it.since)) {
        return ROOM_UNREAD;
    }
    for (int i = 0; i < ROUNDS_MOST && status == ROOM_STALE; i++) {
        drop_pages(&it);
        status = fetch_all(&it, make);
    }
    if (status == ROOM_OK) {
        status = read_in(&it, store, handle);
    }
    drop_pages(&it);
    base_bytes_free(&it.pages);
    base_bytes_free(&it.records);
    return status == ROOM_STALE ? ROOM_UNREAD : status;
}

/* A position that Redis gives no id in front of any more. */
static bool ask_time(relay *r, int64_t until_us, room_id *now)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    int64_t seconds;
    int64_t rest;
    bool good;

    relay_order_add_text(order, "TIME");
    relay_ask(r, order, until_us);
    seconds = relay_answer_number(&order->answer, 0);
    rest = relay_answer_number(&order->answer, 1);
    good = order->status == RELAY_OK && seconds > 0 && rest >= 0
           && seconds < INT64_MAX / 1000000;
    if (good) {
        *now = (room_id){ (uint64_t)(seconds * 1000 + rest / 1000), 0 };
    }
    relay_order_free(order);
    return good;
}

room_status relay_load_known(relay *r, const relay_room *room,
                             room_table_nowhere *nowhere)
{
    int64_t until_us = base_clock_mono() + WAIT_US;
    loading it = { .r = r, .room = room, .until_us = until_us };
    room_status status;
    room_id after = { INT64_MAX / 1000, 0 };
    room_id now;

    /* In this order: what is made in between is known. */
    if (!relay_words_since(relay_store_of(r), &it.since)
        || !ask_time(r, until_us, &now)) {
        return ROOM_UNREAD;
    }
    status = fetch(&it, &after, false);
    drop_pages(&it);
    base_bytes_free(&it.pages);
    base_bytes_free(&it.records);
    if (status == ROOM_ABSENT) {
        room_id fresh = { now.ms - FRESH_MS, 0 };

        nowhere->complete = room_id_compare(&it.since, &fresh) > 0 ? it.since
                                                                   : fresh;
        nowhere->newest = room_id_compare(&it.since, &now) > 0 ? it.since
                                                               : now;
    }
    return status;
}

/* Waiting takes a place among those who may, as asking does. */
static void wait_for(relay *r, room_handle handle, const room_id *position,
                     int64_t until_us)
{
    const relay_settings *settings = relay_told(r);

    if (settings->enter && !settings->enter()) {
        return;
    }
    (void)room_relay_wait(relay_store_of(r), handle, position, until_us);
    if (settings->leave) {
        settings->leave();
    }
}

void relay_load_reach(relay *r, room_handle handle, const relay_room *room,
                      const room_id *position)
{
    loading it = { .r = r, .room = room,
                   .until_us = base_clock_mono() + WAIT_US };

    if (room_relay_has(relay_store_of(r), handle, position)
        || !relay_words_since(relay_store_of(r), &it.since)) {
        return;
    }
    if (fetch(&it, position, false) == ROOM_OK
        && room_id_compare(position, &page_at(&it, 0)->answer.what.newest)
               <= 0) {
        wait_for(r, handle, position, it.until_us);
    }
    drop_pages(&it);
    base_bytes_free(&it.pages);
    base_bytes_free(&it.records);
}
