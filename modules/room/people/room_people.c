/* room_people.c - the members' table as a whole; see room_people.h. */
#include "room/people/room_people.h"

#include "room/people/room_cell.h"
#include "room/people/room_cell_mend.h"

/* A user with a long name and id, and a rename of that. */
#define SPARE_CELLS (2 * (1 + ROOM_TAILS_MOST))
#define EXPIRE_CELLS 4096u /* looked at under one lock */

bool room_people_enter(room_store *store)
{
    room_lock *lock = &store->header->members;
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_DIED) {
        room_cell_mend(store);
        room_lock_mend(lock);
    }
    else if (taken == ROOM_LOCK_TAKEN
             && store->header->cell_fresh > store->geometry.cells) {
        /* Nobody died, but room_cell found a list that leads astray. */
        room_cell_mend(store);
    }
    return taken != ROOM_LOCK_BUSY;
}

void room_people_leave(room_store *store)
{
    room_lock_drop(&store->header->members);
}

static bool is_away(const room_store *store, uint32_t room, uint32_t index)
{
    return index < store->geometry.cells && store->cells[index].room == room
           && (room_cell_is_ghost(store, index)
               || room_cell_is_remote(store, index));
}

/* Nobody of this host is in the room. */
static bool are_away(const room_store *store, uint32_t room)
{
    const room_item *item = &store->items[room];
    uint32_t left = atomic_load(&item->members);
    uint32_t index = item->member_head;

    if (left == atomic_load(&item->ghosts)) {
        return true;
    }
    while (left > 0 && is_away(store, room, index)) {
        index = store->cells[index].next_room;
        left--;
    }
    return left == 0;
}

room_status room_people_vacant(room_store *store, uint32_t room)
{
    const room_item *item = &store->items[room];
    bool vacant;

    if (!room_people_enter(store)) {
        return ROOM_BUSY;
    }
    vacant = are_away(store, room);
    /* A damaged list ends it: then somebody may be there after all. */
    while (vacant && atomic_load(&item->members) > 0) {
        uint32_t head = item->member_head;

        vacant = is_away(store, room, head);
        if (vacant) {
            room_cell_remove(store, head);
        }
    }
    room_people_leave(store);
    return vacant ? ROOM_OK : ROOM_FULL;
}

/* The next ghost behind the one that gave way last, or ROOM_NONE. */
static uint32_t find_ghost(room_store *store)
{
    room_header *header = store->header;
    uint32_t cells = store->geometry.cells;

    if (atomic_load(&header->ghosts) == 0) {
        return ROOM_NONE;
    }
    for (uint32_t i = 0; i < cells; i++) {
        /* On from the last one: what lies before has just been looked at. */
        uint32_t index = (header->ghost_hand % cells + i) % cells;

        if (room_cell_is_ghost(store, index)
            && store->cells[index].room < store->geometry.rooms) {
            header->ghost_hand = index + 1;
            return index;
        }
    }
    return ROOM_NONE;
}

void room_people_make_place(room_store *store)
{
    uint32_t ghost = ROOM_NONE;

    do {
        /* Not before it is needed: a ghost may come back. */
        if (atomic_load(&store->header->cells_free) >= SPARE_CELLS) {
            return;
        }
        ghost = find_ghost(store);
        if (ghost != ROOM_NONE) {
            room_cell_remove(store, ghost);
        }
    } while (ghost != ROOM_NONE);
}

/* True when there may be more cells. */
static bool expire_some(room_store *store, uint32_t from, uint32_t now,
                        unsigned *gone)
{
    uint32_t to = from + EXPIRE_CELLS;
    bool more;

    if (!room_people_enter(store)) {
        return false;
    }
    more = to < store->header->cell_fresh;
    to = more ? to : store->header->cell_fresh;
    for (uint32_t i = from; i < to; i++) {
        const room_cell *cell = &store->cells[i];
        uint32_t end = (uint32_t)atomic_load(&cell->hold);

        /* Ticks come round after years: only their distance tells. */
        if (room_cell_is_ghost(store, i) && (int32_t)(now - end) >= 0
            && cell->room < store->geometry.rooms) {
            room_cell_remove(store, i);
            (*gone)++;
        }
    }
    room_people_leave(store);
    return more;
}

unsigned room_people_expire(room_store *store, int64_t now_us)
{
    uint32_t now = (uint32_t)(now_us / ROOM_CELL_TICK_US);
    uint32_t from = 0;
    unsigned gone = 0;

    while (expire_some(store, from, now, &gone)) {
        from += EXPIRE_CELLS;
    }
    return gone;
}

bool room_people_reap(room_store *store, uint32_t slot, int64_t until_us)
{
    if (!room_people_enter(store)) {
        return false;
    }
    for (uint32_t i = 0; i < store->header->cell_fresh; i++) {
        uint32_t state = atomic_load(&store->cells[i].state);

        /* Again and again: a USER cell takes the place of a lease, which may be
         * of this slot as well. */
        while ((state == ROOM_CELL_USER || state == ROOM_CELL_LEASE)
               && store->cells[i].room < store->geometry.rooms
               && room_hold_slot(atomic_load(&store->cells[i].hold)) == slot) {
            room_cell_release(store, i, until_us);
            state = atomic_load(&store->cells[i].state);
        }
    }
    room_people_leave(store);
    return true;
}
