/* relay_load.c - see relay_load.h. */
#include "relay/reader/relay_load.h"

#include <poll.h>

#include "relay/reader/relay_pages.h"
#include "relay/reader/relay_words.h"
#include "room/relay/room_follow.h"
#include "room/relay/room_relay.h"

#define WAIT_US INT64_C(5000000)
#define PAGE_BYTES (256 * 1024)

/* A room has changed under our hands, or hosts bring it back just now, or the
 * archive's writer does: it is read again in a moment; each time in a row takes
 * longer, since all of it comes out of the Redis that is being filled. */
#define AGAIN_MS 50
#define AGAIN_MOST_MS 500

/* What a fresh room's positions are good for: see fetch.lua. */
#define FRESH_MS (INT64_C(29) * 86400000)

typedef struct {
    relay *r;
    const relay_room *room;
    room_id since;
    int64_t until_us;
    relay_pages *pages;
    bool more;
} loading;

/* ROOM_OK: one more page is there. ROOM_STALE: it does not go on where the one
 * before ended. */
static room_status fetch(loading *it, const room_id *after, bool make)
{
    relay_order *order = relay_room_fetch(it->room, after, make, PAGE_BYTES,
                                          &it->since, NULL, NULL);
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;
    room_status status = ROOM_UNREAD;

    relay_ask_inside(it->r, order, it->until_us);
    if (order->status == RELAY_OK && relay_room_fetched(order, &answer)) {
        status = answer.known     ? ROOM_OK
                 : answer.another ? ROOM_UNREAD
                 : answer.asked   ? ROOM_STALE
                                  : ROOM_ABSENT;
    }
    if (answer.another) { /* the reader need not wait for its next beat */
        relay_words_set(relay_store_of(it->r), RELAY_WORD_DOUBT, 1);
    }
    if (status != ROOM_OK) {
        relay_room_answer_free(&answer);
        relay_order_free(order);
        return status;
    }
    it->more = answer.more;
    return relay_pages_add(it->pages, order, &answer) ? ROOM_OK : ROOM_STALE;
}

static room_status fetch_all(loading *it, bool make)
{
    room_status status;

    it->pages = relay_pages_create();
    status = fetch(it, NULL, make);
    if (status == ROOM_OK && it->pages->torn) {
        status = ROOM_STALE;
    }
    while (status == ROOM_OK && it->more) {
        room_id after = *relay_pages_end(it->pages);

        status = fetch(it, &after, false);
    }
    return status;
}

static void drop_pages(loading *it)
{
    relay_pages_free(it->pages);
    it->pages = NULL;
}

static room_status read_in(loading *it, room_store *store, room_handle handle)
{
    const relay_pages *pages = it->pages;
    room_import_room what = { .birth = pages->birth,
                              .newest = pages->top,
                              .complete = pages->complete,
                              .kept = pages->kept,
                              .keep_ms = pages->keep_ms,
                              .state = pages->state };
    room_status status;

    relay_pages_collect(it->pages, store);
    what.records = relay_pages_records(pages, &what.count);
    status = room_relay_read_in(store, handle, &what, pages->epoch,
                                base_clock_now());
    if (status == ROOM_OK && pages->lost.ms != 0) {
        status = room_follow_lose(store, handle, &pages->lost);
    }
    return status;
}

/* With its turn; more than once, while hosts bring the room back. */
static room_status load(loading *it, room_handle handle, bool make)
{
    room_status status = fetch_all(it, make);
    int wait_ms = AGAIN_MS;

    while (status == ROOM_STALE && base_clock_mono() < it->until_us) {
        drop_pages(it);
        (void)poll(NULL, 0, wait_ms);
        wait_ms = 2 * wait_ms < AGAIN_MOST_MS ? 2 * wait_ms : AGAIN_MOST_MS;
        status = fetch_all(it, make);
    }
    if (status == ROOM_OK) {
        status = read_in(it, relay_store_of(it->r), handle);
    }
    drop_pages(it);
    return status == ROOM_STALE ? ROOM_UNREAD : status;
}

/* After a start all may come to one room at once. */
static room_status load_alone(loading *it, room_handle handle, bool make)
{
    room_store *store = relay_store_of(it->r);
    room_status status;
    uint64_t turn;

    if (!room_relay_load_begin(store, handle, it->until_us, &turn)) {
        return room_relay_wanted(store, handle) ? ROOM_UNREAD : ROOM_OK;
    }
    status = load(it, handle, make);
    room_relay_load_end(store, handle, turn);
    return status;
}

room_status relay_load_room(relay *r, room_handle handle,
                            const relay_room *room, bool make)
{
    room_store *store = relay_store_of(r);
    loading it = { .r = r, .room = room,
                   .until_us = base_clock_mono() + WAIT_US };
    room_status status;

    if (!room_relay_wanted(store, handle)) {
        return ROOM_OK;
    }
    if (!relay_words_since(store, &it.since) || !relay_enter(r)) {
        return ROOM_UNREAD;
    }
    status = load_alone(&it, handle, make);
    relay_leave(r);
    return status;
}

/* A position that Redis gives no id in front of any more. */
static bool ask_time(relay *r, int64_t until_us, room_id *now)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    int64_t seconds;
    int64_t rest;
    bool good;

    relay_order_add_text(order, "TIME");
    relay_ask_inside(r, order, until_us);
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
    room_status status = ROOM_UNREAD;
    room_id after = { INT64_MAX / 1000, 0 };
    room_id now;

    if (!relay_words_since(relay_store_of(r), &it.since) || !relay_enter(r)) {
        return ROOM_UNREAD;
    }
    /* In this order: what is made in between is known. */
    if (ask_time(r, until_us, &now)) {
        it.pages = relay_pages_create();
        status = fetch(&it, &after, false);
        drop_pages(&it);
    }
    relay_leave(r);
    if (status == ROOM_ABSENT) {
        room_id fresh = { now.ms - FRESH_MS, 0 };

        nowhere->complete = room_id_compare(&it.since, &fresh) > 0 ? it.since
                                                                   : fresh;
        nowhere->newest = room_id_compare(&it.since, &now) > 0 ? it.since
                                                               : now;
    }
    return status;
}

void relay_load_reach(relay *r, room_handle handle, const relay_room *room,
                      const room_id *position)
{
    loading it = { .r = r, .room = room,
                   .until_us = base_clock_mono() + WAIT_US };

    if (room_relay_has(relay_store_of(r), handle, position)
        || !relay_words_since(relay_store_of(r), &it.since)
        || !relay_enter(r)) {
        return;
    }
    it.pages = relay_pages_create();
    if (fetch(&it, position, false) == ROOM_OK
        && room_id_compare(position, &it.pages->top) <= 0) {
        (void)room_relay_wait(relay_store_of(r), handle, position,
                              it.until_us);
    }
    drop_pages(&it);
    relay_leave(r);
}
