/* room_cell.c - the table of who is in a room; see room_cell.h. */
#include "room/people/room_cell.h"

#include <string.h>

#include "room/segment/room_fault.h"

/* As cell_fresh: the next one to take the lock repairs all, since who finds the
 * fault is in the middle of something. */
#define BROKEN UINT32_MAX

static uint32_t state_of(const room_store *store, uint32_t index)
{
    return atomic_load_explicit(&store->cells[index].state,
                                memory_order_acquire);
}

static void set_state(room_store *store, uint32_t index,
                      room_cell_state state)
{
    atomic_store_explicit(&store->cells[index].state, state,
                          memory_order_release);
}

static bool holds_ghost(const room_cell *cell)
{
    return atomic_load(&cell->hold) >> 32 == ROOM_GHOST;
}

/* The chains that a cell can be in. */
typedef enum { BY_USER, BY_NAME, BY_SKELETON } chain;

static uint32_t *head_of(const room_store *store, chain which, uint32_t room,
                         uint64_t hash)
{
    /* With the room in it: somebody is in many rooms, and each chain is
     * short. */
    uint64_t mixed = (hash ^ room) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t *buckets = which == BY_USER   ? store->user_buckets
                        : which == BY_NAME ? store->name_buckets
                                           : store->skeleton_buckets;

    return &buckets[(uint32_t)((mixed >> 32) % store->geometry.cell_buckets)];
}

static uint32_t *next_of(room_cell *cell, chain which)
{
    return which == BY_USER   ? &cell->next_user
           : which == BY_NAME ? &cell->next_name
                              : &cell->next_skeleton;
}

static uint64_t hash_of(const room_cell *cell, chain which)
{
    return which == BY_USER   ? cell->user
           : which == BY_NAME ? cell->name_key
                              : cell->skeleton_key;
}

uint32_t room_cell_find(const room_store *store, uint32_t room, uint64_t user,
                        uint32_t after, room_cell_state state)
{
    /* Walks are bounded by the number of cells: a damaged chain may be a
     * circle. */
    uint32_t cells = store->geometry.cells;
    uint32_t index = after != ROOM_NONE
                         ? store->cells[after].next_user
                         : *head_of(store, BY_USER, room, user);

    for (uint32_t i = 0; i < cells && index < cells; i++) {
        const room_cell *cell = &store->cells[index];

        if (cell->user == user && cell->room == room
            && state_of(store, index) == (uint32_t)state) {
            return index;
        }
        index = cell->next_user;
    }
    return ROOM_NONE;
}

/* Of somebody else: nobody stands in his own way. */
static uint32_t find_key(const room_store *store, uint32_t room, chain which,
                         uint64_t key, uint64_t but_user, bool guests)
{
    uint32_t cells = store->geometry.cells;
    uint32_t index = *head_of(store, which, room, key);

    for (uint32_t i = 0; i < cells && index < cells; i++) {
        room_cell *cell = &store->cells[index];

        if (hash_of(cell, which) == key && cell->room == room
            && cell->user != but_user && (cell->guest != 0 || !guests)) {
            return index;
        }
        index = *next_of(cell, which);
    }
    return ROOM_NONE;
}

uint32_t room_cell_find_name(const room_store *store, uint32_t room,
                             const room_member *who, bool guests)
{
    /* Both are asked: names that differ in case only need not look alike. */
    uint32_t index = find_key(store, room, BY_NAME, who->name_key, who->user,
                              guests);

    if (index == ROOM_NONE && who->skeleton_key != 0) {
        index = find_key(store, room, BY_SKELETON, who->skeleton_key, who->user,
                         guests);
    }
    return index;
}

/* Takes a cell off the free list, or a fresh one; its state stays FREE until
 * it is filled. When the list is not what it should be, the next one to enter
 * repairs it. */
static uint32_t pop(room_store *store)
{
    room_header *header = store->header;
    uint32_t cells = store->geometry.cells;
    uint32_t index = header->cell_head;
    /* Cells that were never used come last: the kernel has given no memory for
     * them yet. */
    bool fresh = index == ROOM_NONE;

    if (fresh) {
        if (header->cell_fresh >= cells) {
            return ROOM_NONE;
        }
        index = header->cell_fresh++;
    }
    if (index >= header->cell_fresh || index >= cells
        || state_of(store, index) != ROOM_CELL_FREE) {
        header->cell_fresh = BROKEN;
        return ROOM_NONE;
    }
    if (!fresh) {
        header->cell_head = store->cells[index].next_user;
    }
    atomic_fetch_sub(&header->cells_free, 1);
    return index;
}

