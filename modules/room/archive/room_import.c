/* room_import.c - a room is read in; see room_import.h.
 *
 * With the room's lock held all the time, so that nobody sees half of it. What
 * a killed process has left is thrown away by the next one: `unread` is cleared
 * last.
 */
#include "room/archive/room_import.h"

#include <string.h>

#include "room/log/room_amend.h"
#include "room/log/room_append.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_outcome.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_pool.h"
#include "room/segment/room_slot.h"
#include "room/set/room_ref.h"
#include "room/table/room_floor.h"

#define AGE_MOST_MS (INT64_C(1) << 42) /* more than a century */

/* What is read in, and into what. */
typedef struct {
    room_store *store;
    uint32_t room;
    const room_import_room *what;
    base_clock_time now;
    size_t start;     /* the first record that is taken */
    room_id complete; /* the position in front of it */
    room_id newest;
    bool lost;        /* something above all of that was never archived */
} importing;

/* When it was stored, by this machine's monotonic clock: before it began to
 * run, perhaps. */
static int64_t mono_of(const importing *it, int64_t stored_ms)
{
    int64_t age = AGE_MOST_MS;

    if (stored_ms > it->now.wall_ms - AGE_MOST_MS) {
        age = stored_ms < it->now.wall_ms ? it->now.wall_ms - stored_ms : 0;
    }
    return it->now.mono_us - age * 1000;
}

static bool has_told_text(const room_import_record *record)
{
    return record->kind == ROOM_LOG_MESSAGE
           || (record->kind == ROOM_LOG_EDITED && record->text_size > 0);
}

static uint8_t outcome_of(const room_import_record *record)
{
    if (record->kind != ROOM_LOG_MESSAGE) {
        return ROOM_RECORD_PLAIN;
    }
    if (record->deleted) {
        return ROOM_RECORD_BLANK;
    }
    return record->edited ? ROOM_RECORD_REVISED : ROOM_RECORD_PLAIN;
}

/* As it is stored: without its ending but for the brace, which is `ending`
 * bytes long, as its outcome tells. */
static room_record head_of(const importing *it,
                           const room_import_record *record, size_t ending)
{
    bool has_text = has_told_text(record);

    return (room_record){
        .size = (uint32_t)(record->size - ending + (ending > 0)),
        .id = record->id,
        .ref = record->ref,
        .stored_us = mono_of(it, record->stored_ms),
        .author = record->author,
        .text_size = has_text ? (uint32_t)record->text_size : 0,
        .text_at = has_text ? (uint16_t)record->text_at : 0,
        .kind = (uint8_t)record->kind,
        .outcome = outcome_of(record),
    };
}

/* A row that nobody can have written so, or that does not fit: what comes
 * before it has to go as well, no holes. */
static bool is_usable(const importing *it, const room_import_record *record)
{
    uint64_t most = it->store->geometry.pages / 4 * (uint64_t)ROOM_PAGE_DATA;
    room_record head;
    size_t ending;

    if (record->kind > ROOM_LOG_STATE
        || record->size > ROOM_APPEND_PART
        || record->size + sizeof(room_record) > most
        || record->text_at > UINT16_MAX || record->text_size > record->size
        || !room_outcome_ending(record->body, record->size, record->edited,
                                record->deleted, &ending)) {
        return false;
    }
    head = head_of(it, record, ending);
    return !has_told_text(record) || room_outcome_has_text(&head);
}

static void find_start(importing *it)
{
    const room_import_room *what = it->what;
    room_id before = what->complete;
    room_id lost = room_floor_lost(it->store, it->store->items[it->room].hash);

    it->complete = what->complete;
    it->newest = what->newest;
    for (size_t i = 0; i < what->count; i++) {
        const room_import_record *record = &what->records[i];

        if (!is_usable(it, record)
            || room_id_compare(&record->id, &before) <= 0
            || room_id_compare(&record->id, &lost) <= 0) {
            it->start = i + 1;
            it->complete = record->id;
        }
        before = record->id;
        if (room_id_compare(&before, &it->newest) > 0) {
            it->newest = before;
        }
    }
    /* Something was said up to there that never came to the archive: nobody's
     * position in front of that is exact, and ids go on above it. */
    if (room_id_compare(&lost, &it->complete) > 0) {
        it->complete = lost;
    }
    it->lost = room_id_compare(&lost, &it->newest) > 0;
    if (it->lost) {
        it->newest = lost;
    }
}

