/* relay_compare.c - see relay_compare.h. */
#include "relay/reader/relay_compare.h"

#include "base/base_log.h"
#include "relay/reader/relay_due.h"
#include "relay/reader/relay_hello.h"
#include "relay/reader/relay_own.h"
#include "relay/reader/relay_pages.h"
#include "relay/reader/relay_words.h"
#include "room/relay/room_follow.h"
#include "room/relay/room_reader.h"

/* Rounds in which nothing came of it: then it is tried later. */
#define ROUNDS_MOST 5

static void answered(relay_order *order);

static void ask(relay_follow *follow, relay_rooms_one *one,
                const room_id *after)
{
    relay_due_ask *it = relay_due_asks(follow, one);

    relay_due_send(it, relay_room_fetch(&one->room, after, false,
                                        RELAY_DUE_BYTES, NULL,
                                        answered, it));
}

void relay_compare_start(relay_follow *follow, relay_rooms_one *one)
{
    relay_due_drop(follow, one);
    one->pages = relay_pages_create();
    follow->wholes++;
    one->again = one->whole = false;
    ask(follow, one, NULL);
}

/* Something has changed in between, or was offered: from the beginning. */
static void start_again(relay_follow *follow, relay_rooms_one *one)
{
    if (++one->failures > ROUNDS_MOST) {
        one->whole = true;
        relay_due_later(follow, one);
    }
    else {
        relay_compare_start(follow, one);
    }
}

/* The room is what Redis has. Whoever reads it gets a gap, unless it was not
 * read in yet. */
static room_status fill(room_store *store, relay_rooms_one *one, bool unread)
{
    relay_pages *pages = one->pages;
    room_import_room what = { .birth = pages->birth,
                              .newest = pages->top,
                              .complete = pages->complete,
                              .kept = pages->kept,
                              .keep_ms = pages->keep_ms,
                              .state = pages->state };
    base_clock_time now = base_clock_now();
    room_status status;

    relay_due_note(one, &what);
    what.records = relay_pages_records(pages, &what.count);
    status = unread ? room_relay_read_in(store, one->handle, &what,
                                         pages->epoch, now)
                    : room_follow_replace(store, one->handle, &what,
                                          pages->epoch, now);
    return status == ROOM_OK && pages->lost.ms != 0
               ? room_follow_lose(store, one->handle, &pages->lost) : status;
}

static void replace(relay_follow *follow, relay_rooms_one *one, bool unread)
{
    room_store *store = follow->bus->store;
    room_status status = fill(store, one, unread);
    room_relay_facts facts;

    if (status == ROOM_OK) {
        status = room_relay_look(store, one->handle, &facts);
    }
    if (status != ROOM_OK) {
        one->whole = true;
        room_reader_mark(store, one->handle);
        relay_due_later(follow, one);
        return;
    }
    one->epoch = facts.epoch;
    one->newest = facts.newest;
    one->unfit = one->unread = false;
    room_log_wake_readers(store, one->handle, -1);
    if (!unread) {
        relay_words_add(store, RELAY_WORD_GAPS, 1);
        base_log_limited(BASE_LOG_NOTICE, "CW1214",
                         "a room has missed something for good, and was read"
                         " in anew from Redis; who reads it gets a gap");
    }
    relay_due_done(follow, one);
}

/* Nothing is missing anywhere: what comes behind is appended. */
static void agree(relay_follow *follow, relay_rooms_one *one)
{
    relay_pages *pages = one->pages;
    const room_state *states = (const void *)pages->states.data;
    base_clock_time now = base_clock_now();
    size_t count;
    const room_import_record *records = relay_pages_records(pages, &count);
    size_t state = 0;

    if (one->epoch != pages->epoch
        && room_follow_epoch(follow->bus->store, one->handle, pages->epoch)
               != ROOM_OK) {
        one->whole = true;
        relay_due_later(follow, one);
        return;
    }
    one->epoch = pages->epoch;
    for (size_t i = 0; i < count; i++) {
        bool stated = records[i].kind == ROOM_LOG_STATE;

        if (room_id_compare(&records[i].id, &one->newest) > 0
            && !relay_due_append(follow, one, &records[i],
                                 stated ? &states[state] : NULL, now)) {
            relay_due_drop(follow, one);
            return;
        }
        state += stated;
    }
    if (pages->lost.ms != 0) {
        (void)room_follow_lose(follow->bus->store, one->handle, &pages->lost);
    }
    relay_due_note(one, &(room_import_room){ .kept = pages->kept,
                                             .keep_ms = pages->keep_ms });
    relay_due_done(follow, one);
}

/* False: the room is another one, or cannot be looked at now; see to that. */
static bool look(relay_follow *follow, relay_rooms_one *one,
                 room_relay_facts *facts)
{
    room_status status = room_relay_look(follow->bus->store, one->handle,
                                         facts);

    if (status == ROOM_OK) {
        return true;
    }
    room_reader_mark(follow->bus->store, one->handle);
    one->whole = true;
    relay_due_later(follow, one);
    return false;
}

