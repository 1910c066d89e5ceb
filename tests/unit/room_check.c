/* room_check.c - is the segment whole? See room_check.h. */
#include "room_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_log.h"
#include "room/people/room_cell.h"
#include "room/people/room_people.h"
#include "room/segment/room_pool.h"

/* What the checks know in common. */
typedef struct {
    room_store *store;
    uint32_t *owned; /* pages by room, as their owners say */
    char *why;
    size_t why_size;
} inspection;

static bool fail(const inspection *in, const char *what, uint32_t index,
                 uint64_t got, uint64_t wanted)
{
    snprintf(in->why, in->why_size, "%s: %u has %llu instead of %llu", what,
             (unsigned)index, (unsigned long long)got,
             (unsigned long long)wanted);
    return false;
}

/* What a table lookup and a visit of each lock repair. */
static bool repair_all(inspection *in)
{
    room_store *store = in->store;
    room_handle unused;
    /* No room has this key: it is only for the table's lock. */
    bool all = room_table_find(store, "", 1, &unused) != ROOM_BUSY;

    for (uint32_t i = 0; i < store->geometry.rooms && all; i++) {
        all = room_item_lock(store, i);
        if (all) {
            room_item_leave(store, i);
        }
    }
    all = all && room_pool_mend(store) && room_people_enter(store);
    if (!all) {
        return fail(in, "a lock is stuck", 0, 0, 0);
    }
    room_people_leave(store);
    return true;
}

/* Every page is free and in the list, or has one room as its owner. */
static bool check_owners(inspection *in)
{
    const room_store *store = in->store;
    const room_header *header = store->header;
    uint32_t pages = store->geometry.pages;
    uint32_t count = pages - header->pool_fresh;
    uint32_t listed = count;
    uint32_t index = header->pool_head;

    for (uint32_t i = 0; i < pages; i++) {
        uint32_t owner = atomic_load(&store->pages[i].owner);

        if (owner > store->geometry.rooms
            || (i >= header->pool_fresh && owner != ROOM_PAGE_FREE)) {
            return fail(in, "owner of page", i, owner, ROOM_PAGE_FREE);
        }
        if (owner != ROOM_PAGE_FREE) {
            in->owned[owner - 1]++;
        }
        else if (i < header->pool_fresh) {
            count++;
        }
    }
    /* A damaged list may be a circle: here and below no walk is longer than
     * what there can be. */
    while (index < pages && listed <= pages) {
        if (atomic_load(&store->pages[index].owner) != ROOM_PAGE_FREE) {
            return fail(in, "free page", index, 1, ROOM_PAGE_FREE);
        }
        listed++;
        index = store->pages[index].next;
    }
    if (listed != count || index != ROOM_NONE) {
        return fail(in, "free list", index, listed, count);
    }
    if (atomic_load(&header->pool_free) != count) {
        return fail(in, "pool", 0, atomic_load(&header->pool_free), count);
    }
    return true;
}

/* The log's chain holds in both directions, and the room has no other page. */
static bool check_pages(const inspection *in, uint32_t room,
                        const room_extent *extent)
{
    const room_store *store = in->store;
    uint32_t index = extent->first.page;
    uint32_t before = ROOM_NONE;

    for (uint32_t i = 0; i < extent->pages; i++) {
        const room_page *page = room_pool_page(store, room, index);

        if (page == NULL || (i > 0 && page->prev != before)) {
            return fail(in, "page chain of room", room, i, extent->pages);
        }
        if (i + 1 == extent->pages && index != extent->last) {
            return fail(in, "last page of room", room, index, extent->last);
        }
        before = index;
        index = page->next;
    }
    if (in->owned[room] != extent->pages) {
        return fail(in, "pages of room", room, in->owned[room],
                    extent->pages);
    }
    return true;
}

/* Numbers have no hole, ids rise, and the sums are exact. */
static bool check_records(const inspection *in, uint32_t room,
                          const room_extent *extent)
{
    const room_store *store = in->store;
    room_place place = extent->first;
    room_id before = { 0, 0 };
    uint64_t bytes = 0;
    uint64_t kept = 0;
    uint64_t events = 0;

    while (place.seq < extent->next_seq) {
        room_place found;
        room_record record;

        /* A search has to find what the walk from the oldest one comes to. */
        if (!room_extent_record(store, room, extent, &place, &record)
            || !room_extent_find(store, room, extent, place.seq, &found)
            || found.page != place.page || found.offset != place.offset) {
            return fail(in, "record of room", room, place.seq, 0);
        }
        if (room_id_compare(&before, &record.id) >= 0) {
            return fail(in, "order of room", room, record.id.ms, before.ms);
        }
        before = record.id;
        bytes += record.size;
        kept += place.seq >= extent->kept.seq ? record.size : 0;
        events += place.seq >= extent->kept.seq
                  && record.kind != ROOM_LOG_MESSAGE;
        if (!room_extent_step(store, room, extent, &record, &place)) {
            return fail(in, "step in room", room, record.seq, 0);
        }
    }
    if (bytes != extent->bytes || kept != extent->kept_bytes) {
        return fail(in, "bytes of room", room, bytes, extent->bytes);
    }
    if (events != extent->kept_events) {
        return fail(in, "events of room", room, events, extent->kept_events);
    }
    if (bytes > 0 && room_id_compare(&before, &extent->newest) != 0) {
        return fail(in, "newest of room", room, before.ms,
                    extent->newest.ms);
    }
    return true;
}

