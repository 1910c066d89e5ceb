/* room_meter.c - see room_meter.h.
 *
 * To add is to mark the meter as used and then to check that it still has its
 * key; to give a meter away is to take the key out and then to check that it
 * was not used meanwhile. One of the two sees the other, so that nothing is
 * added to somebody else's meter. (A process that is stopped for ten seconds
 * between its check and its adding is the exception.) Nothing has to be
 * repaired after a death: a meter without a key is a free one.
 */
#include "room/set/room_meter.h"

#include <string.h>

#include "room/segment/room_layout.h"

_Static_assert(sizeof(room_meter_figures)
                   == ROOM_METER_FIGURES * sizeof(uint64_t),
               "figures are copied as numbers");

/* Nothing to repair: see above. */
static bool enter(room_lock *lock)
{
    room_lock_result taken = room_lock_take(lock);

    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(lock);
    }
    return taken != ROOM_LOCK_BUSY;
}

/* The place of a key's meter, marked as used; ROOM_NONE: it has none. */
static uint32_t find(const room_store *store, uint64_t key, int64_t now_us)
{
    for (uint32_t i = 0; i < store->geometry.meters; i++) {
        if (atomic_load(&store->meter_keys[i]) == key) {
            atomic_store(&store->meters[i].used_us, now_us);
            if (atomic_load(&store->meter_keys[i]) == key) {
                return i;
            }
        }
    }
    return ROOM_NONE;
}

/* A free place, or the one that is idle longest. An address
 * that has as many as are left gets none: it leaves half of them to others. */
static uint32_t choose(const room_store *store, uint16_t tag, int64_t now_us)
{
    uint32_t free = ROOM_NONE;
    uint32_t idle = ROOM_NONE;
    int64_t oldest = now_us - ROOM_METER_IDLE_US;
    uint32_t left = 0;
    uint32_t held = 0;

    for (uint32_t i = 0; i < store->geometry.meters; i++) {
        const room_meter *meter = &store->meters[i];
        int64_t used = atomic_load(&meter->used_us);

        if (atomic_load(&store->meter_keys[i]) == 0) {
            free = i;
            left++;
        }
        else if (used <= now_us - ROOM_METER_IDLE_US) {
            idle = used <= oldest ? i : idle;
            oldest = used <= oldest ? used : oldest;
            left++;
        }
        else {
            held += atomic_load(&meter->tag) == tag;
        }
    }
    if (held >= left) {
        return ROOM_NONE;
    }
    return free != ROOM_NONE ? free : idle;
}

/* Takes the place from its key; false when that was used meanwhile. */
static bool vacate(const room_store *store, uint32_t place, int64_t now_us)
{
    room_meter *meter = &store->meters[place];
    uint64_t key = atomic_exchange(&store->meter_keys[place], 0);

    if (key != 0
        && atomic_load(&meter->used_us) > now_us - ROOM_METER_IDLE_US) {
        atomic_store(&store->meter_keys[place], key);
        return false;
    }
    for (unsigned i = 0; i < ROOM_METER_LINES * ROOM_METER_FIGURES; i++) {
        atomic_store_explicit(&meter->figures[i], 0, memory_order_relaxed);
    }
    return true;
}

static uint32_t claim(room_store *store, uint64_t key, uint16_t tag,
                      int64_t now_us)
{
    room_lock *lock = &store->header->meters;
    uint32_t place;

    if (!enter(lock)) {
        return ROOM_NONE;
    }
    place = find(store, key, now_us); /* another may have been faster */
    if (place == ROOM_NONE) {
        do {
            place = choose(store, tag, now_us);
        } while (place != ROOM_NONE && !vacate(store, place, now_us));
        if (place != ROOM_NONE) {
            /* Used before it has its key: nobody takes it away at once. */
            atomic_store(&store->meters[place].used_us, now_us);
            atomic_store(&store->meters[place].tag, tag);
            atomic_store(&store->meter_keys[place], key);
        }
    }
    room_lock_drop(lock);
    return place;
}

static void add(room_meter *meter, unsigned line,
                const room_meter_figures *more)
{
    uint64_t numbers[ROOM_METER_FIGURES];

    memcpy(numbers, more, sizeof(numbers));
    for (unsigned i = 0; i < ROOM_METER_FIGURES; i++) {
        if (numbers[i] != 0) {
            atomic_fetch_add_explicit(
                &meter->figures[line * ROOM_METER_FIGURES + i], numbers[i],
                memory_order_relaxed);
        }
    }
}

void room_meter_add(room_store *store, uint64_t key, uint16_t tag,
                    unsigned line, const room_meter_figures *more,
                    int64_t now_us)
{
    uint32_t place = ROOM_NONE;

    add(&store->header->all_meters, line, more);
    if (key != 0) {
        place = find(store, key, now_us);
        if (place == ROOM_NONE) {
            place = claim(store, key, tag, now_us);
        }
    }
    if (place != ROOM_NONE) {
        add(&store->meters[place], line, more);
    }
}

void room_meter_reassign(room_store *store, uint64_t key, unsigned from,
                         unsigned to, const room_meter_figures *what,
                         int64_t now_us)
{
    uint32_t place = key != 0 ? find(store, key, now_us) : ROOM_NONE;
    uint64_t numbers[ROOM_METER_FIGURES];
    _Atomic uint64_t *figures;

    if (place == ROOM_NONE || from == to) {
        return;
    }
    figures = &store->meters[place].figures[from * ROOM_METER_FIGURES];
    memcpy(numbers, what, sizeof(numbers));
    for (unsigned i = 0; i < ROOM_METER_FIGURES; i++) {
        if (atomic_load_explicit(&figures[i], memory_order_relaxed)
            < numbers[i]) {
            return; /* the key has got a new meter since */
        }
    }
    for (unsigned i = 0; i < ROOM_METER_FIGURES; i++) {
        atomic_fetch_sub_explicit(&figures[i], numbers[i],
                                  memory_order_relaxed);
    }
    add(&store->meters[place], to, what);
}

static void copy(const room_meter *meter,
                 room_meter_figures out[ROOM_METER_LINES])
{
    uint64_t numbers[ROOM_METER_LINES * ROOM_METER_FIGURES];

    for (unsigned i = 0; i < ROOM_METER_LINES * ROOM_METER_FIGURES; i++) {
        numbers[i] = atomic_load_explicit(&meter->figures[i],
                                          memory_order_relaxed);
    }
    memcpy(out, numbers, sizeof(numbers));
}

bool room_meter_read(room_store *store, uint64_t key, int64_t now_us,
                     room_meter_figures out[ROOM_METER_LINES])
{
    uint32_t place = key != 0 ? find(store, key, now_us) : ROOM_NONE;

    if (key != 0 && place == ROOM_NONE) {
        memset(out, 0, ROOM_METER_LINES * sizeof(*out));
        return false;
    }
    copy(key != 0 ? &store->meters[place] : &store->header->all_meters, out);
    return true;
}

void room_meter_move(const room_store *from, room_store *to)
{
    room_meter_figures all[ROOM_METER_LINES];

    copy(&from->header->all_meters, all);
    for (unsigned line = 0; line < ROOM_METER_LINES; line++) {
        add(&to->header->all_meters, line, &all[line]);
    }
}
