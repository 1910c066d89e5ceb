/* room_item.c - locks and repairs a room; see room_item.h. */
#include "room/log/room_item.h"

#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/log/room_amend.h"
#include "room/log/room_extent.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"
#include "room/set/room_ref.h"

/* Marks every page of the log as the room's own. */
static bool mark_pages(room_store *store, uint32_t room,
                       const room_extent *extent)
{
    uint32_t index = extent->first.page;

    for (uint32_t i = 0; i < extent->pages; i++) {
        room_page *page = room_pool_page(store, room, index);

        if (page == NULL) {
            return false;
        }
        /* A mark in the page instead of a list of ours: it needs no memory, and
         * a repair that is cut off leaves nothing behind but marks. */
        atomic_store_explicit(&page->owner, (room + 1) | ROOM_PAGE_MARK,
                              memory_order_relaxed);
        ROOM_FAULT(40);
        if (i + 1 == extent->pages) {
            return index == extent->last;
        }
        index = page->next;
    }
    return true;
}

void room_item_reset(room_store *store, uint32_t room)
{
    room_item *item = &store->items[room];
    room_id newest = room_id_after(&item->birth, base_clock_wall());
    /* One number is left out, so that who waits for the next one sees a gap. */
    uint64_t next = atomic_load(&item->published) + 1;
    room_extent extent;

    room_cursor_lose(store, room, 0, next - 1);
    room_extent_clear(&extent, next, &newest, &newest);
    /* Who was locked out stays so. */
    extent.state = item->extents[atomic_load(&item->active) & 1].state & 1;
    room_extent_commit(store, room, &extent);
    if (!room_pool_sweep(store, room, true)) {
        atomic_store(&item->untidy, 1);
    }
    room_tie_reset(store, room);
    atomic_fetch_add(&store->header->resets, 1);
    base_log_limited(BASE_LOG_ERROR, "CW0301",
                     "room %u was damaged: its messages are lost",
                     (unsigned)room);
}

void room_item_load(room_store *store, uint32_t room, room_extent *extent)
{
    if (!room_extent_load(store, room, extent)) {
        room_item_reset(store, room);
        *extent = store->items[room].extents[atomic_load(
            &store->items[room].active) & 1];
    }
}

void room_item_copy_state(const room_store *store, uint32_t room,
                          const room_extent *extent, room_state *out)
{
    *out = store->items[room].states[extent->state & 1];
    if (out->topic_size > ROOM_TOPIC_MAX) {
        out->topic_size = 0;
    }
}

/* The newest message may be stored without its ref being known. */
static void remember_newest(room_store *store, uint32_t room,
                            const room_extent *extent)
{
    room_place place;
    room_record record;

    if (extent->first.seq == extent->next_seq) {
        return;
    }
    if (!room_extent_find(store, room, extent, extent->next_seq - 1, &place)
        || !room_extent_record(store, room, extent, &place, &record)) {
        room_item_reset(store, room);
        return;
    }
    if (record.ref != 0) {
        /* from which address is not known any more */
        room_ref_put(store, room_ref_key(store, room, record.author,
                                         (room_log_kind)record.kind,
                                         record.ref),
                     0, &record.id, base_clock_mono());
    }
}

/* A slot whose room was being made or removed: nothing of it counts. */
static void repair_free(room_store *store, uint32_t room)
{
    room_extent extent;
    room_id none = { 0, 0 };

    room_extent_clear(&extent, 1, &none, &none);
    room_extent_commit(store, room, &extent);
}

/* Makes the room whole after its lock's owner died at whatever step: the
 * extent that counts says what is in it, and every other page of it is free. */
static void repair(room_store *store, uint32_t room)
{
    room_item *item = &store->items[room];
    room_extent extent;

    atomic_fetch_add(&store->header->repairs, 1);
    /* First: what goes wrong from here on sets it again. */
    atomic_store(&item->untidy, 0);
    if (atomic_load(&item->state) != ROOM_ITEM_USED) {
        repair_free(store, room);
    }
    room_item_load(store, room, &extent);
    if (!mark_pages(store, room, &extent)) {
        room_item_reset(store, room);
        return;
    }
    ROOM_FAULT(41);
    /* With no pages in the log no mark counts. */
    if (!room_pool_sweep(store, room, extent.pages == 0)) {
        atomic_store(&item->untidy, 1);
    }
    /* Nothing new, but the dead one may have turned the extent and not
     * published it. */
    room_extent_commit(store, room, &extent);
    ROOM_FAULT(42);
    /* Nobody may find what was deleted, or let go. */
    room_amend_apply(store, room, &extent);
    room_extent_wipe_start(store, room, &extent, ROOM_PAGE_HEAD);
    remember_newest(store, room, &extent);
}

/* What comes first for whoever has taken a room's lock. A repair is mended
 * last: a death in it leaves it to the next one. */
static bool whole(room_store *store, uint32_t room, room_lock_result taken)
{
    room_item *item = &store->items[room];

    if (taken == ROOM_LOCK_BUSY) {
        return false;
    }
    if (taken == ROOM_LOCK_DIED) {
        repair(store, room);
        room_lock_mend(&item->lock);
    }
    else if (atomic_load_explicit(&item->untidy, memory_order_relaxed) != 0) {
        repair(store, room);
    }
    return true;
}

bool room_item_lock(room_store *store, uint32_t room)
{
    return whole(store, room, room_lock_take(&store->items[room].lock));
}

bool room_item_trylock(room_store *store, uint32_t room)
{
    return whole(store, room, room_lock_try(&store->items[room].lock));
}

void room_item_leave(room_store *store, uint32_t room)
{
    room_lock_drop(&store->items[room].lock);
}

void room_item_mend(room_store *store, uint32_t room)
{
    if (atomic_load(&store->items[room].intent.seq) != 0
        && room_item_trylock(store, room)) {
        room_item_leave(store, room);
    }
}

room_status room_item_enter(room_store *store, room_handle handle)
{
    const room_item *item;

    if (handle.index >= store->geometry.rooms) {
        return ROOM_GONE;
    }
    item = &store->items[handle.index];
    if (!room_item_lock(store, handle.index)) {
        return ROOM_BUSY;
    }
    /* Under the lock, which whoever gives the slot away holds: it stays so. */
    if (atomic_load(&item->state) == ROOM_ITEM_USED
        && atomic_load(&item->generation) == handle.generation) {
        return ROOM_OK;
    }
    room_item_leave(store, handle.index);
    return ROOM_GONE;
}

room_status room_item_enter_read(room_store *store, room_handle handle)
{
    room_status status = room_item_enter(store, handle);

    if (status == ROOM_OK
        && (room_cursor_unread(store, handle.index)
            || room_tie_unread(store, handle.index))) {
        room_item_leave(store, handle.index);
        return ROOM_UNREAD;
    }
    return status;
}