static bool check_room(const inspection *in, uint32_t room)
{
    room_store *store = in->store;
    room_item *item = &store->items[room];
    room_handle handle = { room, atomic_load(&item->generation) };
    room_handle found;
    room_extent extent;

    if (atomic_load(&item->state) != ROOM_ITEM_USED) {
        return in->owned[room] == 0
               || fail(in, "pages of no room", room, in->owned[room], 0);
    }
    if (!room_extent_load(store, room, &extent)) {
        return fail(in, "extent of room", room, 0, 1);
    }
    /* What readers see without the lock. */
    if (atomic_load(&item->published) != extent.next_seq) {
        return fail(in, "published of room", room,
                    atomic_load(&item->published), extent.next_seq);
    }
    if (room_table_find(store, item->key, item->key_size, &found) != ROOM_OK
        || found.index != handle.index
        || found.generation != handle.generation) {
        return fail(in, "key of room", room, found.index, room);
    }
    return check_pages(in, room, &extent)
           && check_records(in, room, &extent);
}

/* Every room is in one chain, and nothing else is. */
static bool check_rooms(const inspection *in)
{
    const room_store *store = in->store;
    uint32_t used = 0;
    uint32_t chained = 0;

    for (uint32_t i = 0; i < store->geometry.rooms; i++) {
        used += atomic_load(&store->items[i].state) == ROOM_ITEM_USED;
        if (!check_room(in, i)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < store->geometry.buckets; i++) {
        uint32_t room = store->buckets[i];

        while (room < store->geometry.rooms && chained <= used) {
            chained++;
            room = store->items[room].chain;
        }
    }
    if (chained != used || atomic_load(&store->header->rooms_used) != used) {
        return fail(in, "rooms", atomic_load(&store->header->rooms_used),
                    chained, used);
    }
    return true;
}

/* Whoever asks for the cell's name finds somebody of that name. */
static bool check_name(const inspection *in, uint32_t index)
{
    const room_store *store = in->store;
    uint32_t room = store->cells[index].room;
    room_member other;
    room_member by_skeleton;

    room_cell_read(store, index, &other);
    /* A name is looked for by somebody else, who has not got it. */
    other.user = ~other.user;
    by_skeleton = other;
    other.skeleton_key = 0;
    by_skeleton.name_key = ~by_skeleton.name_key;
    return (room_cell_find_name(store, room, &other, ROOM_RIVALS_ALL)
                != ROOM_NONE
            && (by_skeleton.skeleton_key == 0
                || room_cell_find_name(store, room, &by_skeleton,
                                       ROOM_RIVALS_ALL)
                       != ROOM_NONE))
           || fail(in, "name of cell", index, 0, 1);
}

/* Whether any connection of a member who is there is a moderator's. */
static bool check_moderator(const inspection *in, uint32_t index)
{
    const room_store *store = in->store;
    const room_cell *user = &store->cells[index];
    uint64_t moderators = 0;

    for (uint32_t i = 0; i < store->header->cell_fresh; i++) {
        const room_cell *cell = &store->cells[i];
        uint32_t state = atomic_load(&cell->state);

        if ((i == index || state == ROOM_CELL_LEASE)
            && cell->room == user->room && cell->user == user->user) {
            moderators += room_hold_moderators(atomic_load(&cell->hold));
        }
    }
    return room_cell_is_ghost(store, index)
           || (user->moderator != 0) == (moderators > 0)
           || fail(in, "moderator", index, user->moderator, moderators);
}

/* How often a cell is in the chain that its user belongs to. */
static bool check_cell(const inspection *in, uint32_t index)
{
    const room_store *store = in->store;
    const room_cell *cell = &store->cells[index];
    uint32_t state = atomic_load(&cell->state);
    uint32_t found = ROOM_NONE;
    uint32_t times = 0;

    do {
        found = room_cell_find(store, cell->room, cell->user, found, state);
        times += found == index;
    } while (found != ROOM_NONE && times < 2);
    /* The lower half counts connections, or is a ghost's end: never 0. */
    if (times != 1 || (uint32_t)atomic_load(&cell->hold) == 0
        || (room_hold_slot(atomic_load(&cell->hold)) == ROOM_HOLD_GHOST
            && !room_cell_is_ghost(store, index))) {
        return fail(in, "cell", index, times, 1);
    }
    if (state == ROOM_CELL_USER
        && room_cell_find(store, cell->room, cell->user,
                          room_cell_find(store, cell->room, cell->user,
                                         ROOM_NONE, state), state)
               != ROOM_NONE) {
        return fail(in, "user twice, cell", index, 2, 1);
    }
    return state != ROOM_CELL_USER
           || (check_name(in, index) && check_moderator(in, index));
}

/* Everybody is in the chain of names once, and perhaps in that of skeletons. */
static bool check_names(const inspection *in, uint32_t users,
                        uint32_t skeletons)
{
    const room_store *store = in->store;
    uint32_t cells = store->geometry.cells;
    uint32_t by_name = 0;
    uint32_t by_skeleton = 0;

    for (uint32_t i = 0; i < store->geometry.cell_buckets; i++) {
        uint32_t index = store->name_buckets[i];

        for (; index < cells && by_name <= users; by_name++) {
            index = store->cells[index].next_name;
        }
        index = store->skeleton_buckets[i];
        for (; index < cells && by_skeleton <= skeletons; by_skeleton++) {
            index = store->cells[index].next_skeleton;
        }
    }
    return (by_name == users || fail(in, "names", 0, by_name, users))
           && (by_skeleton == skeletons
               || fail(in, "skeletons", 0, by_skeleton, skeletons));
}

/* The list of each room's members has all of them, and ghosts are counted. */
static bool check_lists(const inspection *in)
{
    const room_store *store = in->store;
    uint32_t cells = store->geometry.cells;
    uint32_t all_ghosts = 0;

    for (uint32_t room = 0; room < store->geometry.rooms; room++) {
        uint32_t index = store->items[room].member_head;
        uint32_t before = ROOM_NONE;
        uint32_t count = 0;
        uint32_t ghosts = 0;

        while (index < cells && count <= cells) {
            const room_cell *cell = &store->cells[index];

            if (cell->room != room || cell->prev_room != before
                || atomic_load(&cell->state) != ROOM_CELL_USER) {
                return fail(in, "member of room", room, index, before);
            }
            ghosts += room_cell_is_ghost(store, index);
            before = index;
            index = cell->next_room;
            count++;
        }
        all_ghosts += ghosts;
        if (ghosts != atomic_load(&store->items[room].ghosts)) {
            return fail(in, "ghosts of room", room, ghosts,
                        atomic_load(&store->items[room].ghosts));
        }
        if (count != atomic_load(&store->items[room].members)) {
            return fail(in, "members of room", room, count,
                        atomic_load(&store->items[room].members));
        }
    }
    if (all_ghosts != atomic_load(&store->header->ghosts)) {
        return fail(in, "ghosts", 0, all_ghosts,
                    atomic_load(&store->header->ghosts));
    }
    return true;
}

static uint32_t tails_of(const room_cell *cell)
{
    uint32_t size = (uint32_t)cell->name_size + cell->id_size;

    return size <= ROOM_CELL_TEXT
               ? 0 : (size - ROOM_CELL_TEXT - 1) / ROOM_TAIL_TEXT + 1;
}

/* Every cell is what its state says: in its chains, or in the free list. */
static bool check_cells(const inspection *in)
{
    const room_store *store = in->store;
    const room_header *header = store->header;
    uint32_t cells = store->geometry.cells;
    uint32_t kinds[ROOM_CELL_TAIL_KEPT + 1] = { 0 };
    uint32_t users = 0;
    uint32_t tails = 0;
    uint32_t skeletons = 0;
    uint32_t listed = cells - header->cell_fresh;

    for (uint32_t i = 0; i < cells; i++) {
        uint32_t state = atomic_load(&store->cells[i].state);

        if (state >= ROOM_CELL_TAIL_KEPT) {
            return fail(in, "state of cell", i, state, 0);
        }
        kinds[state]++;
        if (state == ROOM_CELL_USER || state == ROOM_CELL_LEASE) {
            if (!check_cell(in, i)) {
                return false;
            }
            tails += tails_of(&store->cells[i]);
            skeletons += state == ROOM_CELL_USER
                         && store->cells[i].skeleton_key != 0;
        }
    }
    for (uint32_t i = header->cell_head; i < cells && listed <= cells;
         i = store->cells[i].next_user) {
        listed++;
    }
    for (uint32_t i = 0; i < store->geometry.rooms; i++) {
        users += atomic_load(&store->items[i].members);
    }
    if (listed != kinds[ROOM_CELL_FREE]
        || listed != atomic_load(&header->cells_free)) {
        return fail(in, "free cells", atomic_load(&header->cells_free),
                    listed, kinds[ROOM_CELL_FREE]);
    }
    if (users != kinds[ROOM_CELL_USER] || tails != kinds[ROOM_CELL_TAIL]) {
        return fail(in, "users and tails", tails, users,
                    kinds[ROOM_CELL_USER]);
    }
    return check_names(in, users, skeletons) && check_lists(in);
}

bool room_check(room_store *store, char *why, size_t why_size)
{
    inspection in = { store, NULL, why, why_size };
    bool whole;

    in.owned = calloc(store->geometry.rooms, sizeof(*in.owned));
    if (in.owned == NULL) {
        return fail(&in, "no memory", 0, 0, 0);
    }
    whole = repair_all(&in) && check_owners(&in) && check_rooms(&in)
            && check_cells(&in);
    free(in.owned);
    return whole;
}
