/* archive_recall.c - see archive_recall.h. */
#include "archive/writer/archive_recall.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive_past.h"
#include "base/base_check.h"
#include "base/base_clock.h"

#define STEP 250

/* Refs of the last ten minutes that a room is read in with. */
#define REFS_MOST 20000

/* What the newest events of a room are read into, newest first. */
typedef struct {
    archive_recall *all; /* has the rows */
    size_t count;
    size_t messages;
    size_t bytes;
    size_t damaged; /* rows that were left out */
    int64_t wall_ms;
} newest;

/* archive_recall_most.all_ms */
#define ALL_MOST 1000u

/* Then what is behind them is for whoever reads the archive. */
#define DAMAGED_MOST 1000

/* A room cannot have more than a quarter of a segment anyway. */
#define BYTES_MOST (8 * 1024 * 1024)

static archive_record *next_place(newest *found)
{
    archive_recall *all = found->all;

    if (found->count == all->space) {
        size_t space = all->space > 0 ? all->space * 2 : 64;

        all->rows = realloc(all->rows, space * sizeof(*all->rows));
        BASE_CHECK(all->rows != NULL);
        memset(all->rows + all->space, 0,
               (space - all->space) * sizeof(*all->rows));
        all->space = space;
    }
    return &all->rows[found->count];
}

/* False: this one and those before it are not kept. */
static bool wanted(const newest *found, const archive_record *record,
                   const archive_recall_most *most, const room_id *floor)
{
    room_id id = { (uint64_t)record->ms, (uint64_t)record->n };
    int64_t age_ms = found->wall_ms - record->stored;
    bool young = most->all_ms > 0 && age_ms < most->all_ms
                 && found->messages < ALL_MOST;
    size_t count = young && most->count < ALL_MOST ? ALL_MOST : most->count;

    return room_id_compare(&id, floor) > 0
           && (young || age_ms <= most->age_ms)
           && (record->kind != ROOM_LOG_MESSAGE || found->messages < count)
           && found->count < 2 * count + ROOM_LOG_EVENTS
           && found->bytes + record->body.len <= BYTES_MOST;
}

static archive_status read_newest(archive_db *db, const archive_past *past,
                                  const archive_recall_most *wants,
                                  const room_id *floor, newest *found)
{
    const int64_t most = STEP;
    int64_t ms = INT64_MAX - 1;
    int64_t n = INT64_MAX;
    const void *values[] = { &past->id, &ms, &ms, &n, &most };
    archive_status status = ARCHIVE_OK;
    bool on = wants->count > 0 || wants->all_ms > 0;

    while (on && status == ARCHIVE_OK) {
        int64_t got = 0;

        status = archive_db_select(db, ARCHIVE_EVENTS_BEFORE, values);
        while (on && status == ARCHIVE_OK && archive_db_row(db)) {
            archive_record *record = next_place(found);
            bool good = archive_record_read(record, db, past->id);

            on = good ? wanted(found, record, wants, floor)
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
    if (record->kind == ROOM_LOG_EDITED || record->kind == ROOM_LOG_DELETED) {
        (void)archive_record_target(record, &out->target);
    }
}

/* Oldest first; `complete` is in front of the first. */
static void fill_what(archive_recall *out, const archive_past *past,
                      size_t count)
{
    out->records = calloc(count + 1, sizeof(*out->records));
    BASE_CHECK(out->records != NULL);
    for (size_t i = 0; i < count; i++) {
        to_import(&out->rows[count - 1 - i], &out->records[i]);
    }
    out->what = (room_import_room){
        .birth = past->birth,
        .newest = past->newest,
        .complete = count > 0 ? archive_past_before(out->records[0].id.ms,
                                                    out->records[0].id.n)
                              : past->newest,
        .keep_ms = past->keep_ms,
        .kept = past->newest,
        .state = past->state,
        .records = out->records,
        .count = count,
        .refs = (const void *)out->refs.data,
        .ref_count = out->refs.len / sizeof(room_import_ref),
    };
}

archive_status archive_recall_room(archive_db *db, const void *key,
                                   size_t key_size,
                                   const archive_recall_most *most,
                                   archive_recall *out)
{
    int64_t wall_ms = base_clock_now().wall_ms;
    newest found = { .all = out, .wall_ms = wall_ms };
    archive_past past;
    room_id floor;
    archive_status status = archive_past_read(db, key, key_size, &past);

    if (status != ARCHIVE_OK || past.id == 0) {
        return status;
    }
    floor = archive_past_floor(&past, wall_ms);
    status = read_newest(db, &past, most, &floor, &found);
    if (status == ARCHIVE_OK) {
        status = read_refs(db, &past, wall_ms, &out->refs);
    }
    if (status == ARCHIVE_OK) {
        fill_what(out, &past, found.count);
        out->known = true;
    }
    return status;
}

void archive_recall_free(archive_recall *it)
{
    for (size_t i = 0; i < it->space; i++) {
        archive_record_free(&it->rows[i]);
    }
    free(it->rows);
    free(it->records);
    base_bytes_free(&it->refs);
}
