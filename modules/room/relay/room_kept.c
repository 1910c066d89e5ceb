/* room_kept.c - see room_kept.h. */
#include "room/relay/room_kept.h"

#include "base/base_clock.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"

/* The first record behind the position, and its head; its number is the next
 * one to come when there is none. */
static room_place find_behind(room_store *store, uint32_t room,
                              const room_id *id, room_record *record)
{
    room_extent extent;
    room_place place;

    room_item_load(store, room, &extent);
    place = (room_place){ extent.next_seq, ROOM_NONE, 0 };
    *record = (room_record){ .stored_us = 0 };
    if (extent.first.seq < extent.next_seq
        && (!room_extent_seek(store, room, &extent, id, &place)
            || (place.seq < extent.next_seq
                && !room_extent_record(store, room, &extent, &place,
                                       record)))) {
        room_item_reset(store, room);
        place.seq = 0;
    }
    return place;
}

/* True when something in front of the room's records was said that the archive
 * has not got: then nothing of it counts as archived, or who asks for what is
 * in front would be told that nothing is. */
static bool lacks(room_store *store, uint32_t room, const room_id *kept)
{
    room_extent extent;

    room_item_load(store, room, &extent);
    return room_id_compare(kept, &extent.complete) < 0
           && room_id_compare(kept, &extent.newest) < 0;
}

void room_kept_begin(room_store *store, uint32_t room,
                     const room_import_room *what)
{
    bool silent = what->count == 0
                  && room_id_compare(&what->newest, &what->birth) <= 0;
    int64_t now_us = base_clock_mono();
    room_cursor *cursor;
    room_record record;
    uint64_t upto = 0;

    if (store->geometry.archive == 0) {
        return;
    }
    cursor = &store->cursors[room];
    if (silent || room_id_compare(&what->kept, &what->newest) >= 0) {
        upto = atomic_load(&store->items[room].published);
    }
    else if (!lacks(store, room, &what->kept)) {
        upto = find_behind(store, room, &what->kept, &record).seq;
    }
    atomic_store(&cursor->behind_us, now_us);
    atomic_store(&cursor->refused, 0);
    atomic_store(&cursor->upto, upto);
    ROOM_FAULT(177);
    atomic_store(&cursor->keep_ms, what->keep_ms);
    atomic_store(&cursor->unread, 0);
    ROOM_FAULT(178);
}

static void refuse(room_store *store, room_handle room, const room_id *id)
{
    room_id front = { id->n > 0 ? id->ms : id->ms - 1, id->n - 1 };
    room_record record;
    room_place place = find_behind(store, room.index, &front, &record);

    if (place.page != ROOM_NONE && room_id_compare(&record.id, id) == 0) {
        room_cursor_refuse(&store->cursors[room.index], place.seq);
    }
}

void room_kept_move(room_store *store, room_handle room, const room_id *upto,
                    bool refused)
{
    room_cursor *cursor;
    room_record record;
    room_place place;

    if (store->geometry.archive == 0) {
        return;
    }
    cursor = &store->cursors[room.index];
    if (refused) {
        refuse(store, room, upto);
    }
    if (atomic_load(&cursor->keep_ms) == 0) { /* an archive has appeared */
        atomic_store(&cursor->keep_ms, INT64_MAX);
    }
    if (refused) { /* what is in front of it may not be told yet */
        return;
    }
    if (atomic_load(&cursor->upto) == 0 && lacks(store, room.index, upto)) {
        return;
    }
    place = find_behind(store, room.index, upto, &record);
    if (place.seq > atomic_load(&cursor->upto)) {
        /* Who waits for what comes behind has seen the archive move. */
        if (record.stored_us > atomic_load(&cursor->behind_us)) {
            atomic_store(&cursor->behind_us, record.stored_us);
        }
        room_cursor_move(cursor, place.seq);
    }
}
