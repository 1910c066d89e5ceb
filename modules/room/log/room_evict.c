/* room_evict.c - makes room when no page is free; see room_evict.h. */
#include "room/log/room_evict.h"

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_trim.h"
#include "room/segment/room_fault.h"

#define PASSED_OVER 8u

/* What is wanted, and for whom. */
typedef struct {
    room_store *store;
    uint32_t self;
    uint32_t goal; /* pages that shall be free in the end: some more than
                      are needed, so that it is not done for each message */
    int64_t mono_us;
} hunt;

static uint32_t free_pages(const hunt *h)
{
    return atomic_load(&h->store->header->pool_free);
}

static uint32_t hinted_pages(const hunt *h, uint32_t room)
{
    return atomic_load_explicit(&h->store->hints[room].pages,
                                memory_order_relaxed);
}

/* Lets go what a room whose lock is held no longer keeps; after that its
 * oldest messages while it has more than `level` pages and fewer than the goal
 * are free, but none that would leave it with fewer than `floor`. */
static void take_from(const hunt *h, uint32_t room, uint32_t level,
                      uint32_t floor)
{
    room_header *header = h->store->header;
    room_extent old;
    room_extent extent;
    uint64_t kept;
    bool sound;

    room_item_load(h->store, room, &old);
    extent = old;
    sound = room_trim_history(h->store, room, &extent, h->mono_us)
            && room_trim_spare(h->store, room, &extent, h->mono_us);
    kept = extent.kept.seq;
    while (sound && extent.pages > level
           && free_pages(h) + (old.pages - extent.pages) < h->goal) {
        room_extent before = extent;

        sound = room_trim_oldest(h->store, room, &extent);
        if (sound && extent.pages < floor) {
            extent = before;
            break;
        }
    }
    if (!sound) {
        room_item_reset(h->store, room);
        return;
    }
    if (extent.kept.seq == old.kept.seq && extent.first.seq == old.first.seq) {
        return;
    }
    ROOM_FAULT(60);
    atomic_fetch_add(&header->evicted, extent.kept.seq - kept);
    atomic_fetch_add(&header->evicted_pages, old.pages - extent.pages);
    room_trim_commit(h->store, room, &old, &extent, 0);
    ROOM_FAULT(61);
}

/* The same for any room; the own one's lock is held already. False when it was
 * not to be had. */
static bool try_from(const hunt *h, uint32_t room, uint32_t level,
                     uint32_t floor)
{
    if (room == h->self) {
        take_from(h, room, level, floor);
        return true;
    }
    if (!room_item_trylock(h->store, room)) {
        return false;
    }
    take_from(h, room, level, floor);
    room_item_leave(h->store, room);
    return true;
}

static void take_spare(const hunt *h)
{
    take_from(h, h->self, UINT32_MAX, 0);
    for (uint32_t i = 0; i < h->store->geometry.rooms
                         && free_pages(h) < h->goal; i++) {
        if (i != h->self && hinted_pages(h, i) > 0
            && atomic_load_explicit(&h->store->hints[i].spare_us,
                                    memory_order_relaxed)
                   <= h->mono_us) {
            try_from(h, i, UINT32_MAX, 0);
        }
    }
}

static void take_lonely(const hunt *h)
{
    uint32_t guarantee = h->store->geometry.guarantee;

    for (uint32_t i = 0; i < h->store->geometry.rooms
                         && free_pages(h) < h->goal; i++) {
        if (i != h->self && hinted_pages(h, i) > guarantee
            && room_layout_lonely(h->store, i)) {
            try_from(h, i, guarantee, guarantee);
        }
    }
}

static bool is_among(const uint32_t *list, uint32_t count, uint32_t room)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == room) {
            return true;
        }
    }
    return false;
}

/* The room with the most pages above the guarantee that is not among those
 * passed over; ROOM_NONE. `second` is the size of the next largest. */
static uint32_t largest(const hunt *h, const uint32_t *passed, uint32_t count,
                        uint32_t *second)
{
    uint32_t most = h->store->geometry.guarantee;
    uint32_t found = ROOM_NONE;

    *second = most;
    for (uint32_t i = 0; i < h->store->geometry.rooms; i++) {
        uint32_t pages = hinted_pages(h, i);

        if (pages <= *second || is_among(passed, count, i)) {
            continue;
        }
        if (pages > most) {
            *second = most;
            most = pages;
            found = i;
        }
        else {
            *second = pages;
        }
    }
    return found;
}

/* Levels the largest rooms until the goal is reached, but no room below
 * `floor`. */
static void take_largest(const hunt *h, uint32_t floor)
{
    uint32_t guarantee = h->store->geometry.guarantee;
    uint32_t passed[PASSED_OVER];
    uint32_t count = 0;

    while (free_pages(h) < h->goal && count < PASSED_OVER) {
        uint32_t second;
        uint32_t room = largest(h, passed, count, &second);
        uint32_t before;
        uint32_t level;

        if (room == ROOM_NONE) {
            return;
        }
        before = hinted_pages(h, room);
        level = second < before ? second : before - 1;
        level = level > guarantee ? level : guarantee;
        if (!try_from(h, room, level, floor)
            || hinted_pages(h, room) >= before) {
            passed[count++] = room;
        }
    }
}

bool room_evict_for(room_store *store, uint32_t room, uint32_t need,
                    int64_t mono_us)
{
    hunt h = { store, room, need + store->geometry.batch, mono_us };
    uint32_t own = hinted_pages(&h, room);

    take_spare(&h);
    if (free_pages(&h) < need) {
        take_lonely(&h);
    }
    if (free_pages(&h) < need) {
        take_largest(&h, store->geometry.guarantee);
    }
    h.goal = need;
    if (free_pages(&h) < need) {
        take_from(&h, room, 0, 0);
    }
    if (free_pages(&h) < need && hinted_pages(&h, room) == 0) {
        take_largest(&h, 0);
    }
    return free_pages(&h) >= need || hinted_pages(&h, room) < own;
}
