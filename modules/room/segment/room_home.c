/* room_home.c - see room_home.h. */
#include "room/segment/room_home.h"

#include "room/segment/room_layout.h"

static bool reads(const room_store *store, uint32_t room, uint32_t slot)
{
    const room_geometry *g = &store->geometry;

    return slot < g->slots
           && (atomic_load(&store->readers[(size_t)room * g->reader_words
                                           + slot / 64])
               >> slot % 64 & 1) != 0;
}

int room_home_find(room_store *store, room_handle handle, int slot)
{
    _Atomic uint32_t *home;
    uint32_t found;

    if (slot < 0 || (uint32_t)slot >= store->geometry.slots
        || handle.index >= store->geometry.rooms) {
        return -1;
    }
    home = &store->items[handle.index].home;
    found = atomic_load(home);
    if ((found == 0 || !reads(store, handle.index, found - 1))
        && atomic_compare_exchange_strong(home, &found, (uint32_t)slot + 1)) {
        return slot;
    }
    return found <= store->geometry.slots ? (int)found - 1 : -1;
}
