/* room_rate.c - base_gcra over a bounded table; see room_rate.h. An entry
 * whose time has passed says the same as none, so that the table needs no
 * cleaning; when a set is full the one that passes next makes place. */
#include "room/room_rate.h"

#include "base/base_gcra.h"
#include "room/room_layout.h"

/* An entry is one write away from being right: nothing to repair. */
static bool enter(room_lock *lock)
{
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(lock);
    }
    return taken != ROOM_LOCK_BUSY;
}

static room_rate_entry *place_for(room_rate_entry *entry, uint64_t user)
{
    room_rate_entry *best = entry;

    for (uint32_t i = 0; i < ROOM_RATE_WAYS; i++, entry++) {
        if (entry->user == user) {
            return entry;
        }
        if (entry->due_us < best->due_us) {
            best = entry;
        }
    }
    best->due_us = 0;
    best->user = user;
    return best;
}

bool room_rate_take(room_store *store, uint64_t user, int64_t now_us,
                    int64_t interval_us, uint32_t burst, int64_t *retry_us)
{
    uint32_t set = (uint32_t)(user % store->geometry.rate_sets);
    room_lock *lock = &store->header->rates[set % ROOM_STRIPES];
    room_rate_entry *entry;
    bool given;

    if (retry_us != NULL) {
        *retry_us = 0;
    }
    if (!enter(lock)) {
        return true;
    }
    entry = place_for(store->rates + (size_t)set * ROOM_RATE_WAYS, user);
    given = base_gcra_take(&entry->due_us, now_us, interval_us,
                           burst > 0 ? (int64_t)burst : 1, retry_us);
    room_lock_drop(lock);
    return given;
}
