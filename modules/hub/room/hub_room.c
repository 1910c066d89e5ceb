/* hub_room.c - a room in one child: seats and fan-out; see hub_room.h. */
#include "hub/room/hub_room.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_refusal.h"
#include "base/base_check.h"
#include "hub/archive/hub_ack.h"
#include "hub/archive/hub_past.h"
#include "hub/hub_output.h"
#include "hub/room/hub_backlog.h"
#include "hub/room/hub_presence.h"
#include "room/log/room_log.h"
#include "room/people/room_stirred.h"
#include "room/segment/room_home.h"
#include "room/segment/room_slot.h"

/* Within so many sweeps each room is looked at: ten seconds. */
#define ALL_SWEEPS 40

/* True when one of those who wait for an answer lacks a message. */
static bool has_answers(const hub_room *room)
{
    uint64_t next;

    if (room->single_count == 0) {
        return false;
    }
    next = room_log_next(room->hub->store, room->handle);
    return next != UINT64_MAX && next > room->single_next;
}

/* True when the segment has messages that somebody here lacks. */
static bool has_news(const hub_room *room)
{
    for (int i = 0; i < HUB_STREAMS; i++) {
        if (room->streams[i] && hub_stream_has_news(room->streams[i])) {
            return true;
        }
    }
    return has_answers(room);
}

/* True when a stream could not be read in this turn. */
static bool is_held(const hub_room *room)
{
    bool held = false;

    for (int i = 0; i < HUB_STREAMS; i++) {
        held = held || (room->streams[i] && room->streams[i]->held);
    }
    return held;
}

static hub_room *room_new(hub *core, const act_room_key *key,
                          room_handle handle)
{
    hub_room *room = calloc(1, sizeof(*room) + key->key_size + 1);

    BASE_CHECK(room != NULL);
    room->presence = calloc(1, sizeof(*room->presence));
    BASE_CHECK(room->presence != NULL);
    room->hub = core;
    room->handle = handle;
    base_list_init(&room->seats);
    base_list_init(&room->acks);
    hub_presence_begin(room);
    room->key_size = key->key_size;
    memcpy(room->key, key->key, key->key_size);
    base_list_add_last(&core->rooms, &room->link);
    core->room_count++;
    core->room_by_index[handle.index] = room;
    hub_core_look_at(room); /* in case that nobody gets a seat */
    return room;
}

static void room_free(hub_room *room)
{
    hub *core = room->hub;

    BASE_CHECK(room->seat_count == 0 && !room->marked
               && base_list_empty(&room->acks));
    base_list_remove(&room->link);
    core->room_count--;
    if (base_list_linked(&room->sweep)) {
        base_list_remove(&room->sweep);
    }
    if (core->room_by_index[room->handle.index] == room) {
        core->room_by_index[room->handle.index] = NULL;
    }
    for (int i = 0; i < HUB_STREAMS; i++) {
        hub_stream_destroy(room->streams[i]);
    }
    base_bytes_free(&room->presence->known);
    free(room->presence);
    free(room);
}

/* The room in this child, watched in the segment. One that was given away and
 * made anew there has another generation: who sits in the old one stays in it
 * until it has left. */
static room_status open_room(hub *core, const act_room_key *key,
                             const act_settings *settings, hub_room **out)
{
    room_store *store = core->store;
    room_handle handle;
    room_status status = act_room_open(store, key, settings, &handle);

    if (status != ROOM_OK) {
        return status;
    }
    *out = core->room_by_index[handle.index];
    if (*out && (*out)->handle.generation == handle.generation) {
        return ROOM_OK;
    }
    status = room_slot_watch(store, handle, core->slot, true);
    if (status == ROOM_OK) {
        (void)room_home_find(store, handle, core->slot); /* if it has none */
        *out = room_new(core, key, handle);
    }
    return status;
}

/* The way has a stream that may be read. False: the log cannot be read. */
static bool begin_stream(hub_room *room, const hub_way *way, uint32_t least)
{
    hub_stream **stream = &room->streams[way->stream];

    if (*stream == NULL) {
        *stream = hub_stream_create(room);
    }
    return (*stream)->seat_count > 0 || hub_stream_begin(*stream, way, least);
}

hub_room *hub_room_enter(hub *core, const act_room_key *key,
                         const hub_way *way,
                         const act_settings *settings, chat_error *error)
{
    hub_room *room = NULL;
    room_status status = open_room(core, key, settings, &room);

    *error = act_refusal_open(status);
    if (status != ROOM_OK) {
        return NULL;
    }
    if (!way->single && !begin_stream(room, way, settings->compress_least)) {
        *error = CHAT_UNAVAILABLE; /* the room goes with the sweep */
        return NULL;
    }
    return room;
}

/* Once, however many speak in a turn: the room is delivered once for all. */
void hub_room_mark(hub_room *room)
{
    if (!room->marked) {
        room->marked = true;
        room->next_to_pump = room->hub->to_pump;
        room->hub->to_pump = room;
    }
}

void hub_room_mark_index(void *hub_context, uint32_t index)
{
    hub *core = hub_context;

    if (core->room_by_index[index]) {
        hub_room_mark(core->room_by_index[index]);
    }
}

void hub_room_seat(hub_room *room, hub_client *client)
{
    client->seat.room = room;
    base_list_add_first(&room->seats, &client->seat.link);
    room->seat_count++;
    if (room->hub->hands.home_count > 0) {
        room->apart = HUB_APART_MOST;
    }
    if (client->shared->way->single) {
        room->single = client->shared->way;
        room->single_count++;
    }
    else {
        hub_stream_join(client);
    }
}

