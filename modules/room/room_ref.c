/* room_ref.c - refs of the last ten minutes; see room_ref.h. */
#include "room/room_ref.h"

#include <string.h>

#include "room/room_fault.h"
#include "room/room_log.h"

uint64_t room_ref_hash(const room_store *store, uint32_t room, uint64_t user,
                       const void *ref, size_t size)
{
    const room_item *item = &store->items[room];
    uint64_t whose[] = { item->hash, item->birth.ms, item->birth.n, user };
    unsigned char bytes[sizeof(whose) + ROOM_REF_MAX];
    size_t used = sizeof(whose);
    uint64_t hash;

    memcpy(bytes, whose, sizeof(whose));
    memcpy(bytes + used, ref, size);
    hash = base_hash(&store->hash_key, bytes, used + size);
    return hash != 0 ? hash : 1;
}

static uint32_t set_of(const room_store *store, uint64_t hash)
{
    return (uint32_t)(hash % store->geometry.ref_sets);
}

/* The hash is written last: there is nothing to repair. */
static bool enter(room_store *store, uint32_t set)
{
    room_lock *lock = &store->header->refs[set % ROOM_STRIPES];
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(lock);
    }
    return taken != ROOM_LOCK_BUSY;
}

static void leave(room_store *store, uint32_t set)
{
    room_lock_drop(&store->header->refs[set % ROOM_STRIPES]);
}

static bool is_past(const room_ref_entry *entry, int64_t mono_us)
{
    return entry->hash == 0 || mono_us - entry->mono_us >= ROOM_REF_US;
}

bool room_ref_find(room_store *store, uint64_t hash, int64_t mono_us,
                   room_id *id)
{
    uint32_t set = set_of(store, hash);
    const room_ref_entry *entry = store->refs + (size_t)set * ROOM_REF_WAYS;
    bool found = false;

    if (!enter(store, set)) {
        return false;
    }
    for (uint32_t i = 0; i < ROOM_REF_WAYS && !found; i++, entry++) {
        if (entry->hash == hash && !is_past(entry, mono_us)) {
            *id = entry->id;
            found = true;
        }
    }
    leave(store, set);
    return found;
}

/* The entry to write: that of the hash itself, an empty or past one, or the
 * oldest. */
static room_ref_entry *place_for(room_ref_entry *entry, uint64_t hash,
                                 int64_t mono_us)
{
    room_ref_entry *best = entry;

    for (uint32_t i = 0; i < ROOM_REF_WAYS; i++, entry++) {
        if (entry->hash == hash) {
            return entry;
        }
        if (!is_past(best, mono_us)
            && (is_past(entry, mono_us) || entry->mono_us < best->mono_us)) {
            best = entry;
        }
    }
    return best;
}

void room_ref_put(room_store *store, uint64_t hash, const room_id *id,
                  int64_t mono_us)
{
    uint32_t set = set_of(store, hash);
    room_ref_entry *entry;

    if (!enter(store, set)) {
        return;
    }
    entry = place_for(store->refs + (size_t)set * ROOM_REF_WAYS, hash,
                      mono_us);
    if (entry->hash != hash || is_past(entry, mono_us)) {
        atomic_store(&entry->hash, 0);
        atomic_thread_fence(memory_order_seq_cst);
        ROOM_FAULT(50);
        entry->id = *id;
        entry->mono_us = mono_us;
        ROOM_FAULT(51);
        atomic_store_explicit(&entry->hash, hash, memory_order_release);
    }
    leave(store, set);
}

void room_ref_move(room_store *from, room_store *to, int64_t mono_us)
{
    for (uint32_t set = 0; set < from->geometry.ref_sets; set++) {
        room_ref_entry entries[ROOM_REF_WAYS];

        if (!enter(from, set)) {
            continue;
        }
        memcpy(entries, from->refs + (size_t)set * ROOM_REF_WAYS,
               sizeof(entries));
        leave(from, set);
        for (uint32_t i = 0; i < ROOM_REF_WAYS; i++) {
            if (!is_past(&entries[i], mono_us)) {
                room_ref_put(to, entries[i].hash, &entries[i].id,
                             entries[i].mono_us);
            }
        }
    }
}
