/* room_relay.c - rooms that several hosts share; see room_relay.h. */
#include "room/relay/room_relay.h"

#include <string.h>

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/people/room_cell.h"
#include "room/people/room_people.h"
#include "room/relay/room_refill.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_wait.h"

#define LOAD_ALONE_US 2000000

bool room_relay_on(const room_store *store)
{
    return store->geometry.relay != 0;
}

void room_relay_begin(room_store *store, const base_hash_key *secret)
{
    if (atomic_load(&store->header->relay.ready) == 0) {
        room_tie_begin_all(store, secret, true);
    }
}

bool room_relay_ready(const room_store *store)
{
    return store->geometry.relay == 0
           || atomic_load(&store->header->relay.ready) != 0;
}

uint64_t room_relay_host(const room_store *store)
{
    static const char name[] = "host";

    /* Random, and taken over by a later segment. */
    return base_hash(&store->hash_key, name, sizeof(name));
}

_Atomic uint64_t *room_relay_figures(room_store *store)
{
    return store->header->relay.figures;
}

static bool is_current(const room_store *store, room_handle room)
{
    return store->geometry.relay != 0 && room.index < store->geometry.rooms
           && atomic_load(&store->items[room.index].generation)
                  == room.generation;
}

room_status room_relay_look(room_store *store, room_handle room,
                            room_relay_facts *out)
{
    const room_item *item;
    room_extent extent;
    room_status status;

    memset(out, 0, sizeof(*out));
    if (store->geometry.relay == 0) {
        return ROOM_GONE;
    }
    status = room_item_enter(store, room);
    if (status != ROOM_OK) {
        return status;
    }
    item = &store->items[room.index];
    room_item_load(store, room.index, &extent);
    room_item_copy_state(store, room.index, &extent, &out->state);
    out->key_size = item->key_size <= ROOM_KEY_MAX ? item->key_size : 0;
    memcpy(out->key, item->key, out->key_size);
    out->birth = item->birth;
    out->complete = extent.complete;
    out->newest = extent.newest;
    out->epoch = atomic_load(&store->ties[room.index].epoch);
    out->realm = atomic_load(&item->realm);
    out->keep_count = atomic_load(&item->keep_count);
    out->keep_age_ms = atomic_load(&item->keep_age_ms);
    out->unread = room_tie_unread(store, room.index);
    room_item_leave(store, room.index);
    return ROOM_OK;
}

bool room_relay_wanted(const room_store *store, room_handle room)
{
    return is_current(store, room) && room_tie_unread(store, room.index);
}

/* Until something has come of it, or `most_us` are over. */
static void sleep_for(room_tie *tie, uint32_t turn, int64_t most_us)
{
    atomic_fetch_add(&tie->sleepers, 1);
    room_wait_sleep(&tie->turn, turn, most_us);
    atomic_fetch_sub(&tie->sleepers, 1);
}

static bool take_load(room_tie *tie, uint64_t *turn)
{
    uint64_t held = atomic_load(&tie->loading);

    *turn = (uint64_t)base_clock_mono();
    return (held == 0 || held + LOAD_ALONE_US <= *turn)
           && atomic_compare_exchange_strong(&tie->loading, &held, *turn);
}

bool room_relay_load_begin(room_store *store, room_handle room,
                           int64_t until_us, uint64_t *turn)
{
    while (room_relay_wanted(store, room)) {
        room_tie *tie = &store->ties[room.index];
        uint32_t seen = atomic_load(&tie->turn);
        int64_t left = until_us - base_clock_mono();

        if (left <= 0) {
            return false;
        }
        if (take_load(tie, turn)) {
            return true;
        }
        sleep_for(tie, seen, left < LOAD_ALONE_US ? left : LOAD_ALONE_US);
    }
    return false;
}

void room_relay_load_end(room_store *store, room_handle room, uint64_t turn)
{
    if (is_current(store, room)) {
        atomic_compare_exchange_strong(&store->ties[room.index].loading, &turn,
                                       0);
        room_tie_wake(store, room.index);
    }
}

room_status room_relay_read_in(room_store *store, room_handle room,
                               const room_import_room *what, uint64_t epoch,
                               base_clock_time now)
{
    room_intake it = { .store = store, .room = room.index, .what = what,
                       .now = now };
    room_status status;

    if (store->geometry.relay == 0) {
        return ROOM_OK;
    }
    status = room_item_enter(store, room);
    if (status != ROOM_OK) {
        return status;
    }
    if (room_tie_unread(store, room.index)) {
        status = room_store_closed(store) ? ROOM_MOVED
                                          : room_refill_take(&it, epoch);
    }
    room_item_leave(store, room.index);
    room_refill_tell(store, room);
    return status;
}

