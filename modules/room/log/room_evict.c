/* room_evict.c - makes room when no page is free; see room_evict.h. */
#include "room/log/room_evict.h"

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_trim.h"
#include "room/segment/room_fault.h"

/* Rooms that are tried in vain, being locked or having nothing to give, before
 * we give up. */
#define PASSED_OVER 8u

/* What is wanted, and for whom. */
typedef struct {
    room_store *store;
    uint32_t self;
    uint32_t goal; /* pages that shall be free in the end: some more than
                      are needed, so that it is not done for each message */
    int64_t mono_us;
    bool spares; /* what waits for the archive */
} demand;

static uint32_t free_pages(const demand *asked)
{
    return atomic_load(&asked->store->header->pool_free);
}

static uint32_t hinted_pages(const demand *asked, uint32_t room)
{
    return atomic_load_explicit(&asked->store->hints[room].pages,
                                memory_order_relaxed);
}

/* Records from this number on are not taken from the room. The largest is not
 * spared, or a flood in one room would cost all others what they keep as long
 * as the database is away. */
static uint64_t spared_from(const demand *asked, uint32_t room,
                            const room_extent *extent)
{
    return asked->spares && extent->pages <= asked->store->geometry.pages / 4
               ? room_cursor_held(asked->store, room) : UINT64_MAX;
}

/* Lets go what a room whose lock is held no longer keeps; after that its
 * oldest messages while it has more than `level` pages and fewer than the goal
 * are free, but none that would leave it with fewer than `floor`. */
static void take_from(const demand *asked, uint32_t room, uint32_t level,
                      uint32_t floor)
{
    room_header *header = asked->store->header;
    room_extent old;
    room_extent extent;
    uint64_t kept;
    uint64_t spared;
    uint64_t safe;
    bool sound;

    room_item_load(asked->store, room, &old);
    extent = old;
    spared = spared_from(asked, room, &old);
    sound = room_trim_history(asked->store, room, &extent, asked->mono_us)
            && room_trim_spare(asked->store, room, &extent, asked->mono_us,
                               spared);
    /* What the room's own rule let go is not lost for lack of memory. */
    kept = extent.kept.seq;
    while (sound && extent.pages > level && extent.first.seq < spared
           && free_pages(asked) + (old.pages - extent.pages) < asked->goal) {
        /* One record more may free so many pages that it would be too much. */
        room_extent before = extent;

        sound = room_trim_oldest(asked->store, room, &extent);
        if (sound && extent.pages < floor) {
            extent = before;
            break;
        }
    }
    if (!sound) {
        room_item_reset(asked->store, room);
        return;
    }
    if (extent.kept.seq == old.kept.seq && extent.first.seq == old.first.seq) {
        return;
    }
    ROOM_FAULT(60);
    room_cursor_lose(asked->store, room, old.first.seq, extent.first.seq);
    /* Nor is what the archive has. */
    safe = room_cursor_safe(asked->store, room);
    kept = safe < kept ? kept : safe;
    if (extent.kept.seq > kept) {
        atomic_fetch_add(&header->evicted, extent.kept.seq - kept);
    }
    atomic_fetch_add(&header->evicted_pages, old.pages - extent.pages);
    room_trim_commit(asked->store, room, &old, &extent, 0);
    ROOM_FAULT(61);
}

/* The same for any room; the own one's lock is held already. False: the lock
 * was taken. */
static bool try_from(const demand *asked, uint32_t room, uint32_t level,
                     uint32_t floor)
{
    if (room == asked->self) {
        take_from(asked, room, level, floor);
        return true;
    }
    /* Two who wait for each other's rooms would wait for ever. */
    if (!room_item_trylock(asked->store, room)) {
        return false;
    }
    take_from(asked, room, level, floor);
    room_item_leave(asked->store, room);
    return true;
}

/* What no rule keeps any more costs nobody anything. */
static void take_spare(const demand *asked)
{
    /* Our own room first: its lock is held, so that it cannot fail. */
    take_from(asked, asked->self, UINT32_MAX, 0);
    for (uint32_t i = 0; i < asked->store->geometry.rooms
                         && free_pages(asked) < asked->goal; i++) {
        /* The hints are guesses; take_from looks at the room itself. */
        if (i != asked->self && hinted_pages(asked, i) > 0
            && atomic_load_explicit(&asked->store->hints[i].spare_us,
                                    memory_order_relaxed)
                   <= asked->mono_us) {
            try_from(asked, i, UINT32_MAX, 0);
        }
    }
}

/* Nobody is in these rooms to miss anything; they keep what each was
 * promised. */
static void take_lonely(const demand *asked)
{
    uint32_t guarantee = asked->store->geometry.guarantee;

    for (uint32_t i = 0; i < asked->store->geometry.rooms
                         && free_pages(asked) < asked->goal; i++) {
        if (i != asked->self && hinted_pages(asked, i) > guarantee
            && room_layout_lonely(asked->store, i)) {
            try_from(asked, i, guarantee, guarantee);
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
static uint32_t largest(const demand *asked, const uint32_t *passed,
                        uint32_t count, uint32_t *second)
{
    uint32_t most = asked->store->geometry.guarantee;
    uint32_t found = ROOM_NONE;

    *second = most;
    for (uint32_t i = 0; i < asked->store->geometry.rooms; i++) {
        uint32_t pages = hinted_pages(asked, i);

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
static void take_largest(const demand *asked, uint32_t floor)
{
    uint32_t guarantee = asked->store->geometry.guarantee;
    uint32_t passed[PASSED_OVER];
    uint32_t count = 0;

    while (free_pages(asked) < asked->goal && count < PASSED_OVER) {
        uint32_t second;
        uint32_t room = largest(asked, passed, count, &second);
        uint32_t before;
        uint32_t level;

        if (room == ROOM_NONE) {
            return;
        }
        before = hinted_pages(asked, room);
        /* Not below the next largest: from there on both give alike. */
        level = second < before ? second : before - 1;
        level = level > guarantee ? level : guarantee;
        if (!try_from(asked, room, level, floor)
            || hinted_pages(asked, room) >= before) {
            passed[count++] = room;
        }
    }
}

/* All ways in turn, until enough is free. */
static void take_all(demand *asked, uint32_t need)
{
    asked->goal = need + asked->store->geometry.batch;
    take_spare(asked);
    if (free_pages(asked) < need) {
        take_lonely(asked);
    }
    if (free_pages(asked) < need) {
        take_largest(asked, asked->store->geometry.guarantee);
    }
    /* From here on it costs what a room was promised: no page more than is
     * needed. */
    asked->goal = need;
    if (free_pages(asked) < need) {
        take_from(asked, asked->self, 0, 0);
    }
    if (free_pages(asked) < need && hinted_pages(asked, asked->self) == 0) {
        take_largest(asked, 0);
    }
}

bool room_evict_for(room_store *store, uint32_t room, uint32_t need,
                    int64_t mono_us)
{
    demand asked = { .store = store, .self = room, .mono_us = mono_us,
                     .spares = store->geometry.archive != 0 };
    uint32_t own = hinted_pages(&asked, room);

    take_all(&asked, need);
    if (free_pages(&asked) < need && asked.spares) {
        asked.spares = false;
        take_all(&asked, need);
    }
    /* Freed pages may be taken by others at once; then the caller comes again,
     * as long as something moves. */
    return free_pages(&asked) >= need || hinted_pages(&asked, room) < own;
}
