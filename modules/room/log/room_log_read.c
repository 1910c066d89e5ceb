/* room_log_read.c - the readers' half of room_log.h. */
#include <string.h>

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_log.h"
#include "room/log/room_outcome.h"
#include "room/log/room_trim.h"
#include "room/segment/room_slot.h"

/* The position in front of the history, as late as can be: before its birth
 * nothing was said in the room. */
static room_id before_kept(const room_store *store, uint32_t room,
                           const room_extent *extent)
{
    const room_id *birth = &store->items[room].birth;

    return room_id_compare(birth, &extent->complete) > 0 ? *birth
                                                         : extent->complete;
}

/* The position in front of `seq`, which is in the history or next_seq: the
 * latest of those that mean the same, since it stays exact for longest. */
static bool cursor_before(const room_store *store, uint32_t room,
                          const room_extent *extent, uint64_t seq,
                          room_id *cursor)
{
    room_place place;
    room_record record;

    if (seq == extent->next_seq) {
        *cursor = extent->newest;
        return true;
    }
    if (seq == extent->kept.seq) {
        *cursor = before_kept(store, room, extent);
        return true;
    }
    if (!room_extent_find(store, room, extent, seq - 1, &place)
        || !room_extent_record(store, room, extent, &place, &record)) {
        return false;
    }
    *cursor = record.id;
    return true;
}

/* The number with which the newest `count` messages in front of `end` begin.
 * `more`: older ones are kept. */
static bool newest_from(const room_store *store, uint32_t room,
                        const room_extent *extent, uint64_t end,
                        uint64_t count, bool *more, uint64_t *from)
{
    uint64_t kept = end - extent->kept.seq;
    uint64_t last = UINT64_MAX;

    /* The one in front of them, so that it is known whether there is one. */
    if (count < kept
        && (count == 0 || extent->kept_events == 0)) {
        last = end - count - 1;
    }
    else if (count < kept
             && !room_extent_back(store, room, extent, end, count + 1, &last)) {
        return false;
    }
    *more = last != UINT64_MAX;
    *from = *more ? last + 1 : extent->kept.seq;
    return true;
}

/* The newest `history` of what is kept, or all of that. */
static bool seek_newest(const room_store *store, uint32_t room,
                        const room_extent *extent, uint64_t history,
                        room_log_position *out)
{
    bool more;

    return newest_from(store, room, extent, extent->next_seq, history, &more,
                       &out->seq)
           && cursor_before(store, room, extent, out->seq, &out->cursor);
}

/* True when the record in front of `seq` has this id. */
static bool is_id_before(const room_store *store, uint32_t room,
                         const room_extent *extent, uint64_t seq,
                         const room_id *id)
{
    room_place place;
    room_record record;

    return seq > extent->first.seq
           && room_extent_find(store, room, extent, seq - 1, &place)
           && room_extent_record(store, room, extent, &place, &record)
           && room_id_compare(&record.id, id) == 0;
}

/* Before the room was made the clock was later than it was then, and positions
 * of that time were told: one that is no id of the room may be one of them. */
static bool is_in_doubt(const room_store *store, uint32_t room,
                        const room_extent *extent, uint64_t seq,
                        const room_id *after)
{
    const room_item *item = &store->items[room];

    return after->ms <= item->doubt_ms && after->ms > item->birth.ms
           && room_id_compare(after, &extent->complete) != 0
           && !is_id_before(store, room, extent, seq, after);
}

static bool seek_after(const room_store *store, uint32_t room,
                       const room_extent *extent, const room_id *after,
                       room_log_position *out)
{
    /* In front of `complete` something is missing, and nobody was told a
     * position behind the newest. */
    bool known = room_id_compare(after, &extent->complete) >= 0
                 && room_id_compare(after, &extent->newest) <= 0
                 && !room_tie_skipped(store, room, after);

    room_place place;

    out->seq = extent->next_seq;
    if (known && extent->first.seq < extent->next_seq) {
        if (!room_extent_seek(store, room, extent, after, &place)) {
            return false;
        }
        out->seq = place.seq;
    }
    if (known && !is_in_doubt(store, room, extent, out->seq, after)) {
        out->resumed = true;
        out->cursor = *after;
        return true;
    }
    out->gap = true;
    out->seq = extent->kept.seq;
    return cursor_before(store, room, extent, out->seq, &out->cursor);
}

