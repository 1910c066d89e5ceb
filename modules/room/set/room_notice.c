/* room_notice.c - what moderators are told; see room_notice.h. */
#include "room/set/room_notice.h"

#include <string.h>

#include "base/base_hash.h"
#include "room/segment/room_layout.h"
#include "room/set/room_rate.h"

static bool enter(room_store *store)
{
    room_lock_result taken = room_lock_take(&store->header->notices);

    if (taken == ROOM_LOCK_DIED) {
        /* What its owner was writing has no number yet, or the old one. */
        atomic_fetch_add(&store->header->repairs, 1);
        room_lock_mend(&store->header->notices);
    }
    return taken != ROOM_LOCK_BUSY;
}

static room_notice_entry *entry_of(const room_store *store, uint64_t number)
{
    return &store->notices[number % store->geometry.notices];
}

static bool enter_patiently(room_store *store)
{
    bool hurried = room_lock_hurry(false);
    bool entered = enter(store);

    (void)room_lock_hurry(hurried);
    return entered;
}

bool room_notice_put(room_store *store, const room_notice *notice)
{
    uint64_t number;
    room_notice_entry *entry;

    if (!enter_patiently(store)) {
        return false;
    }
    number = atomic_load(&store->header->notice_count) + 1;
    entry = entry_of(store, number);
    entry->number = 0;
    atomic_thread_fence(memory_order_seq_cst);
    entry->notice = *notice;
    atomic_thread_fence(memory_order_seq_cst);
    entry->number = number;
    atomic_store(&store->header->notice_count, number);
    room_lock_drop(&store->header->notices);
    return true;
}

bool room_notice_report(room_store *store, const room_notice *notice,
                        uint16_t tag, int64_t now_us)
{
    static const char word[] = "told";
    uint64_t told = base_hash(room_store_secret(store), word, sizeof(word))
                    ^ notice->what.whom;
    bool put;

    if (notice->what.whom != 0
        && !room_rate_take(store, told, tag, now_us, ROOM_RATE_NOTED_US, 1,
                           NULL)) {
        return true;
    }
    put = room_notice_put(store, notice);
    if (!put) {
        room_rate_drop(store, told);
    }
    return put;
}

uint64_t room_notice_count(const room_store *store)
{
    return atomic_load_explicit(&store->header->notice_count,
                                memory_order_relaxed);
}

bool room_notice_next(room_store *store, uint64_t *seen, room_notice *out)
{
    uint64_t most = store->geometry.notices;
    uint64_t count;
    bool found = false;

    if (room_notice_count(store) == *seen || !enter(store)) {
        return false;
    }
    count = atomic_load(&store->header->notice_count);
    if (count - *seen > most) {
        *seen = count - most;
    }
    while (*seen != count && !found) {
        const room_notice_entry *entry = entry_of(store, ++*seen);

        found = entry->number == *seen;
        if (found) {
            *out = entry->notice;
        }
    }
    room_lock_drop(&store->header->notices);
    return found;
}

void room_notice_erase(room_store *store, uint64_t user)
{
    if (!enter(store)) {
        return;
    }
    for (uint32_t i = 0; i < store->geometry.notices; i++) {
        room_notice_entry *entry = &store->notices[i];

        if (entry->number != 0
            && (entry->notice.what.user.user == user
                || entry->notice.what.by.user == user)) {
            entry->number = 0;
            atomic_thread_fence(memory_order_seq_cst);
            memset(&entry->notice, 0, sizeof(entry->notice));
        }
    }
    room_lock_drop(&store->header->notices);
}
