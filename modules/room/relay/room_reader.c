/* room_reader.c - who brings in what comes from the relay; see
 * room_reader.h. */
#include "room/relay/room_reader.h"

#include <unistd.h>

#include "base/base_clock.h"
#include "room/people/room_address.h"
#include "room/people/room_people.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"

static room_child *reader_of(const room_store *store)
{
    return &store->children[room_layout_reader(&store->geometry)];
}

int room_reader_slot(const room_store *store)
{
    return store->geometry.relay != 0
               ? (int)room_layout_reader(&store->geometry) : -1;
}

bool room_reader_part(room_store *store)
{
    return room_people_reap(store, room_layout_reader(&store->geometry),
                            base_clock_mono() + ROOM_MEMBER_GRACE_US);
}

/* What connections addresses have on other hosts is forgotten. */
static bool forget(room_store *store)
{
    return room_address_reap(store, room_layout_reader(&store->geometry));
}

bool room_reader_elect(room_store *store)
{
    room_lock_result taken;
    bool forgot;

    if (store->geometry.relay == 0 || room_store_closed(store)) {
        return false;
    }
    taken = room_lock_try(&reader_of(store)->lock);
    if (taken == ROOM_LOCK_BUSY) {
        return false;
    }
    atomic_store(&reader_of(store)->pid, (uint32_t)getpid());
    (void)room_lock_hurry(true);
    forgot = forget(store);
    if (taken == ROOM_LOCK_DIED) {
        room_slot_wake_all(store);
        room_lock_mend(&reader_of(store)->lock);
    }
    if (!forgot) { /* a lock is stuck: the next one tries again */
        (void)room_lock_hurry(false);
        room_lock_drop(&reader_of(store)->lock);
        return false;
    }
    /* What the last one took and did not see to. */
    room_slot_mark_all(store, room_reader_slot(store));
    return true;
}

void room_reader_resign(room_store *store)
{
    (void)forget(store);
    (void)room_lock_hurry(false);
    room_lock_drop(&reader_of(store)->lock);
}

int room_reader_fd(const room_store *store)
{
    return room_slot_fd(store, room_reader_slot(store));
}

typedef struct {
    room_store *store;
    room_reader_visit *visit;
    void *context;
} taking;

static void take_one(void *context, uint32_t room)
{
    const taking *it = context;
    const room_item *item = &it->store->items[room];
    room_handle handle = { room, atomic_load(&item->generation) };

    if (atomic_load(&item->state) == ROOM_ITEM_USED) {
        it->visit(it->context, handle);
    }
}

void room_reader_take(room_store *store, room_reader_visit *visit,
                      void *context)
{
    taking it = { store, visit, context };

    room_slot_take(store, room_reader_slot(store), take_one, &it);
}

void room_reader_mark(room_store *store, room_handle room)
{
    room_slot_wake(store, room_reader_slot(store), room.index);
}
