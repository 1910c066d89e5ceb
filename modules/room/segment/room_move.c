/* room_move.c - moves what is kept to another segment; see room_move.h.
 *
 * Nothing in the old segment is believed more than elsewhere: it is read by
 * the checked readers only, and a room that turns out damaged on the way keeps
 * nothing, so that every earlier cursor sees a gap.
 */
#include "room/segment/room_move.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "room/log/room_append.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_log.h"
#include "room/log/room_trim.h"
#include "room/people/room_search.h"
#include "room/segment/room_level.h"
#include "room/set/room_meter.h"
#include "room/set/room_ref.h"
#include "room/set/room_sanction.h"
#include "room/table/room_floor.h"
#include "room/table/room_table.h"

#define STEP_BYTES 65536

typedef struct {
    room_store *from;
    room_store *to;
    base_clock_time now;
    uint32_t level; /* pages that a room may have in the new segment */
    room_move_figures *told;
    base_bytes body;
} moving;

/* One room on its way. */
typedef struct {
    moving *all;
    room_handle old;
    room_handle now;
    room_extent extent; /* the old one's, as it is now */
    room_id birth;
    uint64_t doubt_ms;
    room_state state;
    uint32_t keep_count;
    uint32_t key_size;
    int64_t keep_age_ms;
    uint64_t start;     /* the first record that goes with it */
    uint64_t begun;     /* what it was, when the room was made */
    uint64_t first;     /* the number that this one gets */
    uint64_t upto;      /* below that all is in the archive */
    room_id complete;   /* the position in front of it */
    uint64_t rest;      /* bytes from the record at hand to the end */
    uint64_t budget;    /* bytes that it may have in the new segment */
    char key[ROOM_KEY_MAX];
} moved_room;

static uint64_t cost_of(uint64_t size)
{
    return sizeof(room_record) + size + 7;
}

static bool same_database(const moving *all)
{
    const room_geometry *from = &all->from->geometry;
    const room_geometry *to = &all->to->geometry;

    return from->archive != 0 && to->archive != 0
           && from->archive_name == to->archive_name;
}

/* What the cursors say holds for the new segment's archive. With a relay that
 * is the one of all hosts, whichever this host has. */
static bool same_archive(const moving *all)
{
    return same_database(all)
           || (all->from->geometry.archive != 0
               && all->to->geometry.archive != 0
               && room_tie_same(all->from, all->to));
}

/* What never came to the archive. */
static void tell_lost(moving *all, uint32_t room, uint64_t from, uint64_t to)
{
    uint64_t held = room_cursor_held(all->from, room);
    uint64_t first = held > from ? held : from;

    if (same_archive(all) && first < to && all->from->geometry.relay == 0) {
        atomic_fetch_add(&all->to->header->archive.lost, to - first);
    }
}

/* A room that does not go with us is forgotten. */
static void forget_room(moving *all, uint32_t room)
{
    int64_t wall_ms = all->now.wall_ms;
    /* If it cannot be read, its ids may have come up to now. */
    room_id newest = { wall_ms > 0 ? (uint64_t)wall_ms : 0, 0 };
    uint64_t hash = all->from->items[room].hash;
    bool archived = room_cursor_keeps(all->from, room) && same_archive(all);
    room_extent extent;

    if (room_extent_load(all->from, room, &extent)) {
        newest = extent.newest;
    }
    else {
        extent.kept.seq = extent.next_seq = 0;
    }
    /* Cursors that its readers have kept must see a gap. */
    room_floor_raise(all->to, hash, &newest);
    if ((archived && !room_cursor_behind(all->from, room))
        || (room_tie_same(all->from, all->to)
            && room_tie_keeps(all->from, room))) {
        return; /* it is read in again */
    }
    if (archived) {
        tell_lost(all, room, extent.first.seq, extent.next_seq);
        room_floor_raise_lost(all->to, hash, &newest);
    }
    all->told->left++;
    all->told->evicted += extent.next_seq - extent.kept.seq;
}

/* Lists the rooms. Takes each one's lock: whoever began to store something
 * before the segment was closed has done it then. */
