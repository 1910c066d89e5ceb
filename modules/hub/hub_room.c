/* hub_room.c - a room in one child: window and fan-out; see hub_room.h. */
#include "hub/hub_room.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "hub/hub_backlog.h"
#include "room/room_log.h"
#include "room/room_slot.h"
#include "room/room_typing.h"

/* How much is copied under the room's lock at a time. */
#define PUMP_SIZE 65536

/* A window that stays with the hub to be used again is not larger. */
#define SPARE_MOST (128 * 1024)

static hub_frame *frames_of(const hub_room *room, size_t *count)
{
    *count = room->frames.len / sizeof(hub_frame);
    return (hub_frame *)(void *)room->frames.data;
}

/* True when the segment has messages that were not pumped. */
static bool has_news(const hub_room *room)
{
    uint64_t next = room_log_next(room->hub->options.store, room->handle);

    return next != UINT64_MAX && next > room->next_seq;
}

static hub_room *room_new(hub *core, const hub_room_key *key,
                          room_handle handle)
{
    hub_room *room = calloc(1, sizeof(*room) + key->key_size + 1);

    BASE_CHECK(room != NULL);
    room->hub = core;
    room->handle = handle;
    room->presence.typed = room_typing_count(core->options.store, handle);
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
    (void)room_slot_watch(core->options.store, room->handle, core->slot, false);
    *(room->prev ? &room->prev->next : &core->rooms) = room->next;
    if (room->next) {
        room->next->prev = room->prev;
    }
    if (core->room_by_index[room->handle.index] == room) {
        core->room_by_index[room->handle.index] = NULL;
    }
    base_bytes_free(&room->window);
    base_bytes_free(&room->frames);
    base_bytes_free(&room->presence.known);
    free(room);
}

hub_room *hub_room_enter(hub *core, const hub_room_key *key,
                         const hub_settings *settings, chat_error *error)
{
    room_store *store = core->options.store;
    room_log_state state;
    room_handle handle;
    hub_room *room;

    *error = CHAT_ROOMS_FULL;
    if (room_table_open(store, key->key, key->key_size,
                        settings->history_count, settings->history_age,
                        base_clock_wall(), &handle) != ROOM_OK) {
        return NULL;
    }
    room = core->room_by_index[handle.index];
    if (room && room->handle.generation == handle.generation) {
        return room;
    }
    if (room_slot_watch(store, handle, core->slot, true) != ROOM_OK) {
        return NULL;
    }
    if (room_log_info(store, handle, base_clock_wall(), &state) != ROOM_OK) {
        (void)room_slot_watch(store, handle, core->slot, false);
        return NULL;
    }
    room = room_new(core, key, handle);
    room->next_seq = state.next_seq;
    room->last_id = room->start_id = state.newest;
    return room;
}

uint64_t hub_room_end(const hub_room *room)
{
    return room->start + room->window.len;
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
}

/* Nobody needs the window any more: its memory serves the next one. */
static void release_window(hub_room *room)
{
    hub *core = room->hub;

    room->start += room->window.len;
    room->start_id = room->last_id;
    room->window.len = 0;
    room->frames.len = 0;
    if (room->window.cap <= SPARE_MOST && core->spare_window.data == NULL) {
        core->spare_window = room->window;
        room->window = (base_bytes)BASE_BYTES_INIT;
    }
    base_bytes_free(&room->window);
    if (room->seat_count == 0 || room->frames.cap > 4096) {
        base_bytes_free(&room->frames);
    }
}

void hub_room_note(hub_seat *seat)
{
    hub_room *room = seat->room;
    bool behind = !seat->backlog && seat->position < hub_room_end(room);

    if (behind != seat->behind) {
        seat->behind = behind;
        room->behind += behind ? 1 : (size_t)-1;
    }
    if (room->behind == 0 && room->window.len > 0 && !room->marked) {
        release_window(room);
    }
}

void hub_room_leave(hub_client *client)
{
    hub_seat *seat = &client->seat;
    hub_room *room = seat->room;

    if (!room) {
        return;
    }
    hub_backlog_drop(client);
    seat->position = hub_room_end(room);
    hub_room_note(seat);
    *(seat->prev ? &seat->prev->next : &room->seats) = seat->next;
    if (seat->next) {
        seat->next->prev = seat->prev;
    }
    room->seat_count--;
    memset(seat, 0, sizeof(*seat));
}

static void add_frame(hub_room *room, uint64_t seq, room_id id)
{
    hub_frame frame = { hub_room_end(room), seq, id };

    base_bytes_append(&room->frames, &frame, sizeof(frame));
}

