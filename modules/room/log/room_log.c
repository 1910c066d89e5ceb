/* room_log.c - appends to a room's log and reads it; see room_log.h. */
#include "room/log/room_log.h"

#include <sched.h>
#include <string.h>

#include "base/base_clock.h"
#include "room/log/room_evict.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_trim.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"
#include "room/set/room_ref.h"

/* How long a message looks for memory while others take it away. */
#define RETRY_US 2000000
#define PART_MAX (1u << 30) /* so that sums fit 32 bits */

/* What is to be written. */
typedef struct {
    const room_log_entry *entry;
    uint64_t ref;
    room_id id;
    int64_t stored_us;
    size_t id_size;
    uint32_t size; /* of the whole body */
    char id_text[ROOM_ID_TEXT];
} new_record;

/* Where the next byte goes. */
typedef struct {
    const room_store *store;
    uint32_t room;
    uint32_t page;
    uint32_t offset;
} writer;

/* A head fits behind the tail; what is shorter stays empty. */
static bool has_space(const room_extent *extent)
{
    return extent->last != ROOM_NONE
           && extent->tail <= ROOM_PAGE_SIZE - sizeof(room_record);
}

static uint32_t pages_for(uint64_t bytes)
{
    return (uint32_t)((bytes + ROOM_PAGE_DATA - 1) / ROOM_PAGE_DATA);
}

/* New pages that the message takes behind this extent. */
static uint32_t pages_more(const room_extent *extent, uint32_t size)
{
    uint64_t bytes = sizeof(room_record) + (uint64_t)size;
    uint64_t space;

    if (!has_space(extent)) {
        return pages_for(bytes);
    }
    space = ROOM_PAGE_SIZE - extent->tail;
    return bytes > space ? pages_for(bytes - space) : 0;
}

static bool put(writer *at, const void *data, size_t size)
{
    const unsigned char *from = data;

    while (size > 0) {
        room_page *page = room_pool_page(at->store, at->room, at->page);
        size_t part;

        if (page == NULL) {
            return false;
        }
        /* Not before there is more: behind the last page is none. */
        if (at->offset == ROOM_PAGE_SIZE) {
            at->page = page->next;
            at->offset = ROOM_PAGE_HEAD;
            continue;
        }
        part = ROOM_PAGE_SIZE - at->offset;
        part = part < size ? part : size;
        memcpy((unsigned char *)page + at->offset, from, part);
        at->offset += (uint32_t)part;
        from += part;
        size -= part;
    }
    return true;
}

/* Chains the new pages behind the last one. */
static bool link_pages(room_store *store, uint32_t room,
                       const room_extent *extent, uint32_t first)
{
    room_page *last;

    if (extent->last == ROOM_NONE) {
        return true;
    }
    last = room_pool_page(store, room, extent->last);
    if (last == NULL) {
        return false;
    }
    last->next = first;
    ROOM_FAULT(70);
    store->pages[first].prev = extent->last;
    return true;
}

/* Writes the record and its body behind the extent's tail, where nobody looks
 * yet, and moves last and tail behind it. */
static bool write_record(room_store *store, uint32_t room,
                         room_extent *extent, const new_record *what,
                         room_place *place)
{
    const room_log_entry *entry = what->entry;
    writer at = { store, room, place->page, place->offset };
    room_page *page = room_pool_page(store, room, place->page);
    room_record record = { what->size, 0, place->seq, what->id, what->ref,
                           what->stored_us };
    bool put_all;

    if (page == NULL) {
        return false;
    }
    record.check = room_extent_seal(&record);
    /* Above our offset it is of a record that was never committed. */
    if (page->start == 0 || page->start > place->offset) {
        page->start = place->offset;
    }
    ROOM_FAULT(71);
    put_all = put(&at, &record, sizeof(record))
              && put(&at, entry->head, entry->head_size)
              && put(&at, what->id_text, what->id_size)
              && put(&at, entry->tail, entry->tail_size);
    ROOM_FAULT(72);
    extent->last = at.page;
    extent->tail = (at.offset + 7) / 8 * 8;
    return put_all;
}

/* Enters the new record into the copy of the extent. */
static void count_record(room_extent *extent, const new_record *what,
                         const room_place *place, uint32_t pages)
{
    /* There was none: it is the oldest, and the history begins with it. */
    if (extent->first.seq == extent->next_seq) {
        extent->first = *place;
        extent->first_us = what->stored_us;
    }
    if (extent->kept.seq == extent->next_seq) {
        extent->kept = *place;
        extent->kept_us = what->stored_us;
    }
    extent->next_seq++;
    extent->newest = what->id;
    extent->newest_us = what->stored_us;
    extent->bytes += what->size;
    extent->kept_bytes += what->size;
    extent->pages += pages;
}

