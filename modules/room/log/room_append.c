/* room_append.c - see room_append.h. */
#include "room/log/room_append.h"

#include <sched.h>
#include <string.h>

#include "base/base_clock.h"
#include "room/log/room_amend.h"
#include "room/log/room_evict.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_outcome.h"
#include "room/log/room_trim.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"

/* How long a message looks for memory while others take it away. */
#define RETRY_US 2000000

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
                         room_extent *extent, room_append *what,
                         const room_place *place)
{
    const room_log_entry *entry = what->entry;
    writer at = { store, room, place->page, place->offset };
    room_page *page = room_pool_page(store, room, place->page);
    room_record *record = &what->head;
    bool put_all;

    if (page == NULL) {
        return false;
    }
    record->seq = place->seq;
    record->check = room_extent_seal(record);
    /* Above our offset it is of a record that was never committed. */
    if (page->start == 0 || page->start > place->offset) {
        page->start = place->offset;
    }
    ROOM_FAULT(71);
    put_all = put(&at, record, sizeof(*record))
              && put(&at, entry->head, entry->head_size)
              && put(&at, what->id_text, what->id_size)
              && put(&at, entry->tail, entry->tail_size);
    ROOM_FAULT(72);
    extent->last = at.page;
    extent->tail = (at.offset + 7) / 8 * 8;
    return put_all;
}

/* Enters the new record into the copy of the extent. */
static void count_record(room_extent *extent, const room_append *what,
                         const room_place *place, uint32_t pages)
{
    /* There was none: it is the oldest, and the history begins with it. */
    if (extent->first.seq == extent->next_seq) {
        extent->first = *place;
        extent->first_us = what->head.stored_us;
    }
    if (extent->kept.seq == extent->next_seq) {
        extent->kept = *place;
        extent->kept_us = what->head.stored_us;
    }
    extent->next_seq++;
    extent->newest = what->head.id;
    extent->newest_us = what->head.stored_us;
    extent->bytes += what->head.size;
    extent->kept_bytes += what->head.size;
    extent->kept_events += what->head.kind != ROOM_LOG_MESSAGE;
    extent->pages += pages;
}

/* Of how many records a clear takes the place: all that whoever reads by
 * numbers may still have wanted. */
static bool measure_clear(const room_store *store, uint32_t room,
                          const room_extent *old, room_append *what)
{
    room_record first;
    uint64_t since = old->next_seq;

    if (old->first.seq < old->next_seq) {
        if (!room_extent_record(store, room, old, &old->first, &first)) {
            return false;
        }
        since = room_outcome_since(&first);
    }
    what->head.text_size = old->next_seq - since < UINT32_MAX
                               ? (uint32_t)(old->next_seq - since) : 0;
    return true;
}

/* Nothing is left but the new record; `pages` were added for it. */
static void keep_only(room_extent *extent, const room_extent *old,
                      const room_append *what, const room_place *place,
                      uint32_t pages)
{
    extent->first = extent->kept = *place;
    extent->first_us = extent->kept_us = what->head.stored_us;
    extent->bytes = extent->kept_bytes = what->head.size;
    extent->kept_events = 1;
    extent->pages = pages + (place->page == old->last);
}

/* Writes it into pages that are there, `first` and on, or the last one;
 * `extent` becomes what is there then. */
static bool add_record(room_store *store, uint32_t room, const room_extent *old,
                       room_append *what, uint32_t pages, uint32_t first,
                       room_extent *extent)
{
    room_place place = { old->next_seq, old->last, old->tail };
    bool clears = what->head.kind == ROOM_LOG_CLEARED;

    *extent = *old;
    /* The rest of the last page is given up. */
    if (!has_space(old)) {
        place.page = first;
        place.offset = ROOM_PAGE_HEAD;
    }
    if ((clears && !measure_clear(store, room, old, what))
        || (pages > 0 && !link_pages(store, room, old, first))
        || !write_record(store, room, extent, what, &place)) {
        return false;
    }
    count_record(extent, what, &place, pages);
    if (clears) {
        keep_only(extent, old, what, &place, pages);
    }
    return what->target == NULL
           || room_amend_intend(store, room, extent, &place,
                                what->entry->kind, what->target);
}

/* Adds it, commits that, and lets go what is no longer kept. */
static bool store_record(room_store *store, uint32_t room,
                         const room_extent *old, room_append *what,
                         uint32_t pages, uint32_t first)
{
    room_extent extent;
    int64_t mono_us = what->entry->mono_us;

    if (!add_record(store, room, old, what, pages, first, &extent)
        /* In the same commit, so that nobody ever sees more than is kept. */
        || !room_trim_history(store, room, &extent, mono_us)
        || !room_trim_transit(store, room, &extent, mono_us)) {
        return false;
    }
    room_trim_commit(store, room, old, &extent, pages);
    if (what->target != NULL) {
        room_amend_apply(store, room, &extent);
    }
    return true;
}

room_status room_append_place(room_store *store, uint32_t room,
                              room_extent *extent, room_append *what)
{
    const room_log_entry *entry = what->entry;
    uint32_t more;
    uint32_t first = ROOM_NONE;

    what->head.size = (uint32_t)(entry->head_size + what->id_size
                                 + entry->tail_size);
    /* As much is never promised to any room: see room_layout's guarantee. */
    if (pages_for(sizeof(room_record) + (uint64_t)what->head.size)
        > store->geometry.pages / 4) {
        return ROOM_TOO_BIG;
    }
    while ((more = pages_more(extent, what->head.size)) > 0) {
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

bool room_append_again(int64_t *started)
{
    int64_t now = base_clock_mono();

    if (*started == 0) {
        *started = now;
    }
    else if (now - *started > RETRY_US) {
        return false;
    }
    sched_yield();
    return true;
}

room_status room_append_moved(room_store *store, room_handle handle,
                              const void *body, const room_record *from,
                              int64_t mono_us)
{
    room_log_entry entry = { .kind = (room_log_kind)from->kind, .head = body,
                             .head_size = from->size, .mono_us = mono_us };
    /* It has its id already. Its ref is the archive's, what is asked for moves
     * with the refs; an edit is as many records later as it was. */
    room_append what = { .entry = &entry, .head = *from };
    room_extent extent;
    room_status status;

    if (from->size > ROOM_APPEND_PART) {
        return ROOM_TOO_BIG;
    }
    status = room_item_enter(store, handle);
    if (status != ROOM_OK) {
        return status;
    }
    room_item_load(store, handle.index, &extent);
    status = room_append_place(store, handle.index, &extent, &what);
    room_item_leave(store, handle.index);
    return status == ROOM_FULL ? ROOM_BUSY : status;
}
