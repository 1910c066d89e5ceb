/* room_cell.c - the table of who is in a room; see room_cell.h. */
#include "room/people/room_cell.h"

#include <string.h>

#include "room/people/room_spare.h"
#include "room/people/room_stirred.h"
#include "room/people/room_tail.h"
#include "room/segment/room_fault.h"

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
    return room_hold_slot(atomic_load(&cell->hold)) == ROOM_HOLD_GHOST;
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

/* Nobody is his own. Two logins whose names differ in case only are what the
 * site calls them; a name that somebody may have chosen there is another's when
 * it looks the same. */
static bool is_rival(const room_cell *cell, const room_member *who,
                     room_rivals rivals)
{
    if (cell->user == who->user) {
        return false;
    }
    switch (rivals) {
    case ROOM_RIVALS_GUESTS: return cell->guest != 0;
    case ROOM_RIVALS_VERIFIED:
        return cell->guest == 0 && (cell->id_size > 0 || who->id_size > 0);
    case ROOM_RIVALS_ALL:
    default: return true;
    }
}

static uint32_t find_key(const room_store *store, uint32_t room, chain which,
                         const room_member *who, room_rivals rivals)
{
    uint32_t cells = store->geometry.cells;
    uint64_t key = which == BY_NAME ? who->name_key : who->skeleton_key;
    uint32_t index = *head_of(store, which, room, key);

    for (uint32_t i = 0; i < cells && index < cells; i++) {
        room_cell *cell = &store->cells[index];

        if (hash_of(cell, which) == key && cell->room == room
            && is_rival(cell, who, rivals)) {
            return index;
        }
        index = *next_of(cell, which);
    }
    return ROOM_NONE;
}

uint32_t room_cell_find_name(const room_store *store, uint32_t room,
                             const room_member *who, room_rivals rivals)
{
    /* Both are asked: names that differ in case only need not look alike. */
    uint32_t index = find_key(store, room, BY_NAME, who, rivals);

    /* The site's own people may have names that look alike. */
    if (index == ROOM_NONE && who->skeleton_key != 0
        && rivals != ROOM_RIVALS_VERIFIED) {
        index = find_key(store, room, BY_SKELETON, who, rivals);
    }
    return index;
}

bool room_cell_is_ghost(const room_store *store, uint32_t index)
{
    return state_of(store, index) == ROOM_CELL_USER
           && holds_ghost(&store->cells[index]);
}

