/* archive_chores.c - see archive_chores.h. */
#include "archive/writer/archive_chores.h"

#include "base/base_clock.h"

#define ROUND_US INT64_C(60000000)
#define LIST 64
#define DROP_ROWS 500
#define INDEX_ROWS INT64_C(200)
#define INDEX_ROWS_QUIET INT64_C(4000)
#define REST 3 /* so many times as long as a step has taken */

static archive_status read_list(archive_db *db, int64_t after,
                                archive_past list[LIST], size_t *count)
{
    const int64_t most = LIST;
    const void *values[] = { &after, &most };
    archive_status status = archive_db_select(db, ARCHIVE_ROOMS_LIST, values);

    *count = 0;
    while (status == ARCHIVE_OK && *count < LIST && archive_db_row(db)) {
        archive_past *past = &list[(*count)++];

        *past = (archive_past){ .id = archive_db_number(db, 0) };
        past->keep_ms = archive_db_number(db, 1);
        past->top = archive_db_number(db, 2);
        past->indexed = archive_db_number(db, 3);
        past->complete.ms = (uint64_t)archive_db_number(db, 4);
        past->complete.n = (uint64_t)archive_db_number(db, 5);
        if (past->indexed == 0) {
            past->indexed = past->id * ARCHIVE_PAST_ROOM;
        }
    }
    return status;
}

static archive_status has_old(archive_db *db, const archive_past *past,
                              const room_id *floor, bool *has)
{
    int64_t ms = (int64_t)floor->ms;
    const int64_t none = 0;
    const void *values[] = { &past->id, &ms, &none };
    archive_status status = archive_db_select(db, ARCHIVE_EVENTS_OLD, values);

    *has = status == ARCHIVE_OK && archive_db_row(db);
    return status;
}

/* Who has lost the row drops nothing. */
static archive_status begin(archive_chores *chores, archive_db *db)
{
    return chores->lock ? archive_lock_begin(chores->lock, db, &chores->holds)
                        : archive_db_begin(db, false);
}

/* What is too old goes, and is not told meanwhile (archive_past_floor). */
static archive_status drop_old(archive_chores *chores, archive_db *db,
                               archive_past *past, int64_t wall_ms,
                               bool *worked)
{
    room_id floor = archive_past_floor(past, wall_ms);
    room_id last;
    archive_status status = ARCHIVE_OK;
    bool has = false;
    bool more;

    if (chores->even && past->keep_ms < wall_ms) {
        status = has_old(db, past, &floor, &has);
    }
    if (status != ARCHIVE_OK || !has) {
        return status;
    }
    status = begin(chores, db);
    if (status == ARCHIVE_OK) {
        status = archive_past_drop(db, past, &floor, DROP_ROWS, false, &last,
                                   &more);
    }
    if (status == ARCHIVE_OK) {
        past->complete = last;
        status = archive_past_complete(db, past);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_end(db, true);
    }
    *worked = status == ARCHIVE_OK && more;
    chores->dropped = true;
    return status;
}

static archive_status index_more(archive_chores *chores, archive_db *db,
                                 archive_past *past, bool *worked)
{
    int64_t rows = chores->quiet ? INDEX_ROWS_QUIET : INDEX_ROWS;
    int64_t from = past->indexed;
    int64_t to = from + rows;
    const void *range[] = { &from, &to };
    const void *values[] = { &to, &past->id };
    const archive_db_facts *about = archive_db_about(db);
    archive_status status;

    if (about->dialect != ARCHIVE_SQLITE || !about->indexed
        || past->top - past->indexed < ARCHIVE_CHORES_FRESH + rows) {
        return ARCHIVE_OK;
    }
    status = begin(chores, db);
    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_INDEX_ADD, range, NULL);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_ROOM_INDEXED, values, NULL);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_end(db, true);
    }
    *worked = status == ARCHIVE_OK;
    return status;
}

static archive_status give_back(archive_chores *chores, archive_db *db)
{
    if (!chores->dropped || archive_db_about(db)->dialect != ARCHIVE_SQLITE) {
        return ARCHIVE_OK;
    }
    chores->dropped = false;
    return archive_db_command(db, "PRAGMA incremental_vacuum(500)", true);
}

archive_status archive_chores_step(archive_chores *chores, archive_db *db,
                                   int64_t wall_ms, bool *idle,
                                   bool *touched)
{
    archive_past list[LIST];
    archive_status status;
    int64_t begun = base_clock_mono();
    bool worked = false;
    size_t count;

    *idle = begun < chores->round_us
            || (begun < chores->rest_us && !chores->quiet
                && !archive_merge_wanted(&chores->merging));
    *touched = false;
    if (*idle) {
        return ARCHIVE_OK;
    }
    status = read_list(db, chores->room, list, &count);
    for (size_t i = 0; i < count && status == ARCHIVE_OK && !worked; i++) {
        status = drop_old(chores, db, &list[i], wall_ms, &worked);
        if (status == ARCHIVE_OK && !worked) {
            status = index_more(chores, db, &list[i], &worked);
        }
        if (!worked) {
            chores->room = list[i].id; /* else the same room again */
        }
    }
    *touched = worked || chores->dropped;
    if (status == ARCHIVE_OK) {
        status = give_back(chores, db);
    }
    if (status == ARCHIVE_OK && !worked && count < LIST) {
        status = archive_merge_step(&chores->merging, db, chores->quiet,
                                    &worked); /* after all rooms */
    }
    if (count < LIST && !worked) {
        chores->room = 0;
        chores->round_us = base_clock_mono() + ROUND_US;
    }
    /* The index takes longer than all the rest: those who speak would wait for
     * their acks, and loops for the CPU. */
    chores->rest_us = base_clock_mono();
    chores->rest_us += REST * (chores->rest_us - begun);
    return status;
}