static uint32_t list_rooms(moving *all, room_level_found *list)
{
    room_store *from = all->from;
    uint32_t count = 0;

    for (uint32_t i = 0; i < from->geometry.rooms; i++) {
        room_extent extent;

        if (atomic_load(&from->items[i].state) != ROOM_ITEM_USED
            || room_cursor_unread(from, i) || room_tie_unread(from, i)) {
            continue;
        }
        if (!room_item_lock(from, i)) {
            forget_room(all, i);
            continue;
        }
        room_item_load(from, i, &extent);
        room_item_leave(from, i);
        list[count++] = (room_level_found){
            .room = i,
            .pages = extent.pages,
            .idle_us = atomic_load(&from->hints[i].idle_us),
            .in_use = !room_layout_lonely(from, i),
        };
    }
    return count;
}

/* Reads what has to be known of the room. False: that cannot be read. */
static bool read_room(moved_room *it, moving *all, const room_level_found *what)
{
    room_store *from = all->from;
    const room_item *item = &from->items[what->room];

    it->all = all;
    it->old = (room_handle){ what->room, atomic_load(&item->generation) };
    if (room_item_enter(from, it->old) != ROOM_OK) {
        return false;
    }
    room_trim_load(from, what->room, all->now.mono_us, &it->extent);
    it->birth = item->birth;
    it->doubt_ms = item->doubt_ms;
    room_item_copy_state(from, what->room, &it->extent, &it->state);
    it->keep_count = atomic_load(&item->keep_count);
    it->keep_age_ms = atomic_load(&item->keep_age_ms);
    it->key_size = item->key_size <= ROOM_KEY_MAX ? item->key_size : 0;
    memcpy(it->key, item->key, it->key_size);
    room_item_leave(from, what->room);
    it->start = it->extent.kept.seq;
    it->complete = it->extent.complete;
    it->rest = it->extent.kept_bytes;
    /* With what the archive still waits for. */
    it->upto = same_archive(all) ? room_cursor_held(from, what->room) : 0;
    if (from->geometry.archive != 0 && all->to->geometry.archive != 0
        && it->upto < it->start) {
        it->start = it->upto > it->extent.first.seq ? it->upto
                                                    : it->extent.first.seq;
        it->rest = it->extent.bytes;
    }
    /* Not less than it will take: heads, and what is lost by rounding up. */
    it->rest += cost_of(0) * (it->extent.next_seq - it->start);
    it->budget = UINT64_MAX;
    if (what->pages > all->level) {
        /* A head is never split, so that each page may lose nearly one. */
        it->budget = (uint64_t)all->level
                     * (ROOM_PAGE_DATA - sizeof(room_record));
    }
    return true;
}

/* The latest position that lies in front of `id`. */
static room_id just_before(const room_id *id)
{
    if (id->n > 0) {
        return (room_id){ id->ms, id->n - 1 };
    }
    return (room_id){ id->ms - (id->ms > 0), UINT64_MAX };
}

/* Moves the start over what does not fit. */
static bool skip_unfit(void *context, const room_log_record *record)
{
    moved_room *it = context;
    uint64_t cost = cost_of(record->place.size);

    /* What the archive waits for begins in front of the history. */
    if (record->seq == it->start && it->start < it->extent.kept.seq) {
        it->complete = just_before(&record->id);
    }
    /* The new segment refuses what is larger than a quarter of it. What comes
     * before such a message has to go as well: no holes. */
    if (it->rest > it->budget
        || cost > it->all->to->geometry.pages / 4 * (uint64_t)ROOM_PAGE_DATA) {
        it->start = record->seq + 1;
        if (room_id_compare(&record->id, &it->complete) > 0) {
            it->complete = record->id;
        }
    }
    it->rest -= cost < it->rest ? cost : it->rest;
    return true;
}