/* The latest first: its memory is still in the caches. */
static void push(room_store *store, uint32_t index)
{
    store->cells[index].next_user = store->header->cell_head;
    store->header->cell_head = index;
    atomic_fetch_add(&store->header->cells_free, 1);
}

bool room_cell_is_ghost(const room_store *store, uint32_t index)
{
    return state_of(store, index) == ROOM_CELL_USER
           && holds_ghost(&store->cells[index]);
}

/* `more` is 1, or -1 as an unsigned. */
static void count_ghosts(room_store *store, uint32_t room, uint32_t more)
{
    atomic_fetch_add(&store->items[room].ghosts, more);
    atomic_fetch_add(&store->header->ghosts, more);
}

static void put_in(room_store *store, uint32_t index, chain which)
{
    room_cell *cell = &store->cells[index];
    uint32_t *head = head_of(store, which, cell->room, hash_of(cell, which));

    *next_of(cell, which) = *head;
    *head = index;
}

void room_cell_link(room_store *store, uint32_t index)
{
    room_cell *cell = &store->cells[index];
    room_item *item = &store->items[cell->room];

    /* A lease has no name: it is found by its user alone. */
    put_in(store, index, BY_USER);
    ROOM_FAULT(90);
    if (state_of(store, index) != ROOM_CELL_USER) {
        return;
    }
    put_in(store, index, BY_NAME);
    ROOM_FAULT(91);
    if (cell->skeleton_key != 0) {
        put_in(store, index, BY_SKELETON);
    }
    ROOM_FAULT(106);
    /* The latest comer first: a list of part of the members is of these. */
    cell->prev_room = ROOM_NONE;
    cell->next_room = item->member_head;
    if (item->member_head < store->geometry.cells) {
        store->cells[item->member_head].prev_room = index;
    }
    item->member_head = index;
    atomic_fetch_add(&item->members, 1);
    if (room_cell_is_ghost(store, index)) {
        count_ghosts(store, cell->room, 1);
    }
}

static void take_out(room_store *store, uint32_t index, chain which)
{
    const room_cell *gone = &store->cells[index];
    uint32_t cells = store->geometry.cells;
    uint32_t *link = head_of(store, which, gone->room, hash_of(gone, which));

    for (uint32_t i = 0; i < cells && *link < cells; i++) {
        uint32_t *next = next_of(&store->cells[*link], which);

        if (*link == index) {
            *link = *next;
            return;
        }
        link = next;
    }
}

/* `named` tells what it was: its state is FREE by now. */
static void unlink_cell(room_store *store, uint32_t index, bool named)
{
    room_cell *cell = &store->cells[index];
    room_item *item = &store->items[cell->room];
    uint32_t cells = store->geometry.cells;

    take_out(store, index, BY_USER);
    ROOM_FAULT(92);
    if (!named) {
        return;
    }
    take_out(store, index, BY_NAME);
    ROOM_FAULT(93);
    if (cell->skeleton_key != 0) {
        take_out(store, index, BY_SKELETON);
    }
    ROOM_FAULT(107);
    if (cell->next_room < cells) {
        store->cells[cell->next_room].prev_room = cell->prev_room;
    }
    if (cell->prev_room < cells) {
        store->cells[cell->prev_room].next_room = cell->next_room;
    }
    else {
        item->member_head = cell->next_room;
    }
    atomic_fetch_sub(&item->members, 1);
    if (holds_ghost(cell)) {
        count_ghosts(store, cell->room, UINT32_MAX);
    }
}

/* Puts the end of a long name into a cell of its own. */
static bool write_tail(room_store *store, room_cell *cell,
                       const room_member *who)
{
    room_tail *tail;
    uint32_t index;

    cell->more = ROOM_NONE;
    if (who->name_size <= ROOM_CELL_NAME) {
        return true;
    }
    index = pop(store);
    if (index == ROOM_NONE) {
        return false;
    }
    tail = (room_tail *)&store->cells[index];
    /* The state comes after the bytes, here and in room_cell_make: what a
     * repair finds is complete. */
    memcpy(tail->name, who->name + ROOM_CELL_NAME,
           who->name_size - ROOM_CELL_NAME);
    ROOM_FAULT(94);
    set_state(store, index, ROOM_CELL_TAIL);
    cell->more = index;
    return true;
}

