/* relay_due.c - see relay_due.h. */
#include "relay/reader/relay_due.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "relay/reader/relay_pages.h"
#include "relay/reader/relay_words.h"
#include "room/relay/room_follow.h"
#include "room/relay/room_reader.h"
#include "room/relay/room_relay.h"

/* A room in trouble is tried again after that; each time in a row takes
 * longer. */
#define LATER_US INT64_C(250000)
#define LATER_MOST_US INT64_C(8000000)

struct relay_due_ask {
    relay_follow *follow;
    uint32_t index;
    uint64_t number; /* relay_rooms_one.asked */
};

static void unqueue(relay_rooms_one *one)
{
    if (base_list_linked(&one->queued)) {
        base_list_remove(&one->queued);
    }
}

void relay_due_drop(relay_follow *follow, relay_rooms_one *one)
{
    if (one->pages) {
        relay_pages_free(one->pages);
        one->pages = NULL;
        follow->wholes--;
    }
}

void relay_due_want(relay_follow *follow, relay_rooms_one *one, bool whole)
{
    one->whole = one->whole || whole;
    if (one->state == RELAY_ROOMS_NEW) {
        return; /* it is fetched when it is subscribed to */
    }
    one->state = RELAY_ROOMS_FETCHING;
    if (one->asked != 0) {
        one->again = true;
    }
    else if (one->due_us == 0 || !base_list_linked(&one->queued)) {
        one->due_us = 0;
        unqueue(one);
        base_list_add_last(one->whole ? &follow->whole : &follow->due,
                           &one->queued);
    }
}

void relay_due_later(relay_follow *follow, relay_rooms_one *one)
{
    int64_t wait = LATER_US << (one->failures < 5 ? one->failures : 5);

    one->state = RELAY_ROOMS_FETCHING;
    if (one->asked != 0) {
        one->again = true;
        return;
    }
    one->failures++;
    relay_due_drop(follow, one);
    unqueue(one);
    one->due_us = base_clock_mono()
                  + (wait < LATER_MOST_US ? wait : LATER_MOST_US);
    base_list_add_last(&follow->later, &one->queued);
}

void relay_due_soon(relay_follow *follow, relay_rooms_one *one)
{
    one->failures = 0;
    relay_due_later(follow, one);
}

void relay_due_note(relay_rooms_one *one, const room_import_room *what)
{
    /* For the day on which Redis has lost the room, and is given it back. */
    one->room.archive_keep_ms = what->keep_ms != 0 ? what->keep_ms : -1;
    if (what->keep_ms != 0
        && room_id_compare(&what->kept, &one->kept) > 0) {
        one->kept = what->kept;
    }
}

bool relay_due_keep(relay_follow *follow, relay_rooms_one *one,
                    const room_id *upto, bool refused)
{
    if (!refused && room_id_compare(upto, &one->kept) > 0) {
        one->kept = *upto;
    }
    return room_follow_kept(follow->bus->store, one->handle, upto, refused)
           != ROOM_BUSY;
}

void relay_due_done(relay_follow *follow, relay_rooms_one *one)
{
    relay_due_drop(follow, one);
    /* What the archive has was perhaps told before the room had it. */
    if (one->kept.ms != 0
        && !relay_due_keep(follow, one, &one->kept, false)) {
        relay_due_later(follow, one);
        return;
    }
    one->failures = 0;
    one->offered = false;
    if (one->again || one->whole) {
        one->again = false;
        relay_due_want(follow, one, false);
    }
    else {
        one->state = RELAY_ROOMS_LIVE;
        room_follow_agree(follow->bus->store, one->handle);
        relay_others_live(follow->others, one);
    }
}

void relay_due_forget(relay_follow *follow, relay_rooms_one *one)
{
    relay_due_drop(follow, one);
    unqueue(one);
    one->asked = 0;
    one->due_us = 0;
    one->again = one->whole = one->offered = one->unfit = false;
}

relay_due_ask *relay_due_asks(relay_follow *follow, relay_rooms_one *one)
{
    relay_due_ask *ask = malloc(sizeof(*ask));

    BASE_CHECK(ask != NULL);
    one->asked = ++follow->orders;
    *ask = (relay_due_ask){ .follow = follow, .index = one->handle.index,
                              .number = one->asked };
    return ask;
}

void relay_due_send(relay_due_ask *ask, relay_order *order)
{
    ask->follow->asked++;
    relay_bus_send(ask->follow->bus, order);
}

relay_rooms_one *relay_due_of(relay_order *order, relay_follow **follow)
{
    relay_due_ask *ask = order->context;
    relay_rooms_one *one = relay_rooms_at(ask->follow->rooms, ask->index);

    *follow = ask->follow;
    ask->follow->asked--;
    if (one && one->asked != ask->number) {
        one = NULL;
    }
    if (one) {
        one->asked = 0;
    }
    free(ask);
    return one;
}

bool relay_due_answered(relay_follow *follow, relay_rooms_one *one,
                        const relay_order *order)
{
    size_t size;
    const char *text;

    if (order->status == RELAY_OK) {
        return true;
    }
    if (order->status == RELAY_REFUSED) {
        text = relay_answer_text(&order->answer, 0, &size);
        base_log_limited(BASE_LOG_WARN, "CW1212",
                         "Redis refuses what a room needs to follow it: %.*s",
                         (int)(size < 200 ? size : 200), text);
    }
    relay_due_later(follow, one);
    return false;
}

static void woken(relay_follow *follow, relay_rooms_one *one)
{
    if (!one->wake) {
        one->wake = true;
        base_bytes_append(&follow->woken, &one->handle.index,
                          sizeof(one->handle.index));
    }
}

bool relay_due_append(relay_follow *follow, relay_rooms_one *one,
                      const room_import_record *record,
                      const room_state *state, base_clock_time now)
{
    room_store *store = follow->bus->store;

    switch (room_follow_append(store, one->handle, &one->newest, record, state,
                               now)) {
    case ROOM_OK:
        relay_words_add(store, RELAY_WORD_RECEIVED, 1);
        woken(follow, one);
        one->newest = record->id;
        return true;
    case ROOM_SAME:
        one->newest = record->id;
        return true;
    case ROOM_BUSY:
        relay_due_soon(follow, one);
        return false;
    case ROOM_TOO_BIG: /* it can only be left out, with a gap */
        one->unfit = true;
        relay_due_want(follow, one, true);
        return false;
    case ROOM_STALE: /* it was damaged, and emptied */
        relay_due_want(follow, one, true);
        return false;
    default: /* it is another one now */
        room_reader_mark(store, one->handle);
        relay_due_later(follow, one);
        return false;
    }
}

void relay_due_lose(relay_follow *follow, relay_rooms_one *one,
                    const room_id *upto)
{
    room_store *store = follow->bus->store;
    room_relay_facts facts;

    if (room_relay_look(store, one->handle, &facts) != ROOM_OK
        || (room_id_compare(&facts.complete, upto) < 0
            && room_relay_find(store, one->handle, upto) != ROOM_OK)) {
        relay_due_want(follow, one, true);
    }
    else {
        (void)room_follow_lose(store, one->handle, upto);
    }
}

void relay_due_nonsense(relay_follow *follow, relay_rooms_one *one)
{
    base_log_limited(BASE_LOG_WARN, "CW1213",
                     "Redis: what it answers about a room makes no sense;"
                     " somebody else writes to our keys");
    relay_due_later(follow, one);
}
