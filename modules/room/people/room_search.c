/* room_search.c - somebody in the rooms of a realm; see room_search.h. */
#include "room/people/room_search.h"

#include "room/people/room_cell.h"
#include "room/people/room_people.h"
#include "room/segment/room_layout.h"

void room_search_mark(room_store *store, room_handle handle, uint64_t realm)
{
    room_item *item;

    if (handle.index >= store->geometry.rooms) {
        return;
    }
    item = &store->items[handle.index];
    /* Read before: many who open one room must not write to it. */
    if (atomic_load(&item->generation) == handle.generation
        && atomic_load_explicit(&item->realm, memory_order_relaxed) != realm) {
        atomic_store(&item->realm, realm);
    }
}

uint64_t room_search_realm(const room_store *store, room_handle handle)
{
    return handle.index < store->geometry.rooms
               ? atomic_load_explicit(&store->items[handle.index].realm,
                                      memory_order_relaxed)
               : 0;
}

/* The USER cell in this room, which is of the realm; ROOM_NONE. */
static uint32_t find_in(const room_store *store, uint32_t room, uint64_t realm,
                        uint64_t user)
{
    const room_item *item = &store->items[room];

    if (atomic_load_explicit(&item->state, memory_order_relaxed)
            != ROOM_ITEM_USED
        || atomic_load_explicit(&item->members, memory_order_relaxed) == 0
        || atomic_load_explicit(&item->realm, memory_order_relaxed) != realm) {
        return ROOM_NONE;
    }
    return room_cell_find(store, room, user, ROOM_NONE, ROOM_CELL_USER);
}

/* One more room where it is: what one of them knows counts for all. */
static void add(const room_store *store, uint32_t index, room_member *found,
                bool *known)
{
    room_member here;

    room_cell_read(store, index, &here);
    if (!*known) {
        *found = here;
        *known = true;
        return;
    }
    found->moderator = found->moderator || here.moderator;
    if (found->address == 0) {
        found->address = here.address;
    }
}

room_status room_search_member(room_store *store, uint64_t realm,
                               const room_handle *first, uint64_t user,
                               room_member *out)
{
    uint32_t rooms = store->geometry.rooms;
    uint32_t start = first && first->index < rooms ? first->index : 0;
    bool known = false;

    if (!room_people_enter(store)) {
        return ROOM_BUSY;
    }
    for (uint32_t i = 0; i < rooms; i++) {
        uint32_t room = (start + i) % rooms;
        uint32_t index = find_in(store, room, realm, user);

        if (index != ROOM_NONE) {
            add(store, index, out, &known);
        }
    }
    room_people_leave(store);
    return known ? ROOM_OK : ROOM_ABSENT;
}

unsigned room_search_oust(room_store *store, uint64_t realm,
                          const room_handle *only, uint64_t user)
{
    uint32_t rooms = store->geometry.rooms;
    unsigned count = 0;

    if ((only && only->index >= rooms) || !room_people_enter(store)) {
        return 0;
    }
    for (uint32_t i = only ? only->index : 0; i < rooms; i++) {
        uint32_t index = find_in(store, i, realm, user);

        if (index != ROOM_NONE && room_cell_is_ghost(store, index)) {
            room_cell_remove(store, index);
            count++;
        }
        if (only) {
            break;
        }
    }
    room_people_leave(store);
    return count;
}

bool room_search_room(const room_store *store, uint64_t realm, uint32_t index,
                      room_handle *out)
{
    for (uint32_t i = index; i < store->geometry.rooms; i++) {
        const room_item *item = &store->items[i];

        if (atomic_load_explicit(&item->state, memory_order_relaxed)
                == ROOM_ITEM_USED
            && atomic_load_explicit(&item->realm, memory_order_relaxed)
                   == realm) {
            *out = (room_handle){ i, atomic_load(&item->generation) };
            return true;
        }
    }
    return false;
}