room_status room_log_seek(room_store *store, room_handle handle,
                          const room_id *after, uint64_t history,
                          int64_t mono_us, room_log_position *out)
{
    room_status status = room_item_enter_read(store, handle);
    uint32_t room = handle.index;
    room_id cursor = { 0, 0 };
    room_extent extent;
    bool sound;

    if (after != NULL) {
        cursor = *after; /* which may lie in `out` */
    }
    memset(out, 0, sizeof(*out));
    if (status != ROOM_OK) {
        return status;
    }
    room_trim_load(store, room, mono_us, &extent);
    if (after != NULL) {
        sound = seek_after(store, room, &extent, &cursor, out);
    }
    else {
        sound = seek_newest(store, room, &extent, history, out);
    }
    if (!sound) {
        room_item_reset(store, room);
        room_item_load(store, room, &extent);
        out->seq = extent.next_seq;
        out->cursor = extent.complete;
        out->resumed = false;
        /* Without a cursor nothing was promised. */
        out->gap = after != NULL;
    }
    out->next_seq = extent.next_seq;
    room_item_leave(store, room);
    return ROOM_OK;
}

/* The number of the first message of the history that is not below `id`. */
static bool find_end(const room_store *store, uint32_t room,
                     const room_extent *extent, const room_id *id,
                     uint64_t *seq)
{
    /* room_extent_seek finds what is after an id: the one before `id`. */
    room_id below = { id->ms, id->n - 1 };
    room_place place;

    *seq = extent->kept.seq;
    if (extent->kept.seq == extent->next_seq || (id->ms == 0 && id->n == 0)) {
        return true;
    }
    if (id->n == 0) {
        below = (room_id){ id->ms - 1, UINT64_MAX };
    }
    if (!room_extent_seek(store, room, extent, &below, &place)) {
        return false;
    }
    if (place.seq > extent->kept.seq) { /* else it is no history any more */
        *seq = place.seq;
    }
    return true;
}

room_status room_log_seek_page(room_store *store, room_handle handle,
                               const room_id *before, uint64_t limit,
                               int64_t mono_us, room_log_page *out)
{
    room_status status = room_item_enter_read(store, handle);
    uint32_t room = handle.index;
    room_extent extent;

    memset(out, 0, sizeof(*out));
    if (status != ROOM_OK) {
        return status;
    }
    room_trim_load(store, room, mono_us, &extent);
    if (!find_end(store, room, &extent, before, &out->to)
        || !newest_from(store, room, &extent, out->to, limit, &out->more,
                        &out->from)) {
        room_item_reset(store, room);
        room_item_load(store, room, &extent);
        out->from = out->to = extent.next_seq;
    }
    out->cursor = before_kept(store, room, &extent);
    room_item_leave(store, room);
    return ROOM_OK;
}

/* What room_log_read was asked for. */
typedef struct {
    room_log_cursor *cursor;
    uint64_t to;
    size_t max_bytes;
    room_log_visit *visit;
    void *context;
} demand;

/* Visits records from `place` on. False: damaged. The cursor moves along. */
static bool visit_records(const room_store *store, uint32_t room,
                          const room_extent *extent, room_place place,
                          const demand *asked)
{
    size_t bytes = 0;

    while (place.seq < asked->to && place.seq < extent->next_seq) {
        room_record head;
        room_log_record record;

        if (!room_extent_record(store, room, extent, &place, &head)
            || !room_outcome_fill(store, room, extent, &place, &head,
                                  &record)) {
            return false;
        }
        /* The first one is read whatever its size: else its reader would stand
         * still. */
        if (bytes > 0 && (bytes > asked->max_bytes
                          || record.size > asked->max_bytes - bytes)) {
            return true;
        }
        bytes += record.size;
        if (!asked->visit(asked->context, &record)) {
            return true;
        }
        asked->cursor->seq = head.seq + 1;
        if (!room_extent_step(store, room, extent, &head, &place)) {
            return false;
        }
        asked->cursor->page = place.page;
        asked->cursor->offset = place.offset;
    }
    return true;
}

/* Where the cursor's message lies, which is in the log: as the hint says, or
 * found by a search. */
static bool find_place(const room_store *store, uint32_t room,
                       const room_extent *extent,
                       const room_log_cursor *cursor, room_place *place)
{
    room_record record;

    *place = (room_place){ cursor->seq, cursor->page, cursor->offset };
    return room_extent_record(store, room, extent, place, &record)
           || room_extent_find(store, room, extent, cursor->seq, place);
}

