/* relay_follow.c - see relay_follow.h. */
#include "relay/reader/relay_follow.h"

#include <string.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "relay/reader/relay_due.h"
#include "relay/reader/relay_hello.h"
#include "relay/reader/relay_words.h"
#include "relay/relay_heard.h"
#include "room/relay/room_follow.h"
#include "room/relay/room_reader.h"

/* Until a room is looked at again. */
#define PUT_OFF_US INT64_C(250000)

/* What says that there is an archive is said again sooner where Redis has lost
 * it. */
#define GONE_US INT64_C(15000000)

void relay_follow_begin(relay_follow *out, relay_bus *bus,
                        relay_others *others)
{
    *out = (relay_follow){ .bus = bus, .others = others };
    out->rooms = relay_rooms_create(bus->store, bus->settings);
    room_follow_doubt(bus->store);
    base_list_init(&out->fresh);
    base_list_init(&out->subscribing);
    base_list_init(&out->due);
    base_list_init(&out->whole);
    base_list_init(&out->later);
}

static void forget(relay_follow *follow, relay_rooms_one *one)
{
    relay_others_gone(follow->others, one);
    relay_due_forget(follow, one);
    relay_rooms_remove(follow->rooms, one);
}

void relay_follow_end(relay_follow *follow)
{
    for (uint32_t i = 0; i < relay_rooms_places(follow->rooms); i++) {
        relay_rooms_one *one = relay_rooms_at(follow->rooms, i);

        if (one) {
            forget(follow, one);
        }
    }
    relay_rooms_destroy(follow->rooms);
    base_bytes_free(&follow->woken);
    base_bytes_free(&follow->put_off);
}

/* Nothing is heard of it. */
static void begin_anew(relay_follow *follow, relay_rooms_one *one)
{
    relay_due_forget(follow, one);
    one->state = RELAY_ROOMS_NEW;
    one->listening = false;
    one->failures = 0;
    base_list_add_last(&follow->fresh, &one->queued);
}

void relay_follow_connect(relay_follow *follow)
{
    follow->connected = true;
    follow->taken = follow->caught_up = false;
    follow->archive_us = base_clock_mono();
}

void relay_follow_archive(relay_follow *follow, const relay_order *beat)
{
    int64_t now = base_clock_mono();

    if (beat->status == RELAY_OK) {
        relay_words_set(follow->bus->store, RELAY_WORD_ARCHIVE,
                        relay_hello_archive(&beat->answer, 1));
    }
    if (beat->status != RELAY_OK || !relay_answer_is(&beat->answer, 1, "")) {
        follow->archive_us = now;
    }
    else if (now - follow->archive_us > GONE_US) {
        room_follow_unkept(follow->bus->store);
    }
}

void relay_follow_away(relay_follow *follow)
{
    follow->connected = false;
    room_follow_doubt(follow->bus->store);
    for (uint32_t i = 0; i < relay_rooms_places(follow->rooms); i++) {
        relay_rooms_one *one = relay_rooms_at(follow->rooms, i);

        if (one) {
            begin_anew(follow, one);
        }
    }
}

/* What of the taking has to be at hand for each room. */
typedef struct {
    relay_follow *follow;
    base_bytes *left;
} taking;

static void leave(taking *it, relay_rooms_one *one)
{
    base_bytes_append(it->left, one->channel.data, one->channel.len);
    base_bytes_append(it->left, "", 1);
    forget(it->follow, one);
}

/* The same room may have been given away and made anew in another place, which
 * is looked at first. */
static void add(taking *it, room_handle handle, const room_relay_facts *facts)
{
    relay_follow *follow = it->follow;
    relay_room room = { .settings = follow->bus->settings,
                        .key = facts->key,
                        .key_size = facts->key_size };
    base_bytes channel = BASE_BYTES_INIT;
    relay_rooms_one *old;

    relay_room_channel(&room, &channel);
    old = relay_rooms_find(follow->rooms, (const char *)channel.data,
                           channel.len);
    base_bytes_free(&channel);
    if (old) {
        leave(it, old);
    }
    old = relay_rooms_add(follow->rooms, handle, facts);
    old->unread = old->whole = facts->unread;
    base_list_add_last(&follow->fresh, &old->queued);
}

