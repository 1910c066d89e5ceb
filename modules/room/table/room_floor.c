/* room_floor.c - positions of rooms that are not there; see room_floor.h. */
#include "room/table/room_floor.h"

/* So far positions may lie ahead of the clock, after it was set back. */
#define AHEAD_MOST_MS 60000u

static uint64_t *floor_of(const room_store *store, uint64_t hash)
{
    return &store->floors[hash & (store->geometry.floors - 1)];
}

void room_floor_read(const room_store *store, uint64_t hash, int64_t wall_ms,
                     room_floor *out)
{
    const room_header *header = store->header;
    uint64_t now = wall_ms > 0 ? (uint64_t)wall_ms : 0;
    /* When the segment was made the clock may have been ahead. */
    uint64_t before = header->since_ms < now ? header->since_ms : now;
    uint64_t forgotten = *floor_of(store, hash);
    uint64_t told = header->told_ms;
    uint64_t newest;

    if (forgotten < before) {
        forgotten = before;
    }
    newest = forgotten > now ? forgotten : now;
    if (told > newest && told - newest <= AHEAD_MOST_MS) {
        newest = told;
    }
    *out = (room_floor){ .complete = { forgotten, 0 },
                         .newest = { newest, 0 },
                         .doubt_ms = told > newest ? told : 0 };
}

void room_floor_tell(room_store *store, int64_t wall_ms)
{
    room_header *header = store->header;

    /* One time for all rooms: those that are made later begin behind it, which
     * costs nothing. */
    if (wall_ms > 0 && (uint64_t)wall_ms > header->told_ms) {
        header->told_ms = (uint64_t)wall_ms;
    }
}

static void raise_to(uint64_t *floor, const room_id *newest)
{
    /* One more than the id's milliseconds: a floor has no count within them,
     * and everything up to it must be forgotten. */
    if (*floor <= newest->ms && newest->ms < UINT64_MAX) {
        *floor = newest->ms + 1;
    }
}

void room_floor_raise(room_store *store, uint64_t hash, const room_id *newest)
{
    raise_to(floor_of(store, hash), newest);
}

/* They lie behind the others. */
static uint64_t *lost_floor_of(const room_store *store, uint64_t hash)
{
    return floor_of(store, hash) + store->geometry.floors;
}

void room_floor_raise_lost(room_store *store, uint64_t hash,
                           const room_id *newest)
{
    raise_to(lost_floor_of(store, hash), newest);
}

room_id room_floor_lost(const room_store *store, uint64_t hash)
{
    return (room_id){ *lost_floor_of(store, hash), 0 };
}

static void move_floors(const uint64_t *from, uint32_t old, uint64_t *to,
                        uint32_t now)
{
    /* Powers of two: where the numbers differ, several floors of one share a
     * floor of the other, and the highest counts. */
    uint32_t most = old > now ? old : now;

    for (uint32_t i = 0; i < most; i++) {
        uint64_t floor = from[i & (old - 1)];

        if (to[i & (now - 1)] < floor) {
            to[i & (now - 1)] = floor;
        }
    }
}

static bool has_lost(const room_store *store)
{
    return store->geometry.archive != 0 || store->geometry.relay != 0;
}

void room_floor_move(const room_store *from, room_store *to)
{
    uint32_t old = from->geometry.floors;
    uint32_t now = to->geometry.floors;

    move_floors(from->floors, old, to->floors, now);
    if (has_lost(from) && has_lost(to)) {
        move_floors(from->floors + old, old, to->floors + now, now);
    }
    to->header->since_ms = from->header->since_ms;
    to->header->told_ms = from->header->told_ms;
}