static bool read_inside(room_store *store, uint32_t room,
                        const demand *asked)
{
    uint64_t from = asked->cursor->seq;
    room_extent extent;
    room_place place;
    uint64_t end;

    room_item_load(store, room, &extent);
    end = asked->to < extent.next_seq ? asked->to : extent.next_seq;
    /* All of it is yet to come, or gone. */
    if (end <= from || end <= extent.first.seq) {
        asked->cursor->seq = end > from ? end : from;
        return true;
    }
    /* What is gone is passed over: the visitor sees it by the numbers. */
    place = extent.first;
    if (from > place.seq
        && !find_place(store, room, &extent, asked->cursor, &place)) {
        return false;
    }
    return visit_records(store, room, &extent, place, asked);
}

room_status room_log_read_on(room_store *store, room_handle handle,
                             room_log_cursor *cursor, uint64_t to,
                             size_t max_bytes, room_log_visit *visit,
                             void *context)
{
    demand asked = { cursor, to, max_bytes, visit, context };
    room_status status = room_item_enter(store, handle);

    if (status != ROOM_OK) {
        return status;
    }
    if (!read_inside(store, handle.index, &asked)) {
        room_item_reset(store, handle.index);
    }
    room_item_leave(store, handle.index);
    return ROOM_OK;
}

room_status room_log_read(room_store *store, room_handle handle,
                          uint64_t from, uint64_t to, size_t max_bytes,
                          room_log_visit *visit, void *context,
                          uint64_t *next)
{
    room_log_cursor cursor = { from, 0, 0 };
    room_status status = room_log_read_on(store, handle, &cursor, to,
                                          max_bytes, visit, context);

    *next = cursor.seq;
    return status;
}

void room_log_copy(const room_log_record *record, void *into)
{
    bool copied = record->place.outcome == ROOM_RECORD_PLAIN
                      ? room_extent_copy(record->store, record->place.room,
                                         record->place.page,
                                         record->place.offset, into,
                                         record->size)
                      : room_outcome_copy(record, into);

    if (!copied) {
        /* The visitor has counted on so many bytes. The next reader finds the
         * fault, and empties the room. */
        memset(into, 0, record->size);
    }
}

uint64_t room_log_next(const room_store *store, room_handle handle)
{
    const room_item *item;
    uint64_t next;

    if (handle.index >= store->geometry.rooms) {
        return UINT64_MAX;
    }
    item = &store->items[handle.index];
    /* In this order: if the slot is given away in between, the generation
     * tells. */
    next = atomic_load(&item->published);
    return atomic_load(&item->generation) == handle.generation ? next
                                                               : UINT64_MAX;
}

room_status room_log_info(room_store *store, room_handle handle,
                          int64_t mono_us, room_log_state *out)
{
    room_status status = room_item_enter_read(store, handle);
    room_extent extent;
    room_record first;

    memset(out, 0, sizeof(*out));
    if (status != ROOM_OK) {
        return status;
    }
    room_trim_load(store, handle.index, mono_us, &extent);
    out->kept = room_trim_messages(&extent);
    out->bytes = extent.bytes;
    out->pages = extent.pages;
    out->first_seq = extent.first.seq;
    if (extent.first.seq < extent.next_seq
        && room_extent_record(store, handle.index, &extent, &extent.first,
                              &first)) {
        out->first_seq = room_outcome_since(&first);
    }
    out->next_seq = extent.next_seq;
    out->newest = extent.newest;
    out->complete = extent.complete;
    room_item_leave(store, handle.index);
    return ROOM_OK;
}

void room_log_wake_readers(room_store *store, room_handle handle,
                           int except_slot)
{
    uint32_t words = store->geometry.reader_words;

    if (room_log_next(store, handle) == UINT64_MAX) {
        return;
    }
    /* Either this sees a reader's bit, or the reader, who looks after it set
     * the bit, sees the message. */
    atomic_thread_fence(memory_order_seq_cst);
    for (uint32_t i = 0; i < words; i++) {
        uint64_t bits =
            atomic_load(&store->readers[(size_t)handle.index * words + i]);

        while (bits != 0) {
            int slot = (int)(i * 64) + __builtin_ctzll(bits);

            bits &= bits - 1;
            if (slot != except_slot) {
                room_slot_wake(store, slot, handle.index);
            }
        }
    }
    if (room_slot_mark_writer(store, handle.index) && except_slot < 0) {
        room_slot_call_writer(store);
    }
}
