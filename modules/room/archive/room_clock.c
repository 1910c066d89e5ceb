/* room_clock.c - see room_clock.h. */
#include "room/archive/room_clock.h"

#include "room/segment/room_layout.h"

/* Further than that it does not move by being corrected little by little. */
#define JUMP_MS INT64_C(60000)

bool room_clock_even(room_store *store, base_clock_time now)
{
    room_cursor_totals *all = &store->header->archive;
    int64_t ahead_ms = now.wall_ms - now.mono_us / 1000;
    int64_t was_ms = atomic_load(&all->ahead_ms);
    int64_t since_us = atomic_load(&all->even_us);

    if (since_us == 0 || ahead_ms > was_ms + JUMP_MS
        || ahead_ms < was_ms - JUMP_MS) {
        since_us = now.mono_us;
        atomic_store(&all->even_us, since_us);
    }
    atomic_store(&all->ahead_ms, ahead_ms);
    return now.mono_us - since_us >= ROOM_CLOCK_EVEN_US;
}