bool room_relay_has(const room_store *store, room_handle room,
                    const room_id *id)
{
    /* In this order: if the slot is given away in between, the generation
     * tells. */
    return room.index < store->geometry.rooms && room_relay_on(store)
           && room_tie_has(store, room.index, id)
           && !room_tie_unread(store, room.index)
           && is_current(store, room);
}

/* What is there has no holes: so it is only gone in order when it would stand
 * in front of all that. ROOM_UNREAD: damaged. */
static room_status find_inside(const room_store *store, uint32_t room,
                               const room_id *id)
{
    room_id front = { id->n > 0 ? id->ms : id->ms - 1, id->n - 1 };
    room_extent extent;
    room_place place;
    room_record record = { .id = { 0, 0 } };

    if (!room_extent_load(store, room, &extent)) {
        return ROOM_UNREAD;
    }
    place = extent.first;
    if (place.seq < extent.next_seq
        && (!room_extent_seek(store, room, &extent, &front, &place)
            || (place.seq < extent.next_seq
                && !room_extent_record(store, room, &extent, &place,
                                       &record)))) {
        return ROOM_UNREAD;
    }
    if (place.seq == extent.first.seq) {
        return room_id_compare(&extent.complete, id) >= 0
                       || record.kind == ROOM_LOG_CLEARED
                       || room_id_compare(&record.id, id) == 0
                   ? ROOM_OK : ROOM_ABSENT;
    }
    return room_id_compare(&record.id, id) == 0 ? ROOM_OK : ROOM_ABSENT;
}

room_status room_relay_find(room_store *store, room_handle room,
                            const room_id *id)
{
    room_status status;

    if (!room_relay_has(store, room, id)) {
        return is_current(store, room) ? ROOM_UNREAD : ROOM_GONE;
    }
    if (room_tie_is(store, room.index, id)) {
        return is_current(store, room) ? ROOM_OK : ROOM_GONE;
    }
    status = room_item_enter_read(store, room);
    if (status == ROOM_OK) {
        status = find_inside(store, room.index, id);
        room_item_leave(store, room.index);
    }
    return status;
}

bool room_relay_told(const room_store *store, room_handle room,
                     const room_id *last, const room_id *id)
{
    return room_id_compare(id, last) <= 0
           && (!room_tie_skipped(store, room.index, last)
               || !room_tie_skipped(store, room.index, id));
}

room_status room_relay_wait(room_store *store, room_handle room,
                            const room_id *id, int64_t until_us)
{
    while (is_current(store, room)) {
        room_tie *tie = &store->ties[room.index];
        uint32_t turn = atomic_load(&tie->turn);
        int64_t left = until_us - base_clock_mono();

        if (room_relay_has(store, room, id)) {
            return ROOM_OK;
        }
        if (left <= 0) {
            return ROOM_BUSY;
        }
        sleep_for(tie, turn, left);
    }
    return ROOM_GONE;
}

/* True when one of the connections that children have is a moderator's: the
 * reader's own hold says what other hosts think of the user. */
static bool moderates_here(const room_store *store, uint32_t index)
{
    uint32_t reader = room_layout_reader(&store->geometry);
    uint32_t rest = room_layout_children(&store->geometry);
    const room_cell *cell = &store->cells[index];
    uint64_t hold = atomic_load(&cell->hold);
    bool moderator = room_hold_slot(hold) != reader
                     && room_hold_moderators(hold) > 0;
    uint32_t lease = ROOM_NONE;

    if (room_cell_is_ghost(store, index)) {
        return cell->moderator != 0;
    }
    do {
        lease = room_cell_find(store, cell->room, cell->user, lease,
                               ROOM_CELL_LEASE);
        if (lease != ROOM_NONE) {
            hold = atomic_load(&store->cells[lease].hold);
            moderator = moderator || (room_hold_slot(hold) != reader
                                      && room_hold_moderators(hold) > 0);
        }
    } while (lease != ROOM_NONE && !moderator && rest-- > 0);
    return moderator;
}

room_status room_relay_people(room_store *store, room_handle room,
                              room_member_each_fn *visit, void *context)
{
    room_status status = room_item_enter(store, room);
    uint32_t cells = store->geometry.cells;
    uint32_t index;

    if (status != ROOM_OK) {
        return status;
    }
    if (!room_people_enter(store)) {
        room_item_leave(store, room.index);
        return ROOM_BUSY;
    }
    index = store->items[room.index].member_head;
    for (uint32_t i = 0; i < cells && index < cells; i++) {
        room_member member;

        if (!room_cell_is_remote(store, index)) {
            room_cell_read(store, index, &member);
            member.moderator = moderates_here(store, index);
            if (!visit(context, &member)) {
                break;
            }
        }
        index = store->cells[index].next_room;
    }
    room_people_leave(store);
    room_item_leave(store, room.index);
    return ROOM_OK;
}