/* Makes the room in the new segment. */
static bool make_room(moved_room *it)
{
    room_store *to = it->all->to;
    room_item *item;
    room_extent extent;

    /* One that is not new has come before: the old table had its key twice. */
    if (room_table_open(to, it->key, it->key_size, it->keep_count,
                        it->keep_age_ms, it->all->now, &it->now)
            != ROOM_OK
        || room_log_next(to, it->now) != 1
        || room_item_enter(to, it->now) != ROOM_OK) {
        return false;
    }
    item = &to->items[it->now.index];
    item->birth = it->birth;
    item->doubt_ms = it->doubt_ms;
    item->states[0] = it->state;
    atomic_store(&item->stated,
                 room_state_special(it->all->from, it->old.index));
    atomic_store(&item->rare,
                 atomic_load(&it->all->from->items[it->old.index].rare));
    room_search_mark(to, it->now,
                     atomic_load(&it->all->from->items[it->old.index].realm));
    /* Numbers begin with 2 where the archive misses something in front, so that
     * its writer sees that. */
    it->begun = it->start;
    it->first = (it->upto > 0 ? it->upto : 1) < it->start ? 2 : 1;
    room_extent_clear(&extent, it->first, &it->complete, &it->complete);
    room_extent_commit(to, it->now.index, &extent);
    atomic_store(&to->hints[it->now.index].idle_us,
                 atomic_load(&it->all->from->hints[it->old.index].idle_us));
    room_item_leave(to, it->now.index);
    return true;
}

static bool copy_record(void *context, const room_log_record *record)
{
    moved_room *it = context;
    base_bytes *body = &it->all->body;
    room_store *from = it->all->from;
    /* As it is stored, and not as it is told: what was amended can be so
     * again. */
    uint32_t page = record->place.page;
    uint32_t offset = record->place.offset;
    room_place place = { record->seq, page,
                         offset - (uint32_t)sizeof(room_record) };
    room_record head;

    /* Something was lost on the way; finish_room sees that the end was not
     * reached. */
    if (record->seq != it->start
        || !room_extent_record(from, it->old.index, &it->extent, &place,
                               &head)) {
        return false;
    }
    body->len = 0;
    base_bytes_reserve(body, head.size);
    if (!room_extent_copy(from, it->old.index, page, offset, body->data,
                          head.size)
        || room_append_moved(it->all->to, it->now, body->data, &head,
                             it->all->now.mono_us) != ROOM_OK) {
        return false;
    }
    it->start++;
    return true;
}

/* Visits the records from `seq` on. */
static void each_record(moved_room *it, uint64_t seq, room_log_visit *visitor)
{
    uint64_t end = it->extent.next_seq;
    uint64_t next;

    while (seq < end
           && room_log_read(it->all->from, it->old, seq, end, STEP_BYTES,
                            visitor, it, &next) == ROOM_OK
           && next > seq) {
        seq = next;
    }
}

/* Up to where it is in the archive, by its new numbers. */
static void move_cursor(const moved_room *it)
{
    room_store *to = it->all->to;
    room_cursor *cursor;
    uint64_t upto = it->upto < it->extent.next_seq ? it->upto
                                                   : it->extent.next_seq;

    if (to->geometry.archive == 0) {
        return;
    }
    cursor = &to->cursors[it->now.index];
    atomic_store(&cursor->behind_us, it->extent.kept_us);
    if (it->all->from->geometry.archive != 0) {
        const room_cursor *old = &it->all->from->cursors[it->old.index];

        atomic_store(&cursor->keep_ms, atomic_load(&old->keep_ms));
        atomic_store(&cursor->untold, atomic_load(&old->untold));
        atomic_store(&cursor->behind_us, atomic_load(&old->behind_us));
        cursor->since_ms = old->since_ms;
    }
    if (upto > it->begun) {
        upto = upto - it->begun + it->first;
    }
    else if (upto > 1) {
        upto = 1; /* the room, and nothing of what goes with it */
    }
    atomic_store(&cursor->upto, upto);
    atomic_store(&cursor->unread, 0);
}

/* The next id comes after the old room's newest. What was not carried to its
 * end is forgotten: there must be no hole in what is kept. */
