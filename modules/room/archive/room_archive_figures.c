/* room_archive_figures.c - see room_archive_figures.h. */
#include "room/archive/room_archive_figures.h"

#include "room/segment/room_layout.h"

/* What is in front of it was cleared, or lost, and waits no more. Without the
 * lock: a number of a moment ago will do. */
static uint64_t first_of(const room_item *item)
{
    const room_extent *extent =
        &item->extents[atomic_load(&item->active) & 1];

    return __atomic_load_n(&extent->first.seq, __ATOMIC_RELAXED);
}

void room_archive_figures_write(room_store *store, bool writes)
{
    atomic_store(&store->header->archive.writes, writes);
}

void room_archive_figures_lose(room_store *store, uint64_t records)
{
    atomic_fetch_add(&store->header->archive.lost, records);
}

void room_archive_figures_get(const room_store *store, int64_t mono_us,
                              room_archive_figures *out)
{
    const room_cursor_totals *all = &store->header->archive;

    *out = (room_archive_figures){ .on = store->geometry.archive != 0,
                                   .writes = atomic_load(&all->writes),
                                   .commits = atomic_load(&all->commits),
                                   .errors = atomic_load(&all->errors),
                                   .lost = atomic_load(&all->lost) };
    for (uint32_t i = 0; out->on && i < store->geometry.rooms; i++) {
        const room_item *item = &store->items[i];
        uint64_t next;
        uint64_t held;
        int64_t waits;

        if (atomic_load(&item->state) != ROOM_ITEM_USED
            || !room_cursor_behind(store, i)) {
            continue;
        }
        held = room_cursor_held(store, i);
        next = atomic_load(&item->published);
        held = held > first_of(item) ? held : first_of(item);
        if (held >= next) {
            continue;
        }
        out->lag_messages += next - held;
        waits = mono_us - atomic_load(&store->cursors[i].behind_us);
        out->lag_us = waits > out->lag_us ? waits : out->lag_us;
    }
}
