/* archive_erasing.c - see archive_erasing.h. */
#include "archive/erase/archive_erasing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive_db.h"
#include "archive/archive_past.h"
#include "archive/writer/archive_lock.h"
#include "archive/writer/archive_merge.h"

#define LOOK_ROWS INT64_C(5000)

/* In one transaction; more of them in the same rows are found by the next. */
#define ERASE_ROWS 200

static room_id id_of(archive_db *db)
{
    return (room_id){ (uint64_t)archive_db_number(db, 0),
                      (uint64_t)archive_db_number(db, 1) };
}

/* Finds the next room behind that one. `past->id` 0: there is none. */
static archive_status next_room(archive_db *db, const archive_erasing *it,
                                int64_t after, archive_past *past)
{
    const int64_t one = 1;
    const void *values[] = { &after, it->realm != 0 ? (const void *)&it->realm
                                                    : &one };
    archive_status status = archive_db_select(
        db, it->realm != 0 ? ARCHIVE_ROOMS_REALM : ARCHIVE_ROOMS_LIST, values);

    memset(past, 0, sizeof(*past));
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        past->id = archive_db_number(db, 0);
        past->top = archive_db_number(db, 2);
        past->indexed = archive_db_number(db, 3);
    }
    return status;
}

/* `last`: where this step ends; `more`: the room goes on behind it. */
static archive_status find_end(archive_db *db, const archive_erasing *it,
                               room_id *last, bool *more)
{
    int64_t ms = (int64_t)it->at.ms;
    int64_t n = (int64_t)it->at.n;
    const int64_t rows = LOOK_ROWS;
    const void *values[] = { &it->room, &ms, &ms, &n, &rows };
    archive_status status = archive_db_select(db, ARCHIVE_ERASE_STEP, values);

    *last = (room_id){ INT64_MAX - 1, INT64_MAX };
    *more = status == ARCHIVE_OK && archive_db_row(db);
    if (*more) {
        *last = id_of(db);
    }
    if (it->upto_ms != 0 && last->ms > it->upto_ms) {
        *last = (room_id){ it->upto_ms, INT64_MAX };
        *more = false;
    }
    return status;
}

/* One of the user's events, and where its row is. */
typedef struct {
    archive_record record;
    int64_t pos;
} found;

static archive_status find_theirs(archive_db *db, const archive_erasing *it,
                                  const room_id *last, found *all,
                                  size_t *count)
{
    int64_t from[] = { (int64_t)it->at.ms, (int64_t)it->at.n };
    int64_t to[] = { (int64_t)last->ms, (int64_t)last->n };
    int64_t user = (int64_t)it->user;
    const int64_t most = ERASE_ROWS;
    const void *values[] = { &it->room, &from[0], &from[0], &from[1], &to[0],
                             &to[0], &to[1], &user, &most };
    archive_status status = archive_db_select(db, ARCHIVE_ERASE_FIND, values);

    *count = 0;
    while (status == ARCHIVE_OK && archive_db_row(db)) {
        (void)archive_record_read(&all[*count].record, db, it->room);
        all[(*count)++].pos = archive_db_number(db, 10);
    }
    return status;
}

/* Their edits have no text then, and nobody's ref is known when they are
 * erased. False: there was nothing to do. */
static bool change(const archive_erasing *it, archive_record *record)
{
    if (it->realm != 0) {
        return archive_record_blank(record);
    }
    archive_record_erase(record);
    return true;
}

/* The room's row is read in the same transaction: which events are in the index
 * changes. */
static archive_status erase_found(archive_db *db, archive_erasing *it,
                                  const archive_lock *lock, found *all,
                                  size_t count)
{
    const archive_record *last = &all[count - 1].record;
    bool held;
    archive_status status = archive_lock_begin(lock, db, &held);
    archive_past past;
    size_t changed = 0;

    if (status == ARCHIVE_OK) {
        status = next_room(db, it, it->room - 1, &past);
    }
    if (status == ARCHIVE_OK && past.id != it->room) {
        (void)archive_db_end(db, false);
        return ARCHIVE_AWAY; /* somebody has taken it out of the table */
    }
    for (size_t i = 0; i < count && status == ARCHIVE_OK; i++) {
        if (change(it, &all[i].record)) {
            status = archive_past_put(db, &past, &all[i].record, all[i].pos);
            changed++;
        }
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_end(db, true);
    }
    if (status == ARCHIVE_OK) {
        it->at = (room_id){ (uint64_t)last->ms, (uint64_t)last->n };
        it->erased += changed;
    }
    return status;
}

