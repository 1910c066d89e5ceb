/* room_import.c - a room is read in; see room_import.h.
 *
 * With the room's lock held all the time, so that nobody sees half of it. What
 * a killed process has left is thrown away by the next one: `unread` is cleared
 * last.
 */
#include "room/archive/room_import.h"

#include "room/archive/room_intake.h"
#include "room/log/room_item.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"
#include "room/set/room_ref.h"
#include "room/table/room_floor.h"

static room_status take_room(room_intake *it)
{
    room_status status = room_intake_take(it);

    if (status == ROOM_OK) {
        const room_item *item = &it->store->items[it->room];

        atomic_store(&it->store->cursors[it->room].upto,
                     it->behind ? 1 : atomic_load(&item->published));
    }
    return status;
}

/* The archive does not know it. It is as it was made, unless somebody has died
 * in reading in what the archive knew then: nobody's position is exact. */
static void take_nothing(room_intake *it)
{
    uint64_t now_ms = it->now.wall_ms > 0 ? (uint64_t)it->now.wall_ms : 0;
    room_extent extent;
    room_import_room empty;

    room_item_load(it->store, it->room, &extent);
    if (extent.next_seq > 1) {
        room_id birth = { extent.newest.ms > now_ms ? extent.newest.ms
                                                    : now_ms, 0 };

        birth.ms++;
        empty = (room_import_room){ .birth = birth, .newest = birth,
                                    .complete = birth };
        it->what = &empty;
        it->store->cursors[it->room].since_ms = birth.ms;
        room_intake_begin(it);
    }
    atomic_store(&it->store->items[it->room].stated, 0);
    atomic_store(&it->store->cursors[it->room].upto, 0);
}

/* NULL: there is no archive, or no such room. */
static room_cursor *cursor_of(room_store *store, room_handle room)
{
    return store->geometry.archive != 0 && room.index < store->geometry.rooms
                   && atomic_load(&store->items[room.index].generation)
                          == room.generation
               ? &store->cursors[room.index] : NULL;
}

/* In this order, so that a change in between is not lost. */
static void note_kept(room_cursor *cursor, int64_t keep_ms)
{
    atomic_store(&cursor->untold, 0);
    if (atomic_load(&cursor->keep_ms) != keep_ms) {
        atomic_store(&cursor->untold, 1);
    }
}

static void call_writer(room_store *store, uint32_t room)
{
    if (room_slot_mark_writer(store, room)) {
        room_slot_call_writer(store);
    }
}

static room_status read_inside(room_intake *it)
{
    room_cursor *cursor = &it->store->cursors[it->room];
    room_status status = ROOM_OK;

    if (atomic_load(&cursor->unread) == 0) {
        return ROOM_OK;
    }
    if (room_store_closed(it->store)) {
        return ROOM_MOVED;
    }
    it->lost = room_floor_lost(it->store, it->store->items[it->room].hash);
    if (it->what != NULL) {
        status = take_room(it);
        note_kept(cursor, it->what->keep_ms);
    }
    else {
        take_nothing(it);
    }
    ROOM_FAULT(165);
    if (status == ROOM_OK) {
        atomic_store_explicit(&cursor->unread, 0, memory_order_release);
    }
    ROOM_FAULT(166);
    return status;
}

bool room_import_wanted(const room_store *store, room_handle room)
{
    return room.index < store->geometry.rooms
           && atomic_load(&store->items[room.index].generation)
                  == room.generation
           && room_cursor_unread(store, room.index);
}

room_status room_import_read(room_store *store, room_handle room,
                             const room_import_room *what, base_clock_time now)
{
    room_intake it = { .store = store, .room = room.index, .what = what,
                       .now = now, .number = 1 };
    room_status status;

    if (store->geometry.archive == 0) {
        return ROOM_OK;
    }
    status = room_item_enter(store, room);
    if (status != ROOM_OK) {
        return status;
    }
    status = read_inside(&it);
    room_item_leave(store, room.index);
    if (status == ROOM_OK) {
        /* A new one has to come there, that its cursors stay exact. */
        call_writer(store, room.index);
    }
    return status;
}

void room_import_kept(room_store *store, room_handle room, int64_t keep_ms)
{
    room_cursor *cursor = cursor_of(store, room);

    if (cursor != NULL && atomic_load(&cursor->untold) != 0) {
        note_kept(cursor, keep_ms);
    }
}

void room_import_keep(room_store *store, room_handle room, int64_t keep_ms)
{
    room_cursor *cursor = cursor_of(store, room);

    if (cursor == NULL) {
        return;
    }
    /* Read before: many who open one room must not write to it. */
    if (atomic_load_explicit(&cursor->keep_ms, memory_order_relaxed)
        != keep_ms) {
        atomic_store(&cursor->keep_ms, keep_ms);
        atomic_store(&cursor->untold, 1);
        if (atomic_load(&cursor->unread) == 0) {
            call_writer(store, room.index);
        }
    }
    if (keep_ms == 0 && atomic_load(&cursor->unread) != 0) {
        atomic_store(&cursor->unread, 0);
    }
}

uint64_t room_import_ref_hash(const void *ref, size_t size)
{
    return room_ref_hash(ref, size);
}
