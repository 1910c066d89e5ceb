/* room_refill.c - see room_refill.h. */
#include "room/relay/room_refill.h"

#include "room/archive/room_ack.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/relay/room_kept.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/table/room_floor.h"

void room_refill_lose(room_store *store, uint32_t room, const room_id *upto)
{
    room_extent extent;

    room_item_load(store, room, &extent);
    if (room_id_compare(upto, &extent.complete) > 0) {
        extent.complete = *upto;
        room_extent_commit(store, room, &extent);
    }
}

/* It was given away when nobody could say whether the relay has its end. It has
 * when its last record is there, or was let go. A floor is a millisecond behind
 * that one. */
static void lose_end(const room_intake *it)
{
    const room_import_room *what = it->what;
    room_id lost = room_floor_lost(it->store,
                                   it->store->items[it->room].hash);
    bool there = what->complete.ms + 1 >= lost.ms;

    for (size_t i = 0; i < what->count && !there; i++) {
        there = what->records[i].id.ms + 1 == lost.ms;
    }
    if (!there) {
        room_refill_lose(it->store, it->room,
                         room_id_compare(&lost, &what->newest) < 0
                             ? &lost : &what->newest);
    }
}

room_status room_refill_take(room_intake *it, uint64_t epoch)
{
    room_tie *tie = &it->store->ties[it->room];
    room_extent extent;
    room_status status;

    room_item_load(it->store, it->room, &extent);
    /* Whoever has read of it sees that a number is left out. */
    it->number = extent.next_seq > 1 ? extent.next_seq + 1 : 1;
    it->least = tie->least;
    it->exact = true;
    status = room_intake_take(it);
    if (status == ROOM_OK) {
        room_refill_lose(it->store, it->room, &tie->lost);
        room_kept_begin(it->store, it->room, it->what);
        lose_end(it);
        ROOM_FAULT(172);
        atomic_store(&tie->epoch, epoch);
        ROOM_FAULT(173);
        atomic_store(&tie->unread, 0);
    }
    ROOM_FAULT(174);
    return status;
}

void room_refill_tell(room_store *store, room_handle room)
{
    room_tie_wake(store, room.index);
    if (store->geometry.archive != 0) {
        room_ack_wake(store, room.index);
    }
    room_reader_mark(store, room);
}
