/* hub_room.c - a room in one child: seats and fan-out; see hub_room.h. */
#include "hub/hub_room.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_refusal.h"
#include "base/base_check.h"
#include "hub/hub_backlog.h"
#include "hub/way/hub_way_longpoll.h"
#include "room/log/room_log.h"
#include "room/segment/room_slot.h"

/* True when the segment has messages that somebody here lacks. */
static bool has_news(const hub_room *room)
{
    for (int i = 0; i < HUB_STREAMS; i++) {
        if (hub_stream_has_news(&room->streams[i])) {
            return true;
        }
    }
    return hub_way_longpoll_has_news(room);
}

/* True when a stream could not be read in this turn. */
static bool is_held(const hub_room *room)
{
    bool held = false;

    for (int i = 0; i < HUB_STREAMS; i++) {
        held = held || room->streams[i].held;
    }
    return held;
}

static hub_room *room_new(hub *core, const act_room_key *key,
                          room_handle handle)
{
    hub_room *room = calloc(1, sizeof(*room) + key->key_size + 1);

    BASE_CHECK(room != NULL);
    room->hub = core;
    room->handle = handle;
    for (int i = 0; i < HUB_STREAMS; i++) {
        room->streams[i].room = room;
    }
    hub_presence_begin(room);
    room->key_size = key->key_size;
    memcpy(room->key, key->key, key->key_size);
    room->next = core->rooms;
    if (room->next) {
        room->next->prev = room;
    }
    core->rooms = room;
    core->room_by_index[handle.index] = room;
    return room;
}

static void room_free(hub_room *room)
{
    hub *core = room->hub;

    BASE_CHECK(room->seat_count == 0 && !room->marked);
    *(room->prev ? &room->prev->next : &core->rooms) = room->next;
    if (room->next) {
        room->next->prev = room->prev;
    }
    if (core->room_by_index[room->handle.index] == room) {
        core->room_by_index[room->handle.index] = NULL;
    }
    for (int i = 0; i < HUB_STREAMS; i++) {
        hub_stream_destroy(&room->streams[i]);
    }
    base_bytes_free(&room->presence.known);
    free(room);
}

/* The room in this child, watched in the segment. */
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
        *out = room_new(core, key, handle);
    }
    return status;
}

hub_room *hub_room_enter(hub *core, const act_room_key *key,
                         const hub_way *way,
                         const act_settings *settings, chat_error *error)
{
    hub_room *room = NULL;
    room_status status = open_room(core, key, settings, &room);

    *error = act_refusal_error(status);
    if (status != ROOM_OK) {
        return NULL;
    }
    if (!way->single && room->streams[way->stream].seat_count == 0
        && !hub_stream_begin(&room->streams[way->stream], way)) {
        *error = CHAT_UNAVAILABLE; /* the room goes with the sweep */
        return NULL;
    }
    return room;
}

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
    hub_seat *seat = &client->seat;

    seat->room = room;
    seat->client = client;
    seat->prev = NULL;
    seat->next = room->seats;
    if (seat->next) {
        seat->next->prev = seat;
    }
    room->seats = seat;
    room->seat_count++;
    if (hub_stream_of(seat)) {
        hub_stream_of(seat)->seat_count++;
    }
    else {
        room->waiters++;
    }
}

void hub_room_leave(hub_client *client)
{
    hub_seat *seat = &client->seat;
    hub_room *room = seat->room;
    hub_stream *stream = hub_stream_of(seat);

    if (!room) {
        return;
    }
    if (stream) {
        hub_backlog_drop(client);
        seat->position = hub_stream_end(stream);
        hub_stream_note(seat);
        stream->seat_count--;
    }
    else {
        room->waiters--;
    }
    *(seat->prev ? &seat->prev->next : &room->seats) = seat->next;
    if (seat->next) {
        seat->next->prev = seat->prev;
    }
    room->seat_count--;
    memset(seat, 0, sizeof(*seat));
    if (room->seat_count == 0) {
        hub_room_mark(room); /* it may be given away at the end of this turn */
    }
}

bool hub_room_is_full(const hub_room *room)
{
    return room->stored >= HUB_ROOM_SHARE;
}

/* Nobody reads the room here any more. False: it has to be told later, or it
 * would never be given away. */
static bool unwatch(const hub_room *room)
{
    hub *core = room->hub;

    return room_slot_watch(core->store, room->handle, core->slot,
                           false) != ROOM_BUSY;
}

void hub_room_deliver(hub_room *room)
{
    hub_seat *next;

    room->stored = 0;
    room->marked = true; /* windows stay while we go through the seats */
    for (int i = 0; i < HUB_STREAMS; i++) {
        if (hub_stream_has_news(&room->streams[i])) {
            hub_stream_pump(&room->streams[i]);
        }
    }
    hub_presence_pass(room);
    hub_presence_reset(room);
    hub_way_longpoll_deliver(room);
    for (hub_seat *seat = room->seats; seat; seat = next) {
        next = seat->next;
        hub_output_flush(seat->client);
    }
    room->marked = false;
    for (int i = 0; i < HUB_STREAMS; i++) {
        hub_stream_settle(&room->streams[i]);
    }
    /* What cannot be read or let go now is tried again at the sweep. */
    if (room->seat_count == 0) {
        if (!room->marked && unwatch(room)) {
            room_free(room);
        }
        return;
    }
    if (!is_held(room) && has_news(room)) {
        hub_room_mark(room);
    }
}

void hub_room_sweep(hub *core)
{
    hub_room *next;

    for (hub_room *room = core->rooms; room; room = next) {
        next = room->next;
        if (room->seat_count == 0 && !room->marked) {
            if (unwatch(room)) {
                room_free(room);
            }
            continue;
        }
        if (has_news(room)) {
            hub_room_mark(room);
        }
        hub_presence_reset(room);
        hub_presence_look(room);
    }
}

void hub_room_free_all(hub *core)
{
    while (core->rooms) {
        core->rooms->marked = false;
        (void)unwatch(core->rooms); /* or the end of the slot does it */
        room_free(core->rooms);
    }
}