static void finish_room(moved_room *it)
{
    room_store *to = it->all->to;
    uint32_t room = it->now.index;
    bool whole = it->start == it->extent.next_seq;
    room_extent extent;

    if (!room_item_lock(to, room)) {
        return;
    }
    if (!whole) {
        room_item_reset(to, room);
    }
    room_item_load(to, room, &extent);
    extent.newest = it->extent.newest;
    extent.newest_us = it->extent.newest_us;
    if (extent.kept.seq == extent.next_seq) {
        /* Nothing goes with it, but who has heard all has missed nothing. */
        extent.complete = it->extent.newest;
    }
    room_extent_commit(to, room, &extent);
    move_cursor(it);
    room_tie_move(it->all->from, it->old.index, to, room, whole);
    it->all->told->messages += room_trim_messages(&extent);
    room_item_leave(to, room);
}

/* Twice over the old room: first to see what fits, since what goes has to be an
 * unbroken end of the log; then to take it along. */
static void move_room(moving *all, const room_level_found *what)
{
    moved_room it;
    uint64_t from;

    memset(&it, 0, sizeof(it));
    if (!read_room(&it, all, what)) {
        forget_room(all, what->room);
        return;
    }
    from = it.start;
    each_record(&it, from, skip_unfit);
    if (!make_room(&it)) {
        forget_room(all, what->room);
        return;
    }
    all->told->rooms++;
    if (from < it.extent.kept.seq) {
        from = it.extent.kept.seq;
    }
    if (same_archive(all) && from < room_cursor_safe(all->from, what->room)) {
        from = room_cursor_safe(all->from, what->room);
    }
    all->told->evicted += it.start > from ? it.start - from : 0;
    tell_lost(all, what->room, it.extent.first.seq, it.start);
    each_record(&it, it.start, copy_record);
    finish_room(&it);
}

/* The totals go on; gauges are of children that serve the old segment. */
static void move_counters(const room_store *from, room_store *to,
                          bool same)
{
    const room_header *old = from->header;
    room_header *now = to->header;
    uint64_t sums[ROOM_COUNTERS];

    room_slot_counters_sum(from, sums);
    for (uint32_t i = 0; i < ROOM_COUNTERS; i++) {
        if ((from->geometry.gauges >> i & 1) == 0) {
            atomic_store(&now->left[i], sums[i]);
        }
    }
    atomic_store(&now->rooms_reused, atomic_load(&old->rooms_reused));
    atomic_store(&now->rooms_full, atomic_load(&old->rooms_full));
    atomic_store(&now->rooms_evicted, atomic_load(&old->rooms_evicted));
    atomic_store(&now->evicted, atomic_load(&old->evicted));
    atomic_store(&now->evicted_pages, atomic_load(&old->evicted_pages));
    atomic_store(&now->repairs, atomic_load(&old->repairs));
    atomic_store(&now->resets, atomic_load(&old->resets));
    room_cursor_carry(&old->archive, &now->archive, same);
    room_tie_carry(&old->relay, &now->relay, room_tie_same(from, to));
}

void room_move_all(room_store *from, room_store *to, base_clock_time now,
                   room_move_figures *told)
{
    moving all = { .from = from, .to = to, .now = now, .told = told,
                   .body = BASE_BYTES_INIT };
    room_level_found *list = calloc(from->geometry.rooms, sizeof(*list));
    uint32_t count;
    uint32_t fit;
    uint64_t before;

    BASE_CHECK(list != NULL);
    memset(told, 0, sizeof(*told));
    /* First of all, so that nothing is stored there behind our back. */
    room_store_close(from);
    move_counters(from, to, same_database(&all));
    room_meter_move(from, to);
    before = atomic_load(&to->header->evicted);
    room_floor_move(from, to);
    count = list_rooms(&all, list);
    room_level_sort(list, count);
    fit = count < to->geometry.rooms ? count : to->geometry.rooms;
    all.level = room_level_find(list, fit, to->geometry.pages,
                                from->geometry.pages);
    for (uint32_t i = fit; i < count; i++) {
        forget_room(&all, list[i].room);
    }
    for (uint32_t i = 0; i < fit; i++) {
        move_room(&all, &list[i]);
    }
    room_ref_move(from, to, now.mono_us);
    room_sanction_move(from, to, now.mono_us);
    atomic_fetch_add(&to->header->evicted, told->evicted);
    /* What the new segment has pushed out while it was filled is lost too. */
    told->evicted = atomic_load(&to->header->evicted) - before;
    base_bytes_free(&all.body);
    free(list);
}
