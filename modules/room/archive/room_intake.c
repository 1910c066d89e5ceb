/* room_intake.c - see room_intake.h.
 *
 * With the room's lock held all the time, so that nobody sees half of it. What
 * a killed process has left is thrown away by the next one.
 */
#include "room/archive/room_intake.h"

#include "room/log/room_amend.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_outcome.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"
#include "room/set/room_ref.h"

#define AGE_MOST_MS (INT64_C(1) << 42) /* more than a century */

/* When it was stored, by this machine's monotonic clock: before it began to
 * run, perhaps. */
static int64_t mono_of(base_clock_time now, int64_t stored_ms)
{
    int64_t age = AGE_MOST_MS;

    if (stored_ms > now.wall_ms - AGE_MOST_MS) {
        age = stored_ms < now.wall_ms ? now.wall_ms - stored_ms : 0;
    }
    return now.mono_us - age * 1000;
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
static room_record head_of(const room_import_record *record, size_t ending,
                           base_clock_time now)
{
    bool has_text = has_told_text(record);

    return (room_record){
        .size = (uint32_t)(record->size - ending + (ending > 0)),
        .id = record->id,
        .ref = record->ref,
        .stored_us = mono_of(now, record->stored_ms),
        .author = record->author,
        .text_size = has_text ? (uint32_t)record->text_size : 0,
        .text_at = has_text ? (uint16_t)record->text_at : 0,
        .kind = (uint8_t)record->kind,
        .outcome = outcome_of(record),
    };
}

bool room_intake_fits(const room_store *store,
                      const room_import_record *record)
{
    base_clock_time any = { 0, 0 };
    uint64_t most = store->geometry.pages / 4 * (uint64_t)ROOM_PAGE_DATA;
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
    head = head_of(record, ending, any);
    return !has_told_text(record) || room_outcome_has_text(&head);
}

static void find_start(room_intake *it)
{
    const room_import_room *what = it->what;
    room_id before = what->complete;

    it->complete = what->complete;
    it->newest = what->newest;
    for (size_t i = 0; i < what->count; i++) {
        const room_import_record *record = &what->records[i];

        /* What comes before such a one has to go as well, no holes. */
        if (!room_intake_fits(it->store, record)
            || room_id_compare(&record->id, &before) <= 0
            || room_id_compare(&record->id, &it->lost) <= 0) {
            it->start = i + 1;
            it->complete = record->id;
        }
        before = record->id;
        if (room_id_compare(&before, &it->newest) > 0) {
            it->newest = before;
        }
    }
    /* Nobody's position in front of that is exact, and ids go on above it. */
    if (room_id_compare(&it->lost, &it->complete) > 0) {
        it->complete = it->lost;
    }
    it->behind = room_id_compare(&it->lost, &it->newest) > 0;
    if (it->behind) {
        it->newest = it->lost;
    }
    if (room_id_compare(&it->least, &it->newest) > 0) {
        it->newest = it->least;
    }
}

void room_intake_begin(room_intake *it)
{
    room_item *item = &it->store->items[it->room];
    room_extent old;
    room_extent extent;

    find_start(it);
    room_item_load(it->store, it->room, &old);
    item->birth = it->what->birth;
    item->doubt_ms = 0;
    item->states[0] = it->what->state;
    if (item->states[0].topic_size > ROOM_TOPIC_MAX) {
        item->states[0].topic_size = 0;
    }
    atomic_store(&item->intent.seq, 0);
    /* The archive's writer sees the number that is left out. */
    room_extent_clear(&extent, it->number + it->behind, &it->complete,
                      &it->complete);
    room_extent_commit(it->store, it->room, &extent);
    ROOM_FAULT(160);
    /* After the commit, as when a room is made. */
    room_pool_give(it->store, it->room, old.first.page, old.pages);
    ROOM_FAULT(161);
}

/* The message that an edit has changed, if it is among those that are taken. */
static bool has_target(const room_intake *it, size_t edit)
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

void room_intake_fill(const room_import_record *record, base_clock_time now,
                      room_intake_record *out)
{
    static const char end = '}';
    size_t ending;

    /* It has: room_intake_fits. */
    (void)room_outcome_ending(record->body, record->size, record->edited,
                              record->deleted, &ending);
    *out = (room_intake_record){
        .entry = { .kind = record->kind,
                   .head = record->body,
                   .head_size = record->size - ending,
                   .tail = &end,
                   .tail_size = ending > 0,
                   .mono_us = now.mono_us },
        .target = { .id = record->target },
        .what = { .entry = &out->entry,
                  .head = head_of(record, ending, now) },
    };
}

static room_status take_record(room_intake *it, size_t index)
{
    const room_import_record *record = &it->what->records[index];
    room_intake_record taken;
    room_extent extent;

    room_intake_fill(record, it->now, &taken);
    if (record->kind == ROOM_LOG_EDITED && record->text_size > 0
        && has_target(it, index)) {
        taken.what.target = &taken.target;
    }
    room_item_load(it->store, it->room, &extent);
    ROOM_FAULT(162);
    return room_append_place(it->store, it->room, &extent, &taken.what);
}

static void take_refs(room_intake *it)
{
    for (size_t i = 0; i < it->what->ref_count; i++) {
        const room_import_ref *ref = &it->what->refs[i];
        int64_t stored_us = mono_of(it->now, ref->stored_ms);

        if (ref->ref != 0 && it->now.mono_us - stored_us < ROOM_REF_US) {
            /* from which address is not known any more */
            room_ref_put_since(it->store,
                               room_ref_key(it->store, it->room, ref->author,
                                            ref->kind, ref->ref),
                               0, &ref->id, stored_us, it->now.mono_us);
        }
    }
}

room_status room_intake_take(room_intake *it)
{
    room_status status = ROOM_OK;
    room_extent extent;

    room_intake_begin(it);
    for (size_t i = it->start; i < it->what->count && status == ROOM_OK; i++) {
        status = take_record(it, i);
    }
    if (status != ROOM_OK) {
        return ROOM_BUSY;
    }
    ROOM_FAULT(163);
    room_item_load(it->store, it->room, &extent);
    extent.newest = it->newest;
    if (!it->exact && extent.kept.seq == extent.next_seq) {
        extent.complete = it->newest;
    }
    room_extent_commit(it->store, it->room, &extent);
    ROOM_FAULT(164);
    room_amend_apply(it->store, it->room, &extent);
    take_refs(it);
    return ROOM_OK;
}