/* Stores it in pages that are there: `first` and on, or the last one. */
static bool store_record(room_store *store, uint32_t room,
                         const room_extent *old, const new_record *what,
                         uint32_t pages, uint32_t first)
{
    room_extent extent = *old;
    room_place place = { old->next_seq, old->last, old->tail };
    int64_t mono_us = what->entry->mono_us;

    /* The rest of the last page is given up. */
    if (!has_space(old)) {
        place.page = first;
        place.offset = ROOM_PAGE_HEAD;
    }
    if ((pages > 0 && !link_pages(store, room, old, first))
        || !write_record(store, room, &extent, what, &place)) {
        return false;
    }
    count_record(&extent, what, &place, pages);
    /* In the same commit, so that nobody ever sees more than is kept. */
    if (!room_trim_history(store, room, &extent, mono_us)
        || !room_trim_transit(store, room, &extent, mono_us)) {
        return false;
    }
    room_trim_commit(store, room, old, &extent, pages);
    return true;
}

/* Finds pages for it and stores it; its id is known, `extent` loaded. */
static room_status place_inside(room_store *store, uint32_t room,
                                room_extent *extent, new_record *what)
{
    const room_log_entry *entry = what->entry;
    uint32_t more;
    uint32_t first = ROOM_NONE;

    what->size = (uint32_t)(entry->head_size + what->id_size
                            + entry->tail_size);
    /* As much is never promised to any room: see room_layout's guarantee. */
    if (pages_for(sizeof(room_record) + (uint64_t)what->size)
        > store->geometry.pages / 4) {
        return ROOM_TOO_BIG;
    }
    while ((more = pages_more(extent, what->size)) > 0) {
        room_status status = room_pool_take(store, room, more, &first);

        if (status == ROOM_OK) {
            break;
        }
        if (status == ROOM_BUSY
            || !room_evict_for(store, room, more, entry->mono_us)) {
            return status;
        }
        /* Our own room may have given something. */
        room_item_load(store, room, extent);
    }
    ROOM_FAULT(73);
    if (!store_record(store, room, extent, what, more, first)) {
        /* What is there is damaged; the caller tries again in an empty room. */
        room_item_reset(store, room);
        return ROOM_FULL;
    }
    return ROOM_OK;
}

/* With the lock held. ROOM_FULL: there will be pages, but not at once. */
static room_status append_inside(room_store *store, uint32_t room,
                                 new_record *what, uint64_t *seq)
{
    const room_log_entry *entry = what->entry;
    room_extent extent;
    room_status status;

    /* Whoever closed the store takes each room's lock after that. */
    if (atomic_load(&store->header->closed) != 0) {
        return ROOM_MOVED;
    }
    if (entry->ref_size > 0) {
        what->ref = room_ref_hash(store, room, entry->user, entry->ref,
                                  entry->ref_size);
        /* Under the room's lock: a ref that comes twice at once is stored
         * once. */
        if (room_ref_find(store, what->ref, entry->mono_us, &what->id)) {
            *seq = 0;
            return ROOM_REPEATED;
        }
    }
    room_item_load(store, room, &extent);
    what->stored_us = entry->mono_us;
    what->id = room_id_after(&extent.newest, entry->wall_ms);
    what->id_size = room_id_format(&what->id, what->id_text);
    status = place_inside(store, room, &extent, what);
    if (status != ROOM_OK) {
        return status;
    }
    ROOM_FAULT(74);
    if (what->ref != 0) {
        /* If we die before this, the room's repair does it. */
        room_ref_put(store, what->ref, entry->tag, &what->id,
                     entry->mono_us);
    }
    ROOM_FAULT(75);
    *seq = extent.next_seq;
    atomic_store_explicit(&store->hints[room].idle_us, entry->mono_us,
                          memory_order_relaxed);
    return ROOM_OK;
}

room_status room_log_append(room_store *store, room_handle handle,
                            const room_log_entry *entry, room_id *id,
                            uint64_t *seq)
{
    new_record what = { .entry = entry };
    int64_t started = 0;
    room_status status;

    if (entry->ref_size > ROOM_REF_MAX || entry->head_size > PART_MAX
        || entry->tail_size > PART_MAX) {
        return ROOM_TOO_BIG;
    }
    for (;;) {
        status = room_item_enter(store, handle);
        if (status != ROOM_OK) {
            return status;
        }
        status = append_inside(store, handle.index, &what, seq);
        room_item_leave(store, handle.index);
        if (status != ROOM_FULL) {
            break;
        }
        /* Others took what was freed before we could. Our lock is given up
         * meanwhile, so that they can make room at our cost as well. */
        if (started == 0) {
            started = base_clock_mono();
        }
        else if (base_clock_mono() - started > RETRY_US) {
            return ROOM_BUSY;
        }
        sched_yield();
    }
    *id = what.id;
    return status;
}

room_status room_log_append_moved(room_store *store, room_handle handle,
                                  const void *body,
                                  const room_log_record *from, int64_t mono_us)
{
    room_log_entry entry = { .head = body, .head_size = from->size,
                             .mono_us = mono_us };
    new_record what = { .entry = &entry, .id = from->id,
                        .stored_us = from->stored_us };
    room_extent extent;
    room_status status;

    if (from->size > PART_MAX) {
        return ROOM_TOO_BIG;
    }
    status = room_item_enter(store, handle);
    if (status != ROOM_OK) {
        return status;
    }
    /* It has its id already, and no ref: that moves with the refs. */
    room_item_load(store, handle.index, &extent);
    status = place_inside(store, handle.index, &extent, &what);
    room_item_leave(store, handle.index);
    return status == ROOM_FULL ? ROOM_BUSY : status;
}
