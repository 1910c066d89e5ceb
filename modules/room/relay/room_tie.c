/* room_tie.c - see room_tie.h. */
#include "room/relay/room_tie.h"

#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_wait.h"

void room_tie_begin_all(room_store *store, const base_hash_key *secret,
                        bool ready)
{
    room_lock *lock = &store->header->secrets;
    room_lock_result taken = room_lock_take(lock);

    if (atomic_load(&store->header->relay.ready) == 0) {
        if (secret != NULL) {
            store->header->secret = *secret;
        }
        atomic_store(&store->header->relay.ready, ready);
    }
    if (taken == ROOM_LOCK_DIED) { /* whoever died has put in nothing */
        room_lock_mend(lock);
    }
    if (taken != ROOM_LOCK_BUSY) {
        room_lock_drop(lock);
    }
}

void room_tie_begin(room_store *store, uint32_t room)
{
    if (store->geometry.relay != 0) {
        atomic_store(&store->ties[room].unread, 1);
        atomic_store(&store->ties[room].epoch, 0);
        atomic_store(&store->ties[room].loading, 0);
        atomic_store(&store->ties[room].agreed, 0);
        store->ties[room].least = (room_id){ 0, 0 };
        store->ties[room].lost = (room_id){ 0, 0 };
        store->ties[room].same = (room_id){ 0, 0 };
        store->ties[room].skipped = (room_id){ 0, 0 };
    }
}

void room_tie_reset(room_store *store, uint32_t room)
{
    if (store->geometry.relay != 0) {
        atomic_store(&store->ties[room].unread, 1);
    }
}

bool room_tie_unread(const room_store *store, uint32_t room)
{
    return store->geometry.relay != 0
           && atomic_load_explicit(&store->ties[room].unread,
                                   memory_order_acquire) != 0;
}

bool room_tie_keeps(const room_store *store, uint32_t room)
{
    return store->geometry.relay != 0
           && atomic_load(&store->ties[room].epoch) != 0;
}

bool room_tie_doubts(const room_store *store, uint32_t room)
{
    uint32_t doubts = atomic_load(&store->header->relay.doubts);

    return store->geometry.relay != 0 && !room_tie_unread(store, room)
           && (doubts == 0
               || atomic_load(&store->ties[room].agreed) != doubts);
}

void room_tie_note(room_store *store, uint32_t room, const room_id *newest)
{
    room_tie *tie;

    if (store->geometry.relay == 0) {
        return;
    }
    tie = &store->ties[room];
    if (atomic_load(&tie->newest_ms) != newest->ms) {
        /* In this order, so that who reads both never sees more than there was
         * at some time. Whoever dies in between leaves it to the repair, which
         * commits again. */
        atomic_store(&tie->newest_n, 0);
        ROOM_FAULT(170);
        atomic_store(&tie->newest_ms, newest->ms);
        ROOM_FAULT(171);
    }
    atomic_store(&tie->newest_n, newest->n);
}

static room_id newest_of(const room_tie *tie)
{
    room_id newest;

    do {
        newest.ms = atomic_load(&tie->newest_ms);
        newest.n = atomic_load(&tie->newest_n);
    } while (atomic_load(&tie->newest_ms) != newest.ms);
    return newest;
}

bool room_tie_has(const room_store *store, uint32_t room,
                     const room_id *id)
{
    room_id newest = newest_of(&store->ties[room]);

    return room_id_compare(&newest, id) >= 0;
}

bool room_tie_is(const room_store *store, uint32_t room, const room_id *id)
{
    room_id newest = newest_of(&store->ties[room]);

    return room_id_compare(&newest, id) == 0;
}

bool room_tie_skipped(const room_store *store, uint32_t room,
                      const room_id *id)
{
    return store->geometry.relay != 0
           && room_id_compare(id, &store->ties[room].same) > 0
           && room_id_compare(id, &store->ties[room].skipped) <= 0;
}

void room_tie_wake(room_store *store, uint32_t room)
{
    room_tie *tie = &store->ties[room];

    atomic_fetch_add(&tie->turn, 1);
    /* One that was killed in its sleep is counted for ever: a call for
     * nothing. */
    if (atomic_load(&tie->sleepers) != 0) {
        room_wait_wake(&tie->turn);
    }
}

void room_tie_carry(const room_tie_totals *old, room_tie_totals *now,
                       bool same)
{
    if (!same) { /* it has its own secret, and what is counted is of another */
        return;
    }
    atomic_store(&now->ready, atomic_load(&old->ready));
    for (int i = 0; i < ROOM_RELAY_FIGURES; i++) {
        atomic_store(&now->figures[i], atomic_load(&old->figures[i]));
    }
}

bool room_tie_same(const room_store *one, const room_store *other)
{
    return one->geometry.relay != 0 && other->geometry.relay != 0
           && one->geometry.relay_name == other->geometry.relay_name;
}

void room_tie_move(const room_store *from, uint32_t old, room_store *to,
                   uint32_t now, bool whole)
{
    bool same = room_tie_same(from, to);

    if (to->geometry.relay == 0 || (same && !whole)) {
        return;
    }
    /* The site goes on with what it has: the reader brings it to the relay. */
    atomic_store(&to->ties[now].unread, 0);
    if (same) {
        atomic_store(&to->ties[now].epoch,
                     atomic_load(&from->ties[old].epoch));
        to->ties[now].same = from->ties[old].same;
        to->ties[now].skipped = from->ties[old].skipped;
    }
}
