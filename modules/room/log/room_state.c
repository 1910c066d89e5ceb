/* room_state.c - see room_state.h. */
#include "room/log/room_state.h"

#include <string.h>

#include "room/log/room_item.h"

bool room_state_special(const room_store *store, uint32_t room)
{
    return atomic_load_explicit(&store->items[room].stated,
                                memory_order_relaxed) != 0;
}

room_status room_state_read(room_store *store, room_handle handle,
                            room_state *out)
{
    room_extent extent;
    room_status status;

    memset(out, 0, sizeof(*out));
    if (handle.index >= store->geometry.rooms) {
        return ROOM_GONE;
    }
    /* Most rooms: each message looks here. */
    if (!room_state_special(store, handle.index)) {
        return atomic_load(&store->items[handle.index].generation)
                       == handle.generation
                   ? ROOM_OK : ROOM_GONE;
    }
    status = room_item_enter(store, handle);
    if (status == ROOM_OK) {
        room_item_load(store, handle.index, &extent);
        room_item_copy_state(store, handle.index, &extent, out);
        room_item_leave(store, handle.index);
    }
    return status;
}
