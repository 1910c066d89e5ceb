/* room_trim.c - what a room keeps; see room_trim.h. */
#include "room/log/room_trim.h"

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_log.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"

static bool is_older(int64_t stored_us, int64_t age_ms, int64_t mono_us)
{
    int64_t most = age_ms > 0 ? age_ms : 0;

    /* Longer than microseconds can say is for ever. */
    return most <= INT64_MAX / 1000 && mono_us > stored_us
           && mono_us - stored_us > most * 1000;
}

/* Moves the start of the history over one record, whose head it gives. */
static bool drop_kept(const room_store *store, uint32_t room,
                      room_extent *extent, room_record *dropped)
{
    room_record record;
    bool event;

    if (!room_extent_record(store, room, extent, &extent->kept, &record)
        || !room_extent_step(store, room, extent, &record, &extent->kept)
        || record.size > extent->kept_bytes) {
        return false;
    }
    event = record.kind != ROOM_LOG_MESSAGE;
    if (event && extent->kept_events == 0) {
        return false;
    }
    *dropped = record;
    extent->kept_events -= event;
    /* A position in front of this one has something missing behind it now. */
    if (room_id_compare(&record.id, &extent->complete) > 0) {
        extent->complete = record.id;
    }
    extent->kept_bytes -= record.size;
    if (extent->kept.seq < extent->next_seq) {
        if (!room_extent_record(store, room, extent, &extent->kept,
                                &record)) {
            return false;
        }
        extent->kept_us = record.stored_us;
    }
    return true;
}

uint64_t room_trim_messages(const room_extent *extent)
{
    return extent->next_seq - extent->kept.seq - extent->kept_events;
}

/* One event too many costs one record, the oldest: else the first one would
 * cost all messages, since events stand behind them. A room that keeps nothing
 * keeps no events either. */
static bool has_many_events(const room_extent *extent, uint32_t keep_count)
{
    return extent->next_seq - extent->kept.seq
           > (keep_count > 0 ? 2 * (uint64_t)keep_count + ROOM_LOG_EVENTS : 0);
}

/* The history begins with an event: nobody knows any more what it changed, when
 * the messages in front of it have gone by the room's rule. */
static bool begins_with_event(const room_store *store, uint32_t room,
                              const room_extent *extent)
{
    room_record record;

    return extent->kept_events > 0
           && room_extent_record(store, room, extent, &extent->kept, &record)
           && record.kind != ROOM_LOG_MESSAGE;
}

bool room_trim_history(const room_store *store, uint32_t room,
                       room_extent *extent, int64_t mono_us)
{
    const room_item *item = &store->items[room];
    uint32_t keep_count = item->keep_count;
    bool message_gone = false;

    while (extent->kept.seq < extent->next_seq) {
        bool ruled = room_trim_messages(extent) > keep_count
                     || is_older(extent->kept_us, item->keep_age_ms, mono_us);
        room_record dropped;

        if (!ruled && !has_many_events(extent, keep_count)
            && !(message_gone && begins_with_event(store, room, extent))) {
            return true;
        }
        if (!drop_kept(store, room, extent, &dropped)) {
            return false;
        }
        message_gone |= ruled && dropped.kind == ROOM_LOG_MESSAGE;
    }
    return true;
}

/* Takes the pages in front of the one at `to` out of the count. */
static bool leave_pages(const room_store *store, uint32_t room,
                        room_extent *extent, uint32_t from, uint32_t to)
{
    while (from != to) {
        const room_page *page = room_pool_page(store, room, from);

        if (page == NULL || extent->pages <= 1) {
            return false;
        }
        extent->pages--;
        from = page->next;
    }
    return true;
}

bool room_trim_oldest(const room_store *store, uint32_t room,
                      room_extent *extent)
{
    /* A large record may take several pages with it, a small one none. */
    uint32_t page = extent->first.page;
    room_record record;

    /* It is the history's oldest too. */
    if (extent->first.seq == extent->kept.seq
        && !drop_kept(store, room, extent, &record)) {
        return false;
    }
    if (!room_extent_record(store, room, extent, &extent->first, &record)
        || !room_extent_step(store, room, extent, &record, &extent->first)
        || record.size > extent->bytes) {
        return false;
    }
    extent->bytes -= record.size;
    if (extent->first.seq == extent->next_seq) {
        extent->pages = 0;
        extent->last = ROOM_NONE;
        extent->tail = 0;
        return true;
    }
    if (extent->first.seq == extent->kept.seq) {
        extent->first_us = extent->kept_us;
    }
    else if (room_extent_record(store, room, extent, &extent->first,
                                &record)) {
        extent->first_us = record.stored_us;
    }
    else {
        return false;
    }
    return leave_pages(store, room, extent, page, extent->first.page);
}

bool room_trim_transit(const room_store *store, uint32_t room,
                       room_extent *extent, int64_t mono_us)
{
    uint64_t held = room_cursor_held(store, room);

    while (extent->first.seq < extent->kept.seq && extent->first.seq < held
           && extent->first.seq + 1 < extent->next_seq
           && (extent->bytes - extent->kept_bytes > ROOM_TRIM_TRANSIT_BYTES
               || is_older(extent->first_us, ROOM_TRIM_TRANSIT_MS,
                           mono_us))) {
        if (!room_trim_oldest(store, room, extent)) {
            return false;
        }
    }
    return true;
}

bool room_trim_spare(const room_store *store, uint32_t room,
                     room_extent *extent, int64_t mono_us, uint64_t held)
{
    while (extent->first.seq < extent->kept.seq && extent->first.seq < held
           && is_older(extent->first_us, ROOM_TRIM_FRESH_MS, mono_us)) {
        if (!room_trim_oldest(store, room, extent)) {
            return false;
        }
    }
    return true;
}

void room_trim_commit(room_store *store, uint32_t room,
                      const room_extent *old, room_extent *extent,
                      uint32_t added)
{
    uint32_t freed = old->pages + added - extent->pages;

    /* In this order: a death in between leaves pages that are nobody's, while
     * pages given first could be another's and still in our log. */
    room_extent_commit(store, room, extent);
    ROOM_FAULT(30);
    room_pool_give(store, room, old->first.page, freed);
    ROOM_FAULT(31);
    room_extent_wipe_start(store, room, extent,
                           extent->first.page == old->first.page
                               ? old->first.offset : ROOM_PAGE_HEAD);
    ROOM_FAULT(32);
}

void room_trim_load(room_store *store, uint32_t room, int64_t mono_us,
                    room_extent *extent)
{
    room_extent old;

    room_item_load(store, room, &old);
    *extent = old;
    if (!room_trim_history(store, room, extent, mono_us)) {
        room_item_reset(store, room);
        room_item_load(store, room, extent);
    }
    else if (extent->kept.seq != old.kept.seq) {
        room_trim_commit(store, room, &old, extent, 0);
    }
}
