/* room_follow.c - a room follows the relay; see room_follow.h. */
#include "room/relay/room_follow.h"

#include "room/archive/room_ack.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/relay/room_kept.h"
#include "room/relay/room_refill.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"

/* With its lock. ROOM_GONE, ROOM_BUSY; ROOM_MOVED: nothing changes here. */
static room_status enter(room_store *store, room_handle room)
{
    room_status status = store->geometry.relay != 0
                             ? room_item_enter(store, room) : ROOM_GONE;

    if (status == ROOM_OK && room_store_closed(store)) {
        room_item_leave(store, room.index);
        return ROOM_MOVED;
    }
    return status;
}

static room_status replace_inside(room_intake *it, uint64_t epoch)
{
    room_tie *tie = &it->store->ties[it->room];
    room_extent extent;

    if (room_store_closed(it->store)) {
        return ROOM_MOVED;
    }
    room_item_load(it->store, it->room, &extent);
    tie->least = extent.newest;
    /* Another stream may lack something that this one had. */
    tie->lost = atomic_load(&tie->epoch) != epoch ? extent.newest
                                                  : extent.complete;
    ROOM_FAULT(175);
    /* Whoever dies from here on leaves a room that has to be read in. */
    atomic_store(&tie->unread, 1);
    ROOM_FAULT(176);
    return room_refill_take(it, epoch);
}

room_status room_follow_replace(room_store *store, room_handle room,
                                const room_import_room *what, uint64_t epoch,
                                base_clock_time now)
{
    room_intake it = { .store = store, .room = room.index, .what = what,
                       .now = now };
    room_status status;

    if (store->geometry.relay == 0) {
        return ROOM_GONE;
    }
    status = room_item_enter_read(store, room);
    if (status != ROOM_OK) {
        return status;
    }
    status = replace_inside(&it, epoch);
    room_item_leave(store, room.index);
    room_refill_tell(store, room);
    return status;
}

void room_follow_doubt(room_store *store)
{
    if (store->geometry.relay != 0) {
        atomic_fetch_add(&store->header->relay.doubts, 1);
    }
}

void room_follow_agree(room_store *store, room_handle room)
{
    if (store->geometry.relay != 0 && room.index < store->geometry.rooms) {
        atomic_store(&store->ties[room.index].agreed,
                     atomic_load(&store->header->relay.doubts));
    }
}

room_status room_follow_skip(room_store *store, room_handle room,
                             const room_id *same)
{
    room_status status = enter(store, room);
    room_tie *tie = &store->ties[room.index];
    room_extent extent;

    if (status == ROOM_OK) {
        room_item_load(store, room.index, &extent);
        /* Who lacked something else before may have read up to here. */
        if (room_id_compare(&tie->skipped, same) <= 0
            || room_id_compare(same, &tie->same) < 0) {
            tie->same = *same;
        }
        tie->skipped = extent.newest;
        room_item_leave(store, room.index);
    }
    return status;
}

room_status room_follow_epoch(room_store *store, room_handle room,
                              uint64_t epoch)
{
    room_status status = enter(store, room);

    if (status == ROOM_OK) {
        atomic_store(&store->ties[room.index].epoch, epoch);
        room_item_leave(store, room.index);
    }
    return status;
}

room_status room_follow_lose(room_store *store, room_handle room,
                             const room_id *upto)
{
    room_status status = enter(store, room);

    if (status == ROOM_OK) {
        room_refill_lose(store, room.index, upto);
        room_item_leave(store, room.index);
    }
    return status;
}

room_status room_follow_kept(room_store *store, room_handle room,
                             const room_id *upto, bool refused)
{
    room_status status = enter(store, room);

    if (status != ROOM_OK) {
        return status;
    }
    status = room_tie_unread(store, room.index) ? ROOM_UNREAD : ROOM_OK;
    if (status == ROOM_OK) {
        room_kept_move(store, room, upto, refused);
    }
    room_item_leave(store, room.index);
    if (status == ROOM_OK && store->geometry.archive != 0) {
        room_ack_wake(store, room.index);
    }
    return status;
}

/* A busy one comes again the next time. */
void room_follow_unkept(room_store *store)
{
    for (uint32_t i = 0; store->geometry.archive != 0
                         && i < store->geometry.rooms; i++) {
        room_handle room = { i, atomic_load(&store->items[i].generation) };

        if (atomic_load(&store->items[i].state) == ROOM_ITEM_USED
            && room_cursor_keeps(store, i)
            && enter(store, room) == ROOM_OK) {
            atomic_store(&store->cursors[i].keep_ms, 0);
            room_item_leave(store, i);
            room_ack_wake(store, i);
        }
    }
}

/* What is appended, and behind what. */
typedef struct {
    const room_id *before;
    const room_import_record *record;
    const room_state *state;
    base_clock_time now;
} following;

/* What the record changes; NULL: nothing. */
static const room_log_target *target_of(const following *it,
                                        room_log_target *target)
{
    switch (it->record->kind) {
    case ROOM_LOG_DELETED:
        return target;
    case ROOM_LOG_EDITED: /* one without a text was followed by another */
        return it->record->text_size > 0 ? target : NULL;
    case ROOM_LOG_STATE:
        target->now = it->state;
        return it->state != NULL ? target : NULL;
    case ROOM_LOG_MESSAGE:
    case ROOM_LOG_CLEARED:
    default:
        return NULL;
    }
}

static room_status append_inside(room_store *store, uint32_t room,
                                 const following *it)
{
    room_intake_record taken;
    room_extent extent;
    room_status status;

    room_item_load(store, room, &extent);
    if (room_id_compare(&it->record->id, &extent.newest) <= 0) {
        return ROOM_SAME;
    }
    if (room_id_compare(&extent.newest, it->before) < 0) {
        return ROOM_STALE;
    }
    room_intake_fill(it->record, it->now, &taken);
    taken.what.target = target_of(it, &taken.target);
    status = room_append_place(store, room, &extent, &taken.what);
    if (status == ROOM_OK) {
        room_cursor_note(store, room, extent.next_seq, it->now.mono_us);
    }
    return status;
}

room_status room_follow_append(room_store *store, room_handle room,
                               const room_id *before,
                               const room_import_record *record,
                               const room_state *state, base_clock_time now)
{
    const following it = { before, record, state, now };
    int64_t started = 0;
    room_status status;

    if (!room_intake_fits(store, record)) {
        return ROOM_TOO_BIG;
    }
    do {
        status = enter(store, room);
        if (status != ROOM_OK) {
            return status;
        }
        status = room_tie_unread(store, room.index)
                     ? ROOM_UNREAD : append_inside(store, room.index, &it);
        room_item_leave(store, room.index);
    } while (status == ROOM_FULL && room_append_again(&started));
    if (status == ROOM_OK) {
        room_tie_wake(store, room.index);
    }
    return status == ROOM_FULL ? ROOM_BUSY : status;
}
