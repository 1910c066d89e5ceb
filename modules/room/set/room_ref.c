/* room_ref.c - refs of the last ten minutes; see room_ref.h. */
#include "room/set/room_ref.h"

#include <string.h>

#include "base/base_hash.h"
#include "room/log/room_log.h"
#include "room/set/room_set.h"

static uint64_t never_zero(uint64_t hash)
{
    return hash != 0 ? hash : 1;
}

uint64_t room_ref_hash(const void *ref, size_t size)
{
    static const base_hash_key no_secret;

    return never_zero(base_hash(&no_secret, ref, size));
}

uint64_t room_ref_key(const room_store *store, uint32_t room, uint64_t user,
                      room_log_kind kind, uint64_t ref)
{
    const room_item *item = &store->items[room];
    /* Of this room only: one that is made anew with its key knows nothing of
     * it. */
    uint64_t parts[] = { item->hash, item->birth.ms, item->birth.n, user,
                         kind, ref };

    return never_zero(base_hash(&store->hash_key, parts, sizeof(parts)));
}

bool room_ref_find(room_store *store, uint64_t hash, int64_t mono_us,
                   room_id *id)
{
    room_set set;
    room_set_entry *entry;
    bool found;

    if (!room_set_enter(store, ROOM_SET_REFS, hash, &set)) {
        return false;
    }
    entry = room_set_find(&set);
    found = entry != NULL && room_set_until(entry) > mono_us;
    if (found) {
        *id = ((room_ref_entry *)(void *)entry)->id;
    }
    room_set_leave(&set);
    return found;
}

/* `until_us`: when it is forgotten. */
static void put(room_store *store, uint64_t hash, uint16_t tag,
                const room_id *id, int64_t until_us, int64_t mono_us)
{
    room_set set;
    room_set_entry *entry;

    if (!room_set_enter(store, ROOM_SET_REFS, hash, &set)) {
        return;
    }
    entry = room_set_find(&set);
    if (entry == NULL || room_set_until(entry) <= mono_us) {
        if (entry != NULL) {
            atomic_store(&entry->key, 0); /* there must not be two of it */
        }
        entry = room_set_place(&set, tag, mono_us);
        ((room_ref_entry *)(void *)entry)->id = *id;
        room_set_keep(&set, entry, until_us, tag);
    }
    room_set_leave(&set);
}

void room_ref_put(room_store *store, uint64_t hash, uint16_t tag,
                  const room_id *id, int64_t mono_us)
{
    put(store, hash, tag, id, mono_us + ROOM_REF_US, mono_us);
}

void room_ref_put_since(room_store *store, uint64_t hash, uint16_t tag,
                        const room_id *id, int64_t stored_us, int64_t mono_us)
{
    put(store, hash, tag, id, stored_us + ROOM_REF_US, mono_us);
}

void room_ref_drop(room_store *store, uint64_t hash)
{
    room_set set;

    if (room_set_enter(store, ROOM_SET_REFS, hash, &set)) {
        room_set_drop(&set);
        room_set_leave(&set);
    }
}

void room_ref_move(room_store *from, room_store *to, int64_t mono_us)
{
    size_t count = (size_t)from->geometry.ref_sets * ROOM_SET_WAYS;

    for (size_t i = 0; i < count; i++) {
        /* Its lock is known by its key: read without, and compared below. */
        uint64_t hash = atomic_load(&from->refs[i].entry.key);
        room_ref_entry copy;
        room_set set;

        if (hash == 0
            || !room_set_enter(from, ROOM_SET_REFS, hash, &set)) {
            continue;
        }
        memcpy(&copy, &from->refs[i], sizeof(copy));
        room_set_leave(&set);
        /* Another ref may have taken its place before the lock was ours. */
        if (copy.entry.key == hash && room_set_until(&copy.entry) > mono_us) {
            put(to, hash, room_set_tag(&copy.entry), &copy.id,
                room_set_until(&copy.entry), mono_us);
        }
    }
}
