/* room_set.c - see room_set.h. */
#include "room/set/room_set.h"

#include "room/segment/room_fault.h"

/* An entry's time stands above its tag in one word. */
#define TAG_BITS 16
#define UNTIL_MOST ((INT64_C(1) << (64 - TAG_BITS)) - 1)

static uint32_t index_of(const room_store *store, room_set which,
                         uint64_t key)
{
    uint32_t sets = which == ROOM_SET_REFS ? store->geometry.ref_sets
                                           : store->geometry.rate_sets;
    uint64_t mixed = (key ^ store->hash_key.k0)
                     * UINT64_C(0x9e3779b97f4a7c15);

    return (uint32_t)((mixed >> 32) % sets);
}

static room_lock *lock_of(room_store *store, room_set which, uint32_t index)
{
    return which == ROOM_SET_REFS
               ? &store->header->refs[index % ROOM_STRIPES]
               : &store->header->rates[index % ROOM_STRIPES];
}

room_set_entry *room_set_at(room_set which, room_set_entry *first,
                            uint32_t way)
{
    size_t stride = which == ROOM_SET_REFS ? sizeof(room_ref_entry)
                                           : sizeof(room_set_entry);

    return (void *)((unsigned char *)first + way * stride);
}

room_set_entry *room_set_enter(room_store *store, room_set which,
                               uint64_t key)
{
    uint32_t index = index_of(store, which, key);
    room_lock *lock = lock_of(store, which, index);
    room_lock_result taken = room_lock_take(lock);
    size_t first = (size_t)index * ROOM_SET_WAYS;

    if (taken == ROOM_LOCK_BUSY) {
        return NULL;
    }
    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(lock);
    }
    return which == ROOM_SET_REFS ? &store->refs[first].entry
                                  : &store->rates[first];
}

void room_set_leave(room_store *store, room_set which, uint64_t key)
{
    room_lock_drop(lock_of(store, which, index_of(store, which, key)));
}

room_set_entry *room_set_find(room_set which, room_set_entry *first,
                              uint64_t key)
{
    for (uint32_t i = 0; i < ROOM_SET_WAYS; i++) {
        room_set_entry *entry = room_set_at(which, first, i);

        if (atomic_load_explicit(&entry->key, memory_order_relaxed) == key) {
            return entry;
        }
    }
    return NULL;
}

/* How many of the set the address has. */
static uint32_t share_of(room_set which, room_set_entry *first, uint16_t tag)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ROOM_SET_WAYS; i++) {
        count += room_set_tag(room_set_at(which, first, i)) == tag;
    }
    return count;
}

/* In a set where all count: the soonest entry of the address that has most. The
 * newcomer counts too, so that who has as much as anybody gives up its own. */
static room_set_entry *choose(room_set which, room_set_entry *first,
                              uint16_t tag)
{
    room_set_entry *best = NULL;
    uint32_t most = 0;

    for (uint32_t i = 0; i < ROOM_SET_WAYS; i++) {
        room_set_entry *entry = room_set_at(which, first, i);
        uint16_t whose = room_set_tag(entry);
        uint32_t share = share_of(which, first, whose) + (whose == tag);

        if (share > most
            || (share == most
                && room_set_until(entry) < room_set_until(best))) {
            best = entry;
            most = share;
        }
    }
    return best;
}

room_set_entry *room_set_place(room_set which, room_set_entry *first,
                               uint16_t tag, int64_t now_us)
{
    room_set_entry *place = NULL;

    for (uint32_t i = 0; i < ROOM_SET_WAYS && place == NULL; i++) {
        room_set_entry *entry = room_set_at(which, first, i);

        if (atomic_load(&entry->key) == 0 || room_set_until(entry) <= now_us) {
            place = entry;
        }
    }
    if (place == NULL) {
        place = choose(which, first, tag);
    }
    atomic_store(&place->key, 0);
    atomic_thread_fence(memory_order_seq_cst);
    ROOM_FAULT(50);
    return place;
}

int64_t room_set_until(const room_set_entry *entry)
{
    return (int64_t)(entry->stamp >> TAG_BITS);
}

uint16_t room_set_tag(const room_set_entry *entry)
{
    return (uint16_t)entry->stamp;
}

void room_set_mark(room_set_entry *entry, int64_t until_us, uint16_t tag)
{
    if (until_us < 0) {
        until_us = 0;
    }
    if (until_us > UNTIL_MOST) {
        until_us = UNTIL_MOST;
    }
    entry->stamp = (uint64_t)until_us << TAG_BITS | tag;
}
