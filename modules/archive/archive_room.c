/* archive_room.c - see archive_room.h. */
#include "archive/archive_room.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive_past.h"
#include "archive/archive_pool.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "room/archive/room_import.h"

#define STEP 250

/* Refs of the last ten minutes that a room is read in with. */
#define REFS_MOST 20000

/* What the newest events of a room are read into, newest first. */
typedef struct {
    archive_record *records;
    size_t count;
    size_t space;
    size_t messages;
    size_t bytes;
    size_t damaged; /* rows that were left out */
} newest;

/* Then what is behind them is for whoever reads the archive. */
#define DAMAGED_MOST 1000

/* A room cannot have more than a quarter of a segment anyway. */
#define BYTES_MOST (8 * 1024 * 1024)

static archive_record *next_place(newest *found)
{
    if (found->count == found->space) {
        size_t space = found->space > 0 ? found->space * 2 : 64;

        found->records = realloc(found->records,
                                 space * sizeof(*found->records));
        BASE_CHECK(found->records != NULL);
        memset(found->records + found->space, 0,
               (space - found->space) * sizeof(*found->records));
        found->space = space;
    }
    return &found->records[found->count];
}

static void free_newest(newest *found)
{
    for (size_t i = 0; i < found->space; i++) {
        archive_record_free(&found->records[i]);
    }
    free(found->records);
}

/* False: this one and those before it are not kept. */
static bool wanted(const newest *found, const archive_record *record,
                   uint32_t count, int64_t oldest_ms, const room_id *floor)
{
    room_id id = { (uint64_t)record->ms, (uint64_t)record->n };
    bool message = record->kind == ROOM_LOG_MESSAGE;

    return room_id_compare(&id, floor) > 0 && record->stored >= oldest_ms
           && (!message || found->messages < count)
           && found->count < 2 * (size_t)count + ROOM_LOG_EVENTS
           && found->bytes + record->body.len <= BYTES_MOST;
}

static archive_status read_newest(archive_db *db, const archive_past *past,
                                  uint32_t count, int64_t oldest_ms,
                                  const room_id *floor, newest *found)
{
    const int64_t most = STEP;
    int64_t ms = INT64_MAX - 1;
    int64_t n = INT64_MAX;
    const void *values[] = { &past->id, &ms, &ms, &n, &most };
    archive_status status = ARCHIVE_OK;
    bool on = count > 0;

    while (on && status == ARCHIVE_OK) {
        int64_t got = 0;

        status = archive_db_select(db, ARCHIVE_EVENTS_BEFORE, values);
        while (on && status == ARCHIVE_OK && archive_db_row(db)) {
            archive_record *record = next_place(found);
            bool good = archive_record_read(record, db, past->id);

            on = good ? wanted(found, record, count, oldest_ms, floor)
                      : ++found->damaged < DAMAGED_MOST;
            if (on && good) {
                found->count++;
                found->messages += record->kind == ROOM_LOG_MESSAGE;
                found->bytes += record->body.len;
            }
            ms = record->ms;
            n = record->n;
            got++;
        }
        on = on && got == most;
    }
    return status;
}

static room_import_ref read_ref(archive_db *db)
{
    return (room_import_ref){
        .kind = (room_log_kind)archive_db_number(db, 2),
        .author = (uint64_t)archive_db_number(db, 3),
        .ref = (uint64_t)archive_db_number(db, 4),
        .id = { (uint64_t)archive_db_number(db, 0),
                (uint64_t)archive_db_number(db, 1) },
        .stored_ms = archive_db_number(db, 5),
    };
}

static archive_status read_refs(archive_db *db, const archive_past *past,
                                int64_t wall_ms, base_bytes *refs)
{
    const int64_t most = STEP;
    int64_t since = wall_ms - ROOM_REF_US / 1000;
    int64_t ms = INT64_MAX - 1;
    int64_t n = INT64_MAX;
    const void *values[] = { &past->id, &since, &ms, &ms, &n, &most };
    archive_status status = ARCHIVE_OK;
    int64_t got = most;

    while (got == most && refs->len < REFS_MOST * sizeof(room_import_ref)) {
        got = 0;
        status = archive_db_select(db, ARCHIVE_EVENTS_REFS, values);
        while (status == ARCHIVE_OK && archive_db_row(db)) {
            room_import_ref ref = read_ref(db);

            base_bytes_append(refs, &ref, sizeof(ref));
            ms = (int64_t)ref.id.ms;
            n = (int64_t)ref.id.n;
            got++;
        }
    }
    return status;
}

