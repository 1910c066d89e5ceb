/* room_typing.c - who is typing; see room_typing.h. */
#include "room/people/room_typing.h"

#include "room/log/room_item.h"
#include "room/segment/room_layout.h"

static bool typed_lately(const room_item *item, uint64_t user, int64_t now_us)
{
    /* No table by user: a user that is limited is among the last few, or so
     * many type that one event more does not matter. */
    for (uint32_t i = 0; i < ROOM_TYPING_MOST; i++) {
        int64_t ago = now_us - atomic_load(&item->typists[i].mono_us);

        if (atomic_load(&item->typists[i].user) == user && ago >= 0
            && ago < ROOM_TYPING_US) {
            return true;
        }
    }
    return false;
}

room_status room_typing_note(room_store *store, room_handle handle,
                             uint64_t user, int64_t now_us)
{
    room_status status = room_item_enter(store, handle);
    room_item *item;

    if (status != ROOM_OK) {
        return status;
    }
    item = &store->items[handle.index];
    /* Under the room's lock: all connections of the user have one limit. */
    if (typed_lately(item, user, now_us)) {
        status = ROOM_REPEATED;
    }
    else {
        uint64_t typed = atomic_load(&item->typed);
        room_typist *typist = &item->typists[typed % ROOM_TYPING_MOST];

        /* The count last: readers take no lock, and look at it first. */
        atomic_store(&typist->user, user);
        atomic_store(&typist->mono_us, now_us);
        atomic_store(&item->typed, typed + 1);
    }
    room_item_leave(store, handle.index);
    return status;
}

uint64_t room_typing_count(const room_store *store, room_handle handle)
{
    const room_item *item = &store->items[handle.index];

    return handle.index < store->geometry.rooms
                   && atomic_load(&item->generation) == handle.generation
               ? atomic_load(&item->typed) : 0;
}

size_t room_typing_take(const room_store *store, room_handle handle,
                        uint64_t *seen, uint64_t users[ROOM_TYPING_MOST])
{
    const room_item *item = &store->items[handle.index];
    uint64_t typed = room_typing_count(store, handle);
    uint64_t from = *seen;
    size_t count = 0;

    /* More typed than stand there, or the room is another and counts from 0. */
    if (typed - from > ROOM_TYPING_MOST) {
        from = typed > ROOM_TYPING_MOST ? typed - ROOM_TYPING_MOST : 0;
    }
    *seen = typed;
    for (; from < typed; from++) {
        users[count++]
            = atomic_load(&item->typists[from % ROOM_TYPING_MOST].user);
    }
    return count;
}