/* The room stays until the end of the turn, even without members: it may be in
 * the list of those that are delivered. */
void hub_room_leave(hub_client *client)
{
    hub_room *room = client->seat.room;

    hub_ack_drop(client);
    hub_past_drop(client);
    if (hub_stream_of(client)) {
        hub_backlog_leave(client);
    }
    room->single_count -= client->shared->way->single;
    base_list_remove(&client->seat.link);
    room->seat_count--;
    client->seat.room = NULL;
    if (room->seat_count == 0) {
        hub_room_mark(room); /* it may be given away at the end of this turn */
    }
}

/* Beyond that, members would store more in one turn than its readers can be
 * sent in one, and the log would evict what they have not got. */
bool hub_room_is_full(const hub_room *room)
{
    return room->stored >= HUB_ROOM_SHARE;
}

/* Nobody reads the room here any more. When that cannot be told now it has to
 * be told later, or the room would never be given away: it stays for the
 * sweep. */
static void let_go(hub_room *room)
{
    hub *core = room->hub;

    if (room_slot_watch(core->store, room->handle, core->slot, false)
        != ROOM_BUSY) {
        room_free(room);
    }
    else {
        hub_core_look_at(room);
    }
}

/* True when a window has something that was not offered to all of its readers.
 * A room may be marked for less than that: who types, or what is archived. Who
 * is told something else is flushed by itself. */
static bool has_grown(hub_room *room)
{
    bool grown = false;

    for (int i = 0; i < HUB_STREAMS; i++) {
        hub_stream *stream = room->streams[i];

        if (stream) {
            grown = grown || stream->given != hub_stream_end(stream);
            stream->given = hub_stream_end(stream);
        }
    }
    return grown;
}

static void pump(hub_room *room)
{
    for (int i = 0; i < HUB_STREAMS; i++) {
        if (room->streams[i] && hub_stream_has_news(room->streams[i])) {
            hub_backlog_pump(room->streams[i]);
        }
    }
}

static void settle(hub_room *room)
{
    for (int i = 0; i < HUB_STREAMS; i++) {
        uint64_t start =
            room->streams[i] ? hub_stream_settle(room->streams[i]) : 0;

        if (start > 0) {
            hub_backlog_trim(room->streams[i], start);
        }
    }
}

/* Counted once: a counter in shared memory costs as much as the rest of what is
 * done for a reader besides its system call. */
static void give(hub_room *room)
{
    size_t sent = 0;

    BASE_LIST_EACH(link, &room->seats) {
        sent += hub_output_share(hub_client_seated(link));
    }
    hub_count_add(room->hub, ACT_COUNT_BYTES_OUT, (int64_t)sent);
}

void hub_room_deliver(hub_room *room)
{
    room->stored = 0;
    room->marked = true; /* windows stay while we go through the seats */
    pump(room);
    hub_ack_release(room);
    hub_presence_pass(room);
    hub_presence_reset(room);
    if (has_answers(room)) {
        room->single->deliver(room);
    }
    if (has_grown(room)) {
        give(room);
        if (room->apart > HUB_APART && --room->apart == HUB_APART) {
            hub_core_look_at(room);
        }
    }
    room->marked = false;
    settle(room);
    /* What cannot be read or let go now is tried again at the sweep. */
    if (room->seat_count == 0) {
        let_go(room);
    }
    else if (is_held(room)) {
        hub_core_look_at(room);
    }
    else if (has_news(room)) {
        hub_room_mark(room);
    }
}

static void sweep(hub_room *room)
{
    if (room->seat_count == 0 && !room->marked) {
        let_go(room);
        return;
    }
    if (has_news(room)) {
        hub_room_mark(room);
    }
    hub_ack_release(room);
    hub_presence_reset(room);
    hub_presence_look(room);
    if (room->seat_count > 0 && base_list_empty(&room->acks) && !is_held(room)
        && room->apart != HUB_APART && hub_presence_is_told(room)) {
        base_list_remove(&room->sweep);
    }
}

static void look_at_index(void *hub_context, uint32_t index)
{
    hub *core = hub_context;

    if (core->room_by_index[index]) {
        hub_core_look_at(core->room_by_index[index]);
    }
}

/* A wake-up can be lost with the process that was to send it. If that was a
 * child all rooms are marked (room_slot_reap); this is for any other. */
static void look_at_some(hub *core)
{
    for (size_t i = core->room_count / ALL_SWEEPS + 1;
         i > 0 && core->room_count > 0; i--) {
        base_list *link = base_list_take_first(&core->rooms);

        base_list_add_last(&core->rooms, link);
        hub_core_look_at(BASE_LIST_OWNER(link, hub_room, link));
    }
}

void hub_room_sweep(hub *core)
{
    room_stirred_take(core->store, core->slot, look_at_index, core);
    look_at_some(core);
    BASE_LIST_EACH(link, &core->to_sweep) {
        sweep(BASE_LIST_OWNER(link, hub_room, sweep));
    }
}

void hub_room_free_all(hub *core)
{
    BASE_LIST_EACH(link, &core->rooms) {
        hub_room *room = BASE_LIST_OWNER(link, hub_room, link);

        room->marked = false;
        /* When that fails the end of the slot does it. */
        (void)room_slot_watch(core->store, room->handle, core->slot, false);
        room_free(room);
    }
}
