/* room_set.c - see room_set.h. */
#include "room/set/room_set.h"

#include "room/segment/room_fault.h"

/* An entry's time stands above its tag in one word. */
#define TAG_BITS 16
#define UNTIL_MOST ((INT64_C(1) << (64 - TAG_BITS)) - 1)

/* Where a table lies in the segment. */
typedef struct {
    uint32_t sets;
    room_lock *locks; /* ROOM_STRIPES of them */
    void *entries;
    size_t stride;
} table;

static table table_of(const room_store *store, room_set_table which)
{
    const table tables[] = {
        [ROOM_SET_REFS] = { store->geometry.ref_sets, store->header->refs,
                            store->refs, sizeof(store->refs[0]) },
        [ROOM_SET_RATES] = { store->geometry.rate_sets, store->header->rates,
                             store->rates, sizeof(store->rates[0]) },
    };

    return tables[which];
}

bool room_set_enter(room_store *store, room_set_table which, uint64_t key,
                    room_set *set)
{
    table of = table_of(store, which);
    /* Which keys share a set is our secret: nobody can choose his so that they
     * push out those of another. */
    uint64_t mixed = (key ^ store->hash_key.k0)
                     * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t index = (uint32_t)((mixed >> 32) % of.sets);
    room_lock *lock = &of.locks[index % ROOM_STRIPES];
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_BUSY) {
        return false;
    }
    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(lock);
    }
    *set = (room_set){
        .key = key,
        .lock = lock,
        .first = (unsigned char *)of.entries
                 + (size_t)index * ROOM_SET_WAYS * of.stride,
        .stride = of.stride,
    };
    return true;
}

void room_set_leave(const room_set *set)
{
    room_lock_drop(set->lock);
}

static room_set_entry *entry_at(const room_set *set, uint32_t way)
{
    return (void *)(set->first + way * set->stride);
}

room_set_entry *room_set_find(const room_set *set)
{
    for (uint32_t i = 0; i < ROOM_SET_WAYS; i++) {
        room_set_entry *entry = entry_at(set, i);

        if (atomic_load_explicit(&entry->key, memory_order_relaxed)
            == set->key) {
            return entry;
        }
    }
    return NULL;
}

/* How many of the set the address has. */
static uint32_t share_of(const room_set *set, uint16_t tag)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ROOM_SET_WAYS; i++) {
        count += room_set_tag(entry_at(set, i)) == tag;
    }
    return count;
}

/* In a set where all count: the soonest entry of the address that has most. The
 * newcomer counts too, so that who has as much as anybody gives up its own. */
static room_set_entry *choose(const room_set *set, uint16_t tag)
{
    room_set_entry *best = NULL;
    uint32_t most = 0;

    for (uint32_t i = 0; i < ROOM_SET_WAYS; i++) {
        room_set_entry *entry = entry_at(set, i);
        uint16_t whose = room_set_tag(entry);
        uint32_t share = share_of(set, whose) + (whose == tag);

        if (share > most
            || (share == most
                && room_set_until(entry) < room_set_until(best))) {
            best = entry;
            most = share;
        }
    }
    return best;
}

room_set_entry *room_set_place(const room_set *set, uint16_t tag,
                               int64_t now_us)
{
    room_set_entry *place = NULL;

    for (uint32_t i = 0; i < ROOM_SET_WAYS && place == NULL; i++) {
        room_set_entry *entry = entry_at(set, i);

        if (atomic_load(&entry->key) == 0 || room_set_until(entry) <= now_us) {
            place = entry;
        }
    }
    if (place == NULL) {
        place = choose(set, tag);
    }
    /* Nothing of the new entry may be in memory while the old key still is:
     * a death between the two would leave one key with another's time. */
    atomic_store(&place->key, 0);
    atomic_thread_fence(memory_order_seq_cst);
    ROOM_FAULT(50);
    return place;
}

void room_set_keep(const room_set *set, room_set_entry *entry,
                   int64_t until_us, uint16_t tag)
{
    if (until_us < 0) {
        until_us = 0;
    }
    if (until_us > UNTIL_MOST) {
        until_us = UNTIL_MOST;
    }
    entry->stamp = (uint64_t)until_us << TAG_BITS | tag;
    ROOM_FAULT(51);
    atomic_store_explicit(&entry->key, set->key, memory_order_release);
}

void room_set_drop(const room_set *set)
{
    room_set_entry *entry = room_set_find(set);

    if (entry != NULL) {
        atomic_store(&entry->key, 0);
    }
}

int64_t room_set_until(const room_set_entry *entry)
{
    return (int64_t)(entry->stamp >> TAG_BITS);
}

uint16_t room_set_tag(const room_set_entry *entry)
{
    return (uint16_t)entry->stamp;
}