static void to_import(const archive_record *record, room_import_record *out)
{
    *out = (room_import_record){
        .kind = (room_log_kind)record->kind,
        .id = { (uint64_t)record->ms, (uint64_t)record->n },
        .author = (uint64_t)record->author,
        .ref = (uint64_t)record->ref,
        .stored_ms = record->stored,
        .body = record->body.data,
        .size = record->body.len,
        .text_at = (size_t)record->text_at,
        .text_size = (size_t)record->text_size,
        .edited = record->state == ARCHIVE_EDITED,
        .deleted = record->state == ARCHIVE_DELETED,
    };
    if (record->kind == ROOM_LOG_EDITED && record->text_size > 0) {
        (void)archive_record_target(record, &out->target);
    }
}

/* Oldest first; `complete` is in front of the first. */
static archive_status import_found(archive *a, room_handle room,
                                   const archive_past *past,
                                   const newest *found, const base_bytes *refs,
                                   base_clock_time now)
{
    room_import_record *records = calloc(found->count + 1, sizeof(*records));
    room_import_room what = { .birth = past->birth,
                              .newest = past->newest,
                              .complete = past->newest,
                              .keep_ms = past->keep_ms,
                              .state = past->state,
                              .records = records,
                              .count = found->count,
                              .refs = (const void *)refs->data,
                              .ref_count = refs->len
                                           / sizeof(room_import_ref) };
    room_status status;

    BASE_CHECK(records != NULL);
    for (size_t i = 0; i < found->count; i++) {
        to_import(&found->records[found->count - 1 - i], &records[i]);
    }
    if (found->count > 0) {
        what.complete = archive_past_before(records[0].id.ms,
                                            records[0].id.n);
    }
    status = room_import_read(archive_store(a), room, &what, now);
    free(records);
    return status == ROOM_BUSY ? ARCHIVE_AWAY : ARCHIVE_OK;
}

static archive_status load_past(archive *a, archive_db *db, room_handle room,
                                const archive_past *past, uint32_t count,
                                int64_t age_ms)
{
    base_clock_time now = base_clock_now();
    room_id floor = archive_past_floor(past, now.wall_ms);
    newest found = { .records = NULL };
    base_bytes refs = BASE_BYTES_INIT;
    int64_t oldest_ms = age_ms < now.wall_ms ? now.wall_ms - age_ms : 0;
    archive_status status = read_newest(db, past, count, oldest_ms, &floor,
                                        &found);

    if (status == ARCHIVE_OK) {
        status = read_refs(db, past, now.wall_ms, &refs);
    }
    if (status == ARCHIVE_OK) {
        status = import_found(a, room, past, &found, &refs, now);
    }
    base_bytes_free(&refs);
    free_newest(&found);
    return status;
}

archive_status archive_room_load(archive *a, room_handle room,
                                 const void *key, size_t key_size,
                                 uint32_t count, int64_t age_ms)
{
    archive_past past;
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);

    if (status == ARCHIVE_OK) {
        status = archive_past_read(db, key, key_size, &past);
    }
    if (status == ARCHIVE_OK && past.id != 0) {
        status = load_past(a, db, room, &past, count, age_ms);
    }
    else if (status == ARCHIVE_OK
             && room_import_read(archive_store(a), room, NULL,
                                 base_clock_now())
                    == ROOM_BUSY) {
        status = ARCHIVE_AWAY;
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status;
}

archive_status archive_room_known(archive *a, const void *key, size_t key_size)
{
    archive_past past;
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);

    if (status == ARCHIVE_OK) {
        status = archive_past_read(db, key, key_size, &past);
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status == ARCHIVE_OK && past.id == 0 ? ARCHIVE_ABSENT : status;
}