static void offered(relay_order *order);

/* Those from this one on, as many as one order takes; UINT64_MAX: none. */
static void offer(relay_follow *follow, relay_rooms_one *one,
                  const room_relay_facts *facts, uint64_t seq)
{
    relay_order *order = relay_room_restore(&one->room, follow->bus->host,
                                            facts, offered, NULL);
    relay_order *keep;
    relay_due_ask *it;

    one->rest = seq;
    if (seq != UINT64_MAX
        && relay_own_offer(follow->bus->store, one->handle, facts, order,
                           &one->rest)
               != ROOM_OK) {
        relay_order_free(order);
        one->whole = true;
        relay_due_later(follow, one);
        return;
    }
    keep = relay_hello_keep(follow->bus->settings,
                            relay_words_get(follow->bus->store,
                                            RELAY_WORD_ARCHIVE));
    if (keep) { /* in front of it: nothing is acked in between */
        relay_bus_send(follow->bus, keep);
    }
    it = relay_due_asks(follow, one);
    order->context = it;
    relay_due_send(it, order);
}

static void offer_rest(relay_follow *follow, relay_rooms_one *one)
{
    room_relay_facts facts;

    if (!look(follow, one, &facts)) {
        return;
    }
    if (facts.unread) { /* there is nothing to be offered any more */
        start_again(follow, one);
    }
    else {
        offer(follow, one, &facts, one->rest);
    }
}

static void take_offered(relay_follow *follow, relay_rooms_one *one,
                         room_status status)
{
    if (status == ROOM_STALE) {
        relay_due_nonsense(follow, one);
    }
    else if (status == ROOM_BUSY) {
        one->whole = true;
        relay_due_soon(follow, one);
    }
    else if (one->rest != UINT64_MAX) {
        offer_rest(follow, one);
    }
    else {
        one->offered = true;
        start_again(follow, one);
    }
}

static void offered(relay_order *order)
{
    relay_follow *follow;
    relay_rooms_one *one = relay_due_of(order, &follow);
    room_status status;
    unsigned taken;

    if (one && relay_due_answered(follow, one, order)) {
        status = relay_room_restored(order, &taken);
        relay_words_add(follow->bus->store, RELAY_WORD_RESTORED, taken);
        take_offered(follow, one, status);
    }
    relay_order_free(order);
}

/* Nobody has told anybody anything of the room here. */
static void decide_unread(relay_follow *follow, relay_rooms_one *one)
{
    one->unread = true;
    if (one->pages->known) {
        replace(follow, one, true);
    }
    else { /* whoever makes it marks it again */
        relay_due_drop(follow, one);
        if (one->again) {
            relay_due_want(follow, one, true);
        }
    }
}

static void decide(relay_follow *follow, relay_rooms_one *one)
{
    relay_pages *pages = one->pages;
    room_relay_facts facts;
    room_id same;
    uint64_t lacking;

    if (!look(follow, one, &facts)) {
        return;
    }
    relay_pages_collect(pages, follow->bus->store);
    if (facts.unread) {
        decide_unread(follow, one);
        return;
    }
    one->newest = facts.newest;
    if (!relay_own_read(follow->bus->store, one->handle, &pages->own)) {
        one->whole = true;
        relay_due_later(follow, one);
        return;
    }
    lacking = relay_pages_lacking(pages);
    if (!pages->known
        || (!one->offered
            && (lacking != UINT64_MAX
                || room_id_compare(&facts.newest, &pages->top) > 0))) {
        offer(follow, one, &facts, lacking);
    }
    else if (relay_pages_miss(pages, &facts, &same) || one->unfit
             || room_id_compare(&facts.newest, &pages->complete) < 0) {
        if (room_id_compare(&same, &facts.newest) < 0) {
            (void)room_follow_skip(follow->bus->store, one->handle, &same);
        }
        replace(follow, one, false);
    }
    else {
        agree(follow, one);
    }
}

static void take(relay_follow *follow, relay_rooms_one *one,
                 relay_order *order, relay_room_answer *answer)
{
    relay_pages *pages = one->pages;

    if (!relay_pages_add(pages, order, answer)) {
        start_again(follow, one);
    }
    else if (answer->more) {
        ask(follow, one, relay_pages_end(pages));
    }
    else {
        decide(follow, one);
    }
}

static void answered(relay_order *order)
{
    relay_follow *follow;
    relay_rooms_one *one = relay_due_of(order, &follow);
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;

    if (!one || !relay_due_answered(follow, one, order)) {
        relay_order_free(order);
    }
    else if (!relay_room_fetched(order, &answer)) {
        relay_room_answer_free(&answer);
        relay_order_free(order);
        relay_due_nonsense(follow, one);
    }
    else {
        take(follow, one, order, &answer);
    }
}