uint32_t room_cell_make(room_store *store, uint32_t room,
                        const room_member *who, uint64_t hold,
                        room_cell_state state)
{
    uint32_t index = pop(store);
    bool named = state == ROOM_CELL_USER;
    size_t size = named ? who->name_size : 0;
    room_cell *cell;

    if (index == ROOM_NONE) {
        return ROOM_NONE;
    }
    cell = &store->cells[index];
    cell->more = ROOM_NONE;
    /* The tail first, so that a name never lacks its end. */
    if (named && !write_tail(store, cell, who)) {
        push(store, index);
        return ROOM_NONE;
    }
    cell->room = room;
    cell->user = who->user;
    cell->name_key = who->name_key;
    cell->skeleton_key = who->skeleton_key;
    atomic_store_explicit(&cell->hold, hold, memory_order_relaxed);
    /* A repair that finds two of one user takes the later one. */
    cell->stamp = ++store->header->cell_stamp;
    cell->guest = who->guest;
    cell->name_size = (uint16_t)size;
    memcpy(cell->name, who->name, size < ROOM_CELL_NAME ? size
                                                        : ROOM_CELL_NAME);
    ROOM_FAULT(95);
    set_state(store, index, state);
    ROOM_FAULT(96);
    room_cell_link(store, index);
    return index;
}

void room_cell_drop(room_store *store, uint32_t index)
{
    uint32_t more = store->cells[index].more;
    bool named = state_of(store, index) == ROOM_CELL_USER;

    /* First: from here on nobody is there, whatever chains still say. */
    set_state(store, index, ROOM_CELL_FREE);
    ROOM_FAULT(97);
    unlink_cell(store, index, named);
    push(store, index);
    /* It may be cut off from its cell; then a repair frees it. */
    if (named && more < store->geometry.cells
        && state_of(store, more) == ROOM_CELL_TAIL) {
        ROOM_FAULT(98);
        set_state(store, more, ROOM_CELL_FREE);
        push(store, more);
    }
}

void room_cell_read(const room_store *store, uint32_t index, room_member *out)
{
    const room_cell *cell = &store->cells[index];
    size_t size = cell->name_size;

    memset(out, 0, sizeof(*out));
    out->user = cell->user;
    out->name_key = cell->name_key;
    out->skeleton_key = cell->skeleton_key;
    out->guest = cell->guest != 0;
    size = size <= ROOM_NAME_MAX ? size : ROOM_NAME_MAX;
    if (size > ROOM_CELL_NAME) {
        if (cell->more < store->geometry.cells
            && state_of(store, cell->more) == ROOM_CELL_TAIL) {
            const room_tail *tail = (void *)&store->cells[cell->more];

            memcpy(out->name + ROOM_CELL_NAME, tail->name,
                   size - ROOM_CELL_NAME);
        }
        else {
            /* The tail is lost; the name ends where the cell does. */
            size = ROOM_CELL_NAME;
        }
    }
    memcpy(out->name, cell->name, size < ROOM_CELL_NAME ? size
                                                        : ROOM_CELL_NAME);
    out->name_size = size;
}

/* Half a hold: in units that last for years, and never 0. */
static uint32_t tick_of(int64_t us)
{
    uint32_t tick = (uint32_t)((us + ROOM_CELL_TICK_US - 1)
                               / ROOM_CELL_TICK_US);

    return tick != 0 ? tick : 1;
}

static void make_ghost(room_store *store, uint32_t index, int64_t until_us)
{
    room_cell *cell = &store->cells[index];

    /* The hold first: a repair counts ghosts by it. */
    atomic_store(&cell->hold, (uint64_t)ROOM_GHOST << 32 | tick_of(until_us));
    ROOM_FAULT(104);
    count_ghosts(store, cell->room, 1);
}

void room_cell_take_ghost(room_store *store, uint32_t index, uint32_t slot)
{
    room_cell *cell = &store->cells[index];

    atomic_store(&cell->hold, (uint64_t)slot << 32 | 1);
    ROOM_FAULT(105);
    count_ghosts(store, cell->room, UINT32_MAX);
}

void room_cell_remove(room_store *store, uint32_t index)
{
    uint32_t room = store->cells[index].room;

    room_cell_drop(store, index);
    atomic_fetch_add(&store->items[room].members_version, 1);
}

bool room_cell_release(room_store *store, uint32_t index, int64_t until_us)
{
    room_cell *cell = &store->cells[index];
    uint32_t lease;

    if (state_of(store, index) == ROOM_CELL_USER) {
        /* Does another child have connections of the user? */
        lease = room_cell_find(store, cell->room, cell->user, ROOM_NONE,
                               ROOM_CELL_LEASE);
        if (lease == ROOM_NONE && until_us > 0) {
            make_ghost(store, index, until_us);
            return true;
        }
        if (lease == ROOM_NONE) {
            room_cell_remove(store, index);
            return true;
        }
        /* The USER cell has the name and stays. It takes the connections of a
         * lease, which goes in its place. */
        atomic_store(&cell->hold, atomic_load(&store->cells[lease].hold));
        ROOM_FAULT(99);
        index = lease;
    }
    room_cell_drop(store, index);
    return false;
}