/* The window is looked through from what was found on, until nothing is. */
static archive_status erase_window(archive_db *db, archive_erasing *it,
                                   const archive_lock *lock,
                                   const room_id *last)
{
    found *all = calloc(ERASE_ROWS, sizeof(*all));
    archive_status status = ARCHIVE_OK;
    size_t count = ERASE_ROWS;

    while (all != NULL && status == ARCHIVE_OK && count > 0) {
        status = find_theirs(db, it, last, all, &count);
        if (status == ARCHIVE_OK && count > 0) {
            status = erase_found(db, it, lock, all, count);
        }
    }
    for (size_t i = 0; all != NULL && i < ERASE_ROWS; i++) {
        archive_record_free(&all[i].record);
    }
    free(all);
    return status;
}

/* What SQLite's index keeps of the texts; see archive_merge.h. A pass may have
 * been begun by the writer before: what was asked for since needs another. */
static archive_status merge(archive_db *db, archive_erasing *it, bool *busy)
{
    archive_merging merging = { .soon = true, .steps = it->merging };
    bool worked;
    archive_status status = archive_merge_step(&merging, db, true, &worked);

    *busy = it->merging > 0 || merging.steps > 0;
    it->merging = merging.steps;
    return status;
}

/* SQLite's log has it until nobody reads it. */
static archive_status empty_log(archive_db *db, bool *busy)
{
    archive_status status = archive_db_command(
        db, "PRAGMA wal_checkpoint(TRUNCATE)", true);

    *busy = status == ARCHIVE_OK && archive_db_row(db)
            && archive_db_number(db, 0) != 0;
    return status;
}

/* Behind the last room. */
static archive_status finish(archive_db *db, archive_erasing *it)
{
    int64_t user = (int64_t)it->user;
    const void *values[] = { &user };
    archive_status status = ARCHIVE_OK;
    bool busy = false;

    if (it->realm == 0) {
        status = archive_db_run(db, ARCHIVE_ERASE_SANCTIONS, values, NULL);
    }
    if (status == ARCHIVE_OK && it->realm == 0) {
        status = archive_db_run(db, ARCHIVE_ERASE_BY, values, NULL);
    }
    if (status == ARCHIVE_OK && it->realm == 0) {
        status = merge(db, it, &busy); /* else the writer does it, soon */
    }
    if (status == ARCHIVE_OK && !busy
        && archive_db_about(db)->dialect == ARCHIVE_SQLITE) {
        status = empty_log(db, &busy);
    }
    it->done = status == ARCHIVE_OK && !busy;
    return status;
}

archive_status archive_erasing_step(archive_db *db, const archive_lock *lock,
                                    archive_erasing *it)
{
    archive_past past;
    room_id last;
    bool more;
    int64_t after = it->at.ms > 0 ? it->room - 1 : it->room;
    archive_status status = next_room(db, it, after, &past);

    if (status == ARCHIVE_OK && past.id == 0) {
        return finish(db, it);
    }
    if (status == ARCHIVE_OK && past.id != it->room) {
        it->room = past.id;
        it->at = (room_id){ 0, 0 };
    }
    if (status == ARCHIVE_OK) {
        status = find_end(db, it, &last, &more);
    }
    if (status == ARCHIVE_OK) {
        status = erase_window(db, it, lock, &last);
    }
    if (status == ARCHIVE_OK) {
        it->looked += LOOK_ROWS;
        it->at = more ? archive_past_before(last.ms, last.n)
                      : (room_id){ 0, 0 };
    }
    return status;
}

void archive_erasing_write(const archive_erasing *it,
                           char text[ARCHIVE_ERASING_TEXT])
{
    snprintf(text, ARCHIVE_ERASING_TEXT,
             "%016" PRIx64 " %016" PRIx64 " %" PRIu64 " %" PRId64 " %" PRIu64
             " %" PRIu64 " %d %" PRIu64 " %" PRIu64, it->user, it->realm,
             it->upto_ms, it->room, it->at.ms, it->at.n, it->merging,
             it->looked, it->erased);
}

bool archive_erasing_read(const char *text, archive_erasing *it)
{
    *it = (archive_erasing){ .user = 0 };
    return sscanf(text, "%16" SCNx64 " %16" SCNx64 " %18" SCNu64 " %18" SCNd64
                        " %19" SCNu64 " %19" SCNu64 " %9d %18" SCNu64
                        " %18" SCNu64,
                  &it->user, &it->realm, &it->upto_ms, &it->room, &it->at.ms,
                  &it->at.n, &it->merging, &it->looked, &it->erased)
               == 9
           && it->user != 0 && it->room >= 0 && it->merging >= 0;
}