/* Looked at again in a moment. */
static void put_off(relay_follow *follow, room_handle handle)
{
    if (follow->put_off.len == 0) {
        follow->put_off_us = base_clock_mono() + PUT_OFF_US;
    }
    if (relay_rooms_put_off(follow->rooms, handle)) {
        base_bytes_append(&follow->put_off, &handle.index,
                          sizeof(handle.index));
    }
}

/* A room that is followed already. */
static void refresh(relay_follow *follow, relay_rooms_one *one,
                    const room_relay_facts *facts)
{
    one->room.keep_count = facts->keep_count;
    one->room.keep_age_ms = facts->keep_age_ms;
    one->room.realm = facts->realm;
    if (facts->unread) {
        relay_due_want(follow, one, true);
    }
    else if (one->unread) { /* somebody else has read it in */
        one->unread = false;
        one->newest = facts->newest;
        one->epoch = facts->epoch;
        relay_due_want(follow, one, false);
    }
}

/* Whoever opens a room reads it in, and marks it again; only if nobody does,
 * since they could not or were killed, it is done here. */
static void look(taking *it, room_handle handle, bool late)
{
    relay_follow *follow = it->follow;
    room_store *store = follow->bus->store;
    relay_rooms_one *one = relay_rooms_at(follow->rooms, handle.index);
    room_relay_facts facts;
    room_status status;

    if (one && one->handle.generation != handle.generation
        && room_relay_look(store, one->handle, &facts) == ROOM_GONE) {
        leave(it, one);
        one = NULL;
    }
    status = room_relay_look(store, handle, &facts);
    if (one && status == ROOM_GONE
        && one->handle.generation == handle.generation) {
        leave(it, one);
        one = NULL;
    }
    if (status == ROOM_BUSY
        || (status == ROOM_OK && !one && facts.unread && !late)) {
        put_off(follow, handle);
    }
    else if (status == ROOM_OK && !one) {
        add(it, handle, &facts);
    }
    else if (status == ROOM_OK) {
        refresh(follow, one, &facts);
    }
}

static void look_now(void *context, room_handle handle)
{
    look(context, handle, false);
}

static void look_late(taking *it)
{
    base_bytes places = it->follow->put_off;
    const uint32_t *list = (const void *)places.data;

    it->follow->put_off = (base_bytes)BASE_BYTES_INIT;
    for (size_t i = 0; i < places.len / sizeof(*list); i++) {
        look(it, relay_rooms_take_off(it->follow->rooms, list[i]), true);
    }
    base_bytes_free(&places);
}

void relay_follow_take(relay_follow *follow, base_bytes *left)
{
    taking it = { .follow = follow, .left = left };

    room_reader_take(follow->bus->store, look_now, &it);
    if (follow->put_off.len > 0 && base_clock_mono() >= follow->put_off_us) {
        look_late(&it);
    }
    follow->taken = true;
    relay_words_set(follow->bus->store, RELAY_WORD_ROOMS,
                    relay_rooms_count(follow->rooms));
}

unsigned relay_follow_subscribe(relay_follow *follow, unsigned most,
                                relay_follow_visit *visit, void *context)
{
    unsigned count = 0;
    base_list *link;

    while (count < most
           && (link = base_list_take_first(&follow->fresh)) != NULL) {
        relay_rooms_one *one = BASE_LIST_OWNER(link, relay_rooms_one, queued);

        base_list_add_last(&follow->subscribing, link);
        one->listening = true;
        visit(context, one);
        count++;
    }
    return count;
}

void relay_follow_subscribed(relay_follow *follow, const char *channel,
                             size_t size)
{
    relay_rooms_one *one = relay_rooms_find(follow->rooms, channel, size);

    if (!one || !one->listening) {
        return; /* it was for the room that was here before */
    }
    if (one->state == RELAY_ROOMS_NEW) {
        base_list_remove(&one->queued);
        one->state = RELAY_ROOMS_FETCHING;
    }
    /* The second time, too: it may have been left in between. */
    relay_due_want(follow, one, false);
}