bool room_cell_is_remote(const room_store *store, uint32_t index)
{
    const room_cell *cell = &store->cells[index];
    uint64_t hold = atomic_load(&cell->hold);

    if (store->geometry.relay == 0
        || state_of(store, index) != ROOM_CELL_USER) {
        return false;
    }
    if (room_hold_slot(hold) == ROOM_HOLD_GHOST) {
        return room_hold_was_remote(hold);
    }
    /* A slot has one cell of each user: a lease beside the reader's is a
     * child's. */
    return room_hold_slot(hold) == room_layout_reader(&store->geometry)
           && room_cell_find(store, cell->room, cell->user, ROOM_NONE,
                             ROOM_CELL_LEASE) == ROOM_NONE;
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

/* A lease has no name: it is found by its user alone. */
static size_t join_text(const room_member *who, room_cell_state state,
                        char text[2 * ROOM_NAME_MAX])
{
    if (state != ROOM_CELL_USER) {
        return 0;
    }
    memcpy(text, who->name, who->name_size);
    memcpy(text + who->name_size, who->id, who->id_size);
    return who->name_size + who->id_size;
}

uint32_t room_cell_make(room_store *store, uint32_t room,
                        const room_member *who, uint64_t hold,
                        room_cell_state state)
{
    uint32_t index = room_spare_take(store);
    char text[2 * ROOM_NAME_MAX];
    size_t size = join_text(who, state, text);
    room_cell *cell;
    uint32_t more;

    if (index == ROOM_NONE) {
        return ROOM_NONE;
    }
    cell = &store->cells[index];
    /* The tails first, so that a name never lacks its end. */
    if (!room_tail_write(store, text, size, &more)) {
        room_spare_give(store, index);
        return ROOM_NONE;
    }
    cell->room = room;
    cell->user = who->user;
    cell->name_key = who->name_key;
    cell->skeleton_key = who->skeleton_key;
    cell->address = who->guest ? who->address : 0;
    atomic_store_explicit(&cell->hold, hold, memory_order_relaxed);
    /* A repair that finds two of one user takes the later one. */
    cell->stamp = ++store->header->cell_stamp;
    cell->more = more;
    cell->guest = who->guest;
    cell->moderator = who->moderator;
    cell->name_size = (uint8_t)(size > 0 ? who->name_size : 0);
    cell->id_size = (uint8_t)(size > 0 ? who->id_size : 0);
    memcpy(cell->text, text, size < ROOM_CELL_TEXT ? size : ROOM_CELL_TEXT);
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
    /* What somebody was called is nobody's business any more. */
    memset(store->cells[index].text, 0, sizeof(store->cells[index].text));
    room_spare_give(store, index);
    if (named) {
        room_tail_free(store, more);
    }
}

void room_cell_read(const room_store *store, uint32_t index, room_member *out)
{
    const room_cell *cell = &store->cells[index];
    size_t name = cell->name_size;
    size_t id = cell->id_size;
    char text[2 * ROOM_NAME_MAX];
    size_t size;

    memset(out, 0, sizeof(*out));
    out->user = cell->user;
    out->name_key = cell->name_key;
    out->skeleton_key = cell->skeleton_key;
    out->address = cell->address;
    out->guest = cell->guest != 0;
    out->moderator = cell->moderator != 0;
    name = name <= ROOM_NAME_MAX ? name : ROOM_NAME_MAX;
    id = id <= ROOM_NAME_MAX ? id : ROOM_NAME_MAX;
    size = room_tail_read(store, cell, name + id, text);
    out->name_size = name < size ? name : size;
    out->id_size = size - out->name_size;
    memcpy(out->name, text, out->name_size);
    memcpy(out->id, text + out->name_size, out->id_size);
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
    bool remote = room_cell_is_remote(store, index);

    /* The hold first: a repair counts ghosts by it. */
    atomic_store(&cell->hold, room_hold_ghost(tick_of(until_us), remote));
    ROOM_FAULT(104);
    count_ghosts(store, cell->room, 1);
}

void room_cell_take_ghost(room_store *store, uint32_t index, uint64_t hold)
{
    room_cell *cell = &store->cells[index];

    atomic_store(&cell->hold, hold);
    ROOM_FAULT(105);
    count_ghosts(store, cell->room, UINT32_MAX);
}

void room_cell_changed(room_store *store, uint32_t room)
{
    atomic_fetch_add(&store->items[room].members_version, 1);
    ROOM_FAULT(108);
    room_stirred_note(store, room);
}

void room_cell_remove(room_store *store, uint32_t index)
{
    uint32_t room = store->cells[index].room;

    room_cell_drop(store, index);
    room_cell_changed(store, room);
}

void room_cell_judge(room_store *store, uint32_t index)
{
    room_cell *cell = &store->cells[index];
    /* One of each child at most; a damaged chain may be a circle. */
    uint32_t rest = room_layout_children(&store->geometry);
    uint32_t lease = ROOM_NONE;
    uint64_t hold;
    bool moderator;

    if (index == ROOM_NONE || holds_ghost(cell)) {
        return;
    }
    hold = atomic_load(&cell->hold);
    moderator = room_hold_moderators(hold) > 0;
    do {
        lease = room_cell_find(store, cell->room, cell->user, lease,
                               ROOM_CELL_LEASE);
        moderator = moderator
                    || (lease != ROOM_NONE
                        && room_hold_moderators(
                               atomic_load(&store->cells[lease].hold)) > 0);
    } while (lease != ROOM_NONE && !moderator && rest-- > 0);
    if (moderator != (cell->moderator != 0)) {
        cell->moderator = moderator;
        room_cell_changed(store, cell->room);
    }
}

bool room_cell_release(room_store *store, uint32_t index, int64_t until_us)
{
    room_cell *cell = &store->cells[index];
    uint32_t room = cell->room;
    uint64_t user = cell->user;
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
    room_cell_judge(store, room_cell_find(store, room, user, ROOM_NONE,
                                          ROOM_CELL_USER));
    return false;
}