/* The room as if nothing had ever been said in it. */
static void begin_room(importing *it)
{
    room_item *item = &it->store->items[it->room];
    room_extent old;
    room_extent extent;

    room_item_load(it->store, it->room, &old);
    item->birth = it->what->birth;
    item->doubt_ms = 0;
    item->states[0] = it->what->state;
    if (item->states[0].topic_size > ROOM_TOPIC_MAX) {
        item->states[0].topic_size = 0;
    }
    atomic_store(&item->intent.seq, 0);
    /* Then a number is left out, so that the writer sees it. */
    room_extent_clear(&extent, it->lost ? 2 : 1, &it->complete, &it->complete);
    room_extent_commit(it->store, it->room, &extent);
    ROOM_FAULT(160);
    /* After the commit, as when a room is made. */
    room_pool_give(it->store, it->room, old.first.page, old.pages);
    ROOM_FAULT(161);
}

/* The message that an edit has changed, if it is among those that are taken. */
static bool has_target(const importing *it, size_t edit)
{
    const room_import_record *records = it->what->records;
    size_t low = it->start;
    size_t high = edit;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = room_id_compare(&records[middle].id,
                                    &records[edit].target);

        if (order == 0) {
            return records[middle].kind == ROOM_LOG_MESSAGE
                   && !records[middle].deleted;
        }
        if (order < 0) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return false;
}

static room_status take_record(importing *it, size_t index)
{
    const room_import_record *record = &it->what->records[index];
    room_log_target target = { .id = record->target };
    room_log_entry entry = {
        .kind = record->kind,
        .head = record->body,
        .head_size = record->size,
        .mono_us = it->now.mono_us,
    };
    room_append what = { .entry = &entry };
    room_extent extent;
    size_t ending;
    char end = '}';

    /* It has: is_usable. */
    (void)room_outcome_ending(record->body, record->size, record->edited,
                              record->deleted, &ending);
    if (ending > 0) {
        entry.head_size -= ending;
        entry.tail = &end;
        entry.tail_size = 1;
    }
    if (record->kind == ROOM_LOG_EDITED && record->text_size > 0
        && has_target(it, index)) {
        what.target = &target;
    }
    what.head = head_of(it, record, ending);
    room_item_load(it->store, it->room, &extent);
    ROOM_FAULT(162);
    return room_append_place(it->store, it->room, &extent, &what);
}

static void take_refs(importing *it)
{
    for (size_t i = 0; i < it->what->ref_count; i++) {
        const room_import_ref *ref = &it->what->refs[i];
        int64_t stored_us = mono_of(it, ref->stored_ms);

        if (ref->ref != 0 && it->now.mono_us - stored_us < ROOM_REF_US) {
            /* from which address is not known any more */
            room_ref_put_since(it->store,
                               room_ref_key(it->store, it->room, ref->author,
                                            ref->kind, ref->ref),
                               0, &ref->id, stored_us, it->now.mono_us);
        }
    }
}

static room_status take_room(importing *it)
{
    room_status status = ROOM_OK;
    room_extent extent;

    find_start(it);
    begin_room(it);
    for (size_t i = it->start; i < it->what->count && status == ROOM_OK; i++) {
        status = take_record(it, i);
    }
    if (status != ROOM_OK) {
        return ROOM_BUSY;
    }
    ROOM_FAULT(163);
    room_item_load(it->store, it->room, &extent);
    extent.newest = it->newest;
    if (extent.kept.seq == extent.next_seq) {
        extent.complete = it->newest;
    }
    room_extent_commit(it->store, it->room, &extent);
    ROOM_FAULT(164);
    room_amend_apply(it->store, it->room, &extent);
    take_refs(it);
    atomic_store(&it->store->cursors[it->room].upto,
                 it->lost ? 1 : extent.next_seq);
    return ROOM_OK;
}

/* The archive does not know it. It is as it was made, unless somebody has died
 * in reading in what the archive knew then: nobody's position is exact. */