/* Mostly it is the next one. */
static void hear_record(relay_follow *follow, relay_rooms_one *one,
                        const char *text, size_t size)
{
    base_clock_time now;
    relay_value value;
    room_id before;
    uint64_t epoch;

    if (!relay_heard_record(text, size, &epoch, &before, &value)) {
        base_log_limited(BASE_LOG_WARN, "CW1211",
                         "Redis: what came on a channel of ours is no record"
                         " of a room");
        return;
    }
    if (epoch == one->epoch
        && room_id_compare(&value.record.id, &one->newest) <= 0) {
        return;
    }
    /* What is being compared must not change. */
    if (epoch != one->epoch || one->pages
        || room_id_compare(&before, &one->newest) != 0) {
        relay_due_want(follow, one, false);
        return;
    }
    now = base_clock_now();
    value.record.stored_ms = now.wall_ms;
    (void)relay_due_append(follow, one, &value.record,
                           value.has_state ? &value.state : NULL, now);
}

static void hear_lost(relay_follow *follow, relay_rooms_one *one,
                      const char *text, size_t size)
{
    room_id id;

    if (relay_heard_lost(text, size, &id)) {
        relay_due_lose(follow, one, &id);
    }
}

/* The archive's writer has told that it has more of the room. */
static void hear_kept(relay_follow *follow, relay_rooms_one *one,
                      const char *text, size_t size)
{
    room_id upto;
    bool refused;

    if (relay_heard_kept(text, size, &upto, &refused)
        && !relay_due_keep(follow, one, &upto, refused)) {
        relay_due_want(follow, one, false);
    }
}

/* Some host knows that Redis has lost something. */
static void hear_lacking(relay_follow *follow, relay_rooms_one *one,
                         const char *text, size_t size)
{
    room_id top;

    if (relay_heard_lacking(text, size, &top)
        && room_id_compare(&one->newest, &top) > 0) {
        relay_due_want(follow, one, true);
    }
}

void relay_follow_hear(relay_follow *follow, const char *channel, size_t size,
                       const char *text, size_t text_size)
{
    relay_rooms_one *one = relay_rooms_find(follow->rooms, channel, size);

    if (!one || text_size == 0 || one->state == RELAY_ROOMS_NEW) {
        return;
    }
    switch (text[0]) {
    case 'E': hear_record(follow, one, text, text_size); break;
    case 'A': hear_kept(follow, one, text, text_size); break;
    case 'L': hear_lost(follow, one, text, text_size); break;
    case 'G': hear_lacking(follow, one, text, text_size); break;
    default: relay_others_hear_room(follow->others, one, text, text_size);
    }
}

void relay_follow_wake(relay_follow *follow)
{
    const uint32_t *places = (const void *)follow->woken.data;

    for (size_t i = 0; i < follow->woken.len / sizeof(*places); i++) {
        relay_rooms_one *one = relay_rooms_at(follow->rooms, places[i]);

        if (one && one->wake) {
            one->wake = false;
            room_log_wake_readers(follow->bus->store, one->handle, -1);
        }
    }
    follow->woken.len = 0;
}

void relay_follow_tick(relay_follow *follow, int64_t mono_us)
{
    BASE_LIST_EACH(link, &follow->later) {
        relay_rooms_one *one = BASE_LIST_OWNER(link, relay_rooms_one, queued);

        if (one->due_us <= mono_us) {
            base_list_remove(&one->queued);
            relay_due_want(follow, one, false);
        }
    }
    if (follow->taken && !follow->caught_up && follow->asked == 0
        && base_list_empty(&follow->fresh)
        && base_list_empty(&follow->subscribing)
        && base_list_empty(&follow->due) && base_list_empty(&follow->whole)) {
        follow->caught_up = true;
        relay_words_set(follow->bus->store, RELAY_WORD_CONNECTED, 1);
    }
}
