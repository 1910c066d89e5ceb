/* room_cell_mend.c - repairs the members' table; see room_cell_mend.h. May be
 * cut off at any point itself: the next one then starts again. */
#include "room/people/room_cell_mend.h"

#include "room/people/room_cell.h"
#include "room/segment/room_fault.h"

static uint32_t state_of(const room_store *store, uint32_t index)
{
    return atomic_load(&store->cells[index].state);
}

static void set_state(room_store *store, uint32_t index,
                      room_cell_state state)
{
    atomic_store(&store->cells[index].state, state);
}

static void forget_chains(room_store *store)
{
    const room_geometry *g = &store->geometry;

    for (uint32_t i = 0; i < g->cell_buckets; i++) {
        store->user_buckets[i] = ROOM_NONE;
        store->name_buckets[i] = ROOM_NONE;
        store->skeleton_buckets[i] = ROOM_NONE;
    }
    for (uint32_t i = 0; i < g->rooms; i++) {
        store->items[i].member_head = ROOM_NONE;
        atomic_store(&store->items[i].members, 0);
        atomic_store(&store->items[i].ghosts, 0);
        /* Whoever compares lists looks again: somebody may be missing. */
        room_cell_changed(store, i);
    }
    atomic_store(&store->header->ghosts, 0);
    /* It was BROKEN: every cell is looked at. */
    if (store->header->cell_fresh > g->cells) {
        store->header->cell_fresh = g->cells;
    }
}

/* A rename that was cut off leaves two USER cells: the newer one counts. The
 * older one is linked already when it is found, so it takes over the newer
 * one's place by being dropped. */
static void link_users(room_store *store)
{
    for (uint32_t i = 0; i < store->header->cell_fresh; i++) {
        room_cell *cell = &store->cells[i];
        uint32_t other;

        if (state_of(store, i) != ROOM_CELL_USER) {
            continue;
        }
        if (cell->room >= store->geometry.rooms) {
            set_state(store, i, ROOM_CELL_FREE);
            continue;
        }
        other = room_cell_find(store, cell->room, cell->user, ROOM_NONE,
                               ROOM_CELL_USER);
        if (other == ROOM_NONE) {
            room_cell_link(store, i);
        }
        else if ((int32_t)(cell->stamp - store->cells[other].stamp) < 0) {
            set_state(store, i, ROOM_CELL_FREE);
        }
        else {
            room_cell_drop(store, other);
            room_cell_link(store, i);
        }
    }
}

/* A leave that was cut off leaves a LEASE whose place the USER cell took. */
static void link_leases(room_store *store)
{
    for (uint32_t i = 0; i < store->header->cell_fresh; i++) {
        room_cell *cell = &store->cells[i];
        uint32_t user = ROOM_NONE;

        if (state_of(store, i) != ROOM_CELL_LEASE) {
            continue;
        }
        if (cell->room < store->geometry.rooms) {
            user = room_cell_find(store, cell->room, cell->user, ROOM_NONE,
                                  ROOM_CELL_USER);
        }
        /* Without a USER cell it has no name, and two of one slot would count
         * twice. */
        if (user == ROOM_NONE
            || room_hold_slot(atomic_load(&store->cells[user].hold))
                   == room_hold_slot(atomic_load(&cell->hold))) {
            set_state(store, i, ROOM_CELL_FREE);
        }
        else {
            room_cell_link(store, i);
        }
    }
}

/* Marks the tails of a USER cell. */
static void mark_tails(room_store *store, const room_cell *cell)
{
    uint32_t more = cell->more;
    size_t size = (size_t)cell->name_size + cell->id_size;

    for (size_t at = ROOM_CELL_TEXT;
         at < size && more < store->header->cell_fresh
         && state_of(store, more) == ROOM_CELL_TAIL;
         at += ROOM_TAIL_TEXT) {
        set_state(store, more, ROOM_CELL_TAIL_KEPT);
        more = ((room_tail *)&store->cells[more])->more;
    }
}

/* Tails that no name refers to are free. */
static void keep_tails(room_store *store)
{
    uint32_t fresh = store->header->cell_fresh;

    for (uint32_t i = 0; i < fresh; i++) {
        /* The mark is a state, so that no memory is needed. Those of a repair
         * that was cut off are taken back first. */
        if (state_of(store, i) == ROOM_CELL_TAIL_KEPT) {
            set_state(store, i, ROOM_CELL_TAIL);
        }
    }
    for (uint32_t i = 0; i < fresh; i++) {
        if (state_of(store, i) == ROOM_CELL_USER) {
            mark_tails(store, &store->cells[i]);
        }
    }
    ROOM_FAULT(100);
    for (uint32_t i = 0; i < fresh; i++) {
        if (state_of(store, i) == ROOM_CELL_TAIL) {
            set_state(store, i, ROOM_CELL_FREE);
        }
        else if (state_of(store, i) == ROOM_CELL_TAIL_KEPT) {
            set_state(store, i, ROOM_CELL_TAIL);
        }
    }
}

/* Who moderates, of whom a join or a leave was cut off. */
static void judge_users(room_store *store)
{
    for (uint32_t i = 0; i < store->header->cell_fresh; i++) {
        if (state_of(store, i) == ROOM_CELL_USER) {
            room_cell_judge(store, i);
        }
    }
}

static void link_free(room_store *store)
{
    room_header *header = store->header;
    uint32_t count = store->geometry.cells - header->cell_fresh;
    uint32_t head = ROOM_NONE;

    for (uint32_t i = header->cell_fresh; i > 0; i--) {
        uint32_t state = state_of(store, i - 1);

        /* A state that there is not is as good as none. */
        if (state == ROOM_CELL_FREE || state > ROOM_CELL_TAIL_KEPT) {
            set_state(store, i - 1, ROOM_CELL_FREE);
            store->cells[i - 1].next_user = head;
            head = i - 1;
            count++;
        }
    }
    header->cell_head = head;
    atomic_store(&header->cells_free, count);
}

void room_cell_mend(room_store *store)
{
    forget_chains(store);
    ROOM_FAULT(101);
    /* Users first, since a lease without one is dropped; then tails, of which
     * only those of users stay; what is free by then is listed. */
    link_users(store);
    ROOM_FAULT(102);
    link_leases(store);
    judge_users(store);
    keep_tails(store);
    ROOM_FAULT(103);
    link_free(store);
    atomic_fetch_add(&store->header->repairs, 1);
}
