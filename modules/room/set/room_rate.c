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
    room_set set;
    room_set_entry *entry;
    int64_t due = 0;
    bool given;

    /* 0 is an empty entry. */
    key = key != 0 ? key : 1;
    if (retry_us != NULL) {
        *retry_us = 0;
    }
    if (!room_set_enter(store, ROOM_SET_RATES, key, &set)) {
        return true;
    }
    entry = room_set_find(&set);
    if (entry != NULL) {
        due = room_set_until(entry);
    }
    else {
        entry = room_set_place(&set, tag, now_us);
    }
    given = base_gcra_take(&due, now_us, interval_us,
                           burst > 0 ? (int64_t)burst : 1, retry_us);
    /* Refused or not: the clock or the rate may have changed `due`. */
    room_set_keep(&set, entry, due, tag);
    room_set_leave(&set);
    return given;
}

/* An entry counts until a day later, so that it says when that was. */
int64_t room_rate_noted(room_store *store, uint64_t key, int64_t now_us)
{
    room_set set;
    room_set_entry *entry;
    int64_t until = 0;

    key = key != 0 ? key : 1;
    if (!room_set_enter(store, ROOM_SET_RATES, key, &set)) {
        return 0;
    }
    entry = room_set_find(&set);
    if (entry != NULL) {
        until = room_set_until(entry);
    }
    room_set_leave(&set);
    return until > now_us ? until - ROOM_RATE_NOTED_US : 0;
}

void room_rate_note(room_store *store, uint64_t key, uint16_t tag,
                    int64_t now_us)
{
    room_set set;
    room_set_entry *entry;

    key = key != 0 ? key : 1;
    if (!room_set_enter(store, ROOM_SET_RATES, key, &set)) {
        return;
    }
    entry = room_set_find(&set);
    if (entry == NULL) {
        entry = room_set_place(&set, tag, now_us);
    }
    room_set_keep(&set, entry, now_us + ROOM_RATE_NOTED_US, tag);
    room_set_leave(&set);
}

void room_rate_drop(room_store *store, uint64_t key)
{
    room_set set;

    if (room_set_enter(store, ROOM_SET_RATES, key != 0 ? key : 1, &set)) {
        room_set_drop(&set);
        room_set_leave(&set);
    }
}