static void take_nothing(importing *it)
{
    uint64_t now_ms = it->now.wall_ms > 0 ? (uint64_t)it->now.wall_ms : 0;
    room_extent extent;
    room_import_room empty;

    room_item_load(it->store, it->room, &extent);
    if (extent.next_seq > 1) {
        room_id birth = { extent.newest.ms > now_ms ? extent.newest.ms
                                                    : now_ms, 0 };

        birth.ms++;
        empty = (room_import_room){ .birth = birth, .newest = birth,
                                    .complete = birth };
        it->what = &empty;
        it->store->cursors[it->room].since_ms = birth.ms;
        find_start(it);
        begin_room(it);
    }
    atomic_store(&it->store->items[it->room].stated, 0);
    atomic_store(&it->store->cursors[it->room].upto, 0);
}

/* NULL: there is no archive, or no such room. */
static room_cursor *cursor_of(room_store *store, room_handle room)
{
    return store->geometry.archive != 0 && room.index < store->geometry.rooms
                   && atomic_load(&store->items[room.index].generation)
                          == room.generation
               ? &store->cursors[room.index] : NULL;
}

/* In this order, so that a change in between is not lost. */
static void note_kept(room_cursor *cursor, int64_t keep_ms)
{
    atomic_store(&cursor->untold, 0);
    if (atomic_load(&cursor->keep_ms) != keep_ms) {
        atomic_store(&cursor->untold, 1);
    }
}

static void call_writer(room_store *store, uint32_t room)
{
    if (room_slot_mark_writer(store, room)) {
        room_slot_call_writer(store);
    }
}

static room_status read_inside(importing *it)
{
    room_cursor *cursor = &it->store->cursors[it->room];
    room_status status = ROOM_OK;

    if (atomic_load(&cursor->unread) == 0) {
        return ROOM_OK;
    }
    if (room_store_closed(it->store)) {
        return ROOM_MOVED;
    }
    if (it->what != NULL) {
        status = take_room(it);
        note_kept(cursor, it->what->keep_ms);
    }
    else {
        take_nothing(it);
    }
    ROOM_FAULT(165);
    if (status == ROOM_OK) {
        atomic_store_explicit(&cursor->unread, 0, memory_order_release);
    }
    ROOM_FAULT(166);
    return status;
}

bool room_import_wanted(const room_store *store, room_handle room)
{
    return room.index < store->geometry.rooms
           && atomic_load(&store->items[room.index].generation)
                  == room.generation
           && room_cursor_unread(store, room.index);
}

room_status room_import_read(room_store *store, room_handle room,
                             const room_import_room *what, base_clock_time now)
{
    importing it = { .store = store, .room = room.index, .what = what,
                     .now = now };
    room_status status;

    if (store->geometry.archive == 0) {
        return ROOM_OK;
    }
    status = room_item_enter(store, room);
    if (status != ROOM_OK) {
        return status;
    }
    status = read_inside(&it);
    room_item_leave(store, room.index);
    if (status == ROOM_OK) {
        /* A new one has to come there, that its cursors stay exact. */
        call_writer(store, room.index);
    }
    return status;
}

void room_import_kept(room_store *store, room_handle room, int64_t keep_ms)
{
    room_cursor *cursor = cursor_of(store, room);

    if (cursor != NULL && atomic_load(&cursor->untold) != 0) {
        note_kept(cursor, keep_ms);
    }
}

void room_import_keep(room_store *store, room_handle room, int64_t keep_ms)
{
    room_cursor *cursor = cursor_of(store, room);

    if (cursor == NULL) {
        return;
    }
    /* Read before: many who open one room must not write to it. */
    if (atomic_load_explicit(&cursor->keep_ms, memory_order_relaxed)
        != keep_ms) {
        atomic_store(&cursor->keep_ms, keep_ms);
        atomic_store(&cursor->untold, 1);
        if (atomic_load(&cursor->unread) == 0) {
            call_writer(store, room.index);
        }
    }
    if (keep_ms == 0 && atomic_load(&cursor->unread) != 0) {
        atomic_store(&cursor->unread, 0);
    }
}

uint64_t room_import_ref_hash(const void *ref, size_t size)
{
    return room_ref_hash(ref, size);
}