static bool copy_record(void *context, const room_log_record *record)
{
    hub_room *room = context;

    if (record->seq != room->next_seq || room->hole) {
        hub_backlog_gap(room->hub, &room->window, room->last_id, record->id);
        add_frame(room, record->seq - 1, room->last_id);
        hub_count_add(room->hub, HUB_COUNT_GAPS, (int64_t)room->seat_count);
    }
    hub_backlog_frame(&room->window, record);
    add_frame(room, record->seq, record->id);
    room->next_seq = record->seq + 1;
    room->last_id = record->id;
    room->hole = false;
    return true;
}

void hub_room_fall_off(hub_seat *seat, uint64_t start)
{
    hub_room *room = seat->room;
    hub_client *client = seat->client;
    size_t count;
    const hub_frame *frames = frames_of(room, &count);
    size_t low = 0;
    size_t at;
    uint64_t begin;

    if (seat->backlog || seat->position >= start) {
        return;
    }
    for (size_t high = count; low < high;) { /* first end > position */
        at = (low + high) / 2;
        if (frames[at].end > seat->position) {
            high = at;
        }
        else {
            low = at + 1;
        }
    }
    begin = low > 0 ? frames[low - 1].end : room->start;
    if (seat->position == begin) {
        hub_backlog_start(client, frames[low].seq,
                          low > 0 ? frames[low - 1].id : room->start_id);
    }
    else {
        hub_backlog_start(client, frames[low].seq + 1, frames[low].id);
        BASE_CHECK(client->out_sent == client->out_mark);
        base_bytes_append(&client->out,
                          room->window.data + (seat->position - room->start),
                          frames[low].end - seat->position);
        client->out_mark = (uint32_t)client->out.len;
    }
    hub_count_add(room->hub, HUB_COUNT_DELIVERIES,
                  -(int64_t)(room->next_seq - seat->backlog->seq));
    hub_room_note(seat);
}

/* Gives up the older half of a window that has become too long. */
static void trim_window(hub_room *room)
{
    size_t count;
    const hub_frame *frames = frames_of(room, &count);
    size_t kept = count;
    size_t dropped;
    uint64_t end = hub_room_end(room);
    uint64_t start;
    room_id start_id;

    while (kept > 0 && end - frames[kept - 1].end < HUB_WINDOW_MOST / 2) {
        kept--;
    }
    if (kept == 0) {
        return;
    }
    start = frames[kept - 1].end;
    start_id = frames[kept - 1].id;
    for (hub_seat *seat = room->seats; seat; seat = seat->next) {
        hub_room_fall_off(seat, start);
    }
    if (room->window.len == 0) {
        return; /* the last one behind fell off, and the window is released */
    }
    dropped = (size_t)(start - room->start);
    base_bytes_drop(&room->window, dropped);
    base_bytes_drop(&room->frames, kept * sizeof(hub_frame));
    room->start = start;
    room->start_id = start_id;
}

void hub_room_pump(hub_room *room)
{
    room_store *store = room->hub->options.store;
    uint64_t before = room->next_seq;
    uint64_t next;

    if (!has_news(room)) {
        return;
    }
    if (room->window.data == NULL) {
        room->window = room->hub->spare_window;
        room->hub->spare_window = (base_bytes)BASE_BYTES_INIT;
    }
    do {
        if (room_log_read(store, room->handle, room->next_seq, UINT64_MAX,
                          PUMP_SIZE, copy_record, room, &next) != ROOM_OK) {
            base_log(BASE_LOG_ERROR, "CW0501",
                     "a room's log cannot be read; its members wait");
            break;
        }
        if (next > room->next_seq) { /* evicted before we came */
            room->next_seq = next;
            room->hole = true;
        }
    } while (has_news(room) && room->window.len < HUB_WINDOW_MOST);
    hub_count_add(room->hub, HUB_COUNT_DELIVERIES,
                  (int64_t)((room->next_seq - before) * room->seat_count));
}

void hub_room_deliver(hub_room *room)
{
    hub_seat *next;

    room->marked = true; /* the window stays while we go through the seats */
    hub_room_pump(room);
    hub_presence_pass(room);
    for (hub_seat *seat = room->seats; seat; seat = next) {
        next = seat->next;
        if (!seat->client->blocked) {
            hub_client_flush(seat->client);
        }
        else {
            hub_room_note(seat);
        }
    }
    room->marked = false;
    if (room->behind == 0 && room->window.len > 0) {
        release_window(room);
    }
    if (room->window.len > HUB_WINDOW_MOST) {
        trim_window(room);
    }
    if (has_news(room)) {
        hub_room_mark(room);
    }
}

void hub_room_sweep(hub *core)
{
    hub_room *next;

    for (hub_room *room = core->rooms; room; room = next) {
        next = room->next;
        if (room->seat_count == 0 && !room->marked) {
            room_free(room);
            continue;
        }
        if (has_news(room)) {
            hub_room_mark(room);
        }
        hub_presence_look(room);
    }
}

void hub_room_free_all(hub *core)
{
    while (core->rooms) {
        core->rooms->marked = false;
        room_free(core->rooms);
    }
}
