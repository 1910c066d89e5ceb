/* room_rate.c - the rates of users and addresses; see room_rate.h. A rate is
 * the time at which all turns are back: after it the entry says the same as
 * none. */
#include "room/set/room_rate.h"

#include "base/base_gcra.h"
#include "room/set/room_set.h"

bool room_rate_take(room_store *store, uint64_t key, uint16_t tag,
                    int64_t now_us, int64_t interval_us, uint32_t burst,
                    int64_t *retry_us)
{
    room_set_entry *first;
    room_set_entry *entry;
    int64_t due = 0;
    bool given;

    key = key != 0 ? key : 1;
    if (retry_us != NULL) {
        *retry_us = 0;
    }
    first = room_set_enter(store, ROOM_SET_RATES, key);
    if (first == NULL) {
        return true;
    }
    entry = room_set_find(ROOM_SET_RATES, first, key);
    if (entry != NULL) {
        due = room_set_until(entry);
    }
    else {
        entry = room_set_place(ROOM_SET_RATES, first, tag, now_us);
    }
    given = base_gcra_take(&due, now_us, interval_us,
                           burst > 0 ? (int64_t)burst : 1, retry_us);
    room_set_mark(entry, due, tag);
    atomic_store_explicit(&entry->key, key, memory_order_release);
    room_set_leave(store, ROOM_SET_RATES, key);
    return given;
}
