/* archive_page.c - see archive_page.h. */
#include "archive/archive_page.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/archive_past.h"
#include "archive/archive_pool.h"
#include "base/base_check.h"
#include "base/base_clock.h"

/* Rows of one statement: the drivers fetch an answer as a whole. */
#define STEP 250

/* More damaged rows than that are no answer. */
#define DAMAGED_MOST 1000

/* Rows that one statement looks at, however few of them are messages: of SQLite
 * one thread of a process works at a time. */
#define LOOK_MOST 5000

void archive_page_free(archive_page *page)
{
    base_bytes_free(&page->bodies);
    free(page->rows);
    *page = (archive_page)ARCHIVE_PAGE_INIT;
}

static void clear(archive_page *page)
{
    page->bodies.len = page->count = 0;
    page->more = false;
    page->from = page->complete = page->newest = (room_id){ 0, 0 };
}

void archive_page_add(archive_page *page, const archive_record *record)
{
    if (page->count == page->room) {
        page->room = page->room > 0 ? page->room * 2 : 64;
        page->rows = realloc(page->rows, page->room * sizeof(*page->rows));
        BASE_CHECK(page->rows != NULL);
    }
    page->rows[page->count++] = (archive_row){
        .id = { (uint64_t)record->ms, (uint64_t)record->n },
        .kind = (room_log_kind)record->kind,
        .at = page->bodies.len,
        .size = record->body.len,
        .text_at = (size_t)record->text_at,
        .text_size = (size_t)record->text_size,
        .author = (uint64_t)record->author,
        .deleted = record->state == ARCHIVE_DELETED,
    };
    base_bytes_append(&page->bodies, record->body.data, record->body.len);
}

void archive_page_turn(archive_page *page)
{
    for (size_t i = 0; i < page->count / 2; i++) {
        archive_row row = page->rows[i];

        page->rows[i] = page->rows[page->count - 1 - i];
        page->rows[page->count - 1 - i] = row;
    }
}

room_id archive_page_highest(const room_id *id)
{
    static const room_id highest = { INT64_MAX - 1, INT64_MAX };

    room_id at = room_id_compare(id, &highest) < 0 ? *id : highest;

    at.n = at.n < highest.n ? at.n : highest.n;
    return at;
}

archive_status archive_page_open(archive *a, const void *key, size_t key_size,
                                 archive_page *page, archive_db **db,
                                 archive_past *past)
{
    archive_status status = archive_pool_take(archive_readers(a), db);

    clear(page);
    if (status == ARCHIVE_OK) {
        status = archive_past_read(*db, key, key_size, past);
    }
    if (status == ARCHIVE_OK && past->id == 0) {
        status = ARCHIVE_ABSENT;
    }
    if (status == ARCHIVE_OK) {
        page->complete = archive_past_floor(past, base_clock_wall());
        page->newest = past->newest;
    }
    return status;
}

void archive_page_close(archive *a, archive_db *db)
{
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
}

archive_status archive_page_low(archive_db *db, const archive_past *past,
                                const archive_page *page, const room_id *at,
                                int64_t rows, room_id *low)
{
    int64_t ms = (int64_t)at->ms;
    int64_t n = (int64_t)at->n;
    const int64_t last = rows - 1;
    const void *values[] = { &past->id, &ms, &ms, &n, &last };
    archive_status status = archive_db_select(db, ARCHIVE_SCAN_STEP, values);

    *low = page->complete;
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        room_id found = { (uint64_t)archive_db_number(db, 0),
                          (uint64_t)archive_db_number(db, 1) };

        if (room_id_compare(&found, low) > 0) {
            *low = archive_past_before(found.ms, found.n);
        }
    }
    return status;
}

void archive_page_rest(const archive_db *db, int64_t since_us)
{
    int64_t us = base_clock_mono() - since_us;
    struct timespec rest = { 0, (long)(us < 50000 ? us : 50000) * 1000 };

    if (archive_db_about(db)->dialect == ARCHIVE_SQLITE) {
        (void)nanosleep(&rest, NULL);
    }
}

/* What is asked for, and how far it is. */
typedef struct {
    const archive_past *past;
    room_id at;
    size_t limit;
    size_t bytes;
    archive_record record;
    unsigned damaged; /* rows that were left out */
} asked;

/* False: the page is full. */
static bool take(archive_page *page, asked *it)
{
    const archive_record *record = &it->record;

    it->at = (room_id){ (uint64_t)record->ms, (uint64_t)record->n };
    if (record->damaged) {
        return true;
    }
    if (page->count > 0
        && (page->count == it->limit
            || page->bodies.len + record->body.len > it->bytes)) {
        page->more = true;
        return false;
    }
    archive_page_add(page, record);
    return true;
}

/* One more than fits tells that there are more. */
static int64_t most_of(const asked *it, const archive_page *page)
{
    size_t left = it->limit - page->count + 1;

    return (int64_t)(left < STEP ? left : STEP);
}

/* Takes the rows of an answer. `on`: there may be more, and place for them. */
static archive_status take_all(archive_db *db, asked *it, archive_page *page,
                               int64_t most, bool *on)
{
    int64_t got = 0;
    bool taken = true;

    while (taken && archive_db_row(db)) {
        it->damaged += !archive_record_read(&it->record, db, it->past->id);
        taken = take(page, it);
        got++;
    }
    *on = taken && got == most;
    return it->damaged > DAMAGED_MOST ? ARCHIVE_AWAY : ARCHIVE_OK;
}

/* The messages between `low` and `at`. */
static archive_status take_between(archive_db *db, asked *it,
                                   archive_page *page, const room_id *low)
{
    int64_t low_ms = (int64_t)low->ms;
    int64_t low_n = (int64_t)low->n;
    archive_status status = ARCHIVE_OK;
    bool on = true;

    while (on && status == ARCHIVE_OK) {
        int64_t ms = (int64_t)it->at.ms;
        int64_t n = (int64_t)it->at.n;
        int64_t most = most_of(it, page);
        const void *values[] = { &it->past->id, &ms, &ms, &n, &low_ms,
                                 &low_ms, &low_n, &most };

        status = archive_db_select(db, ARCHIVE_MESSAGES_BETWEEN, values);
        if (status == ARCHIVE_OK) {
            status = take_all(db, it, page, most, &on);
        }
    }
    return status;
}

/* Mostly the first look has enough of them. */
static archive_status fill_down(archive_db *db, asked *it, archive_page *page)
{
    int64_t rows = 4 * most_of(it, page);
    archive_status status = ARCHIVE_OK;
    bool on = true;

    while (on && status == ARCHIVE_OK) {
        int64_t start_us = base_clock_mono();
        room_id low;

        status = archive_page_low(db, it->past, page, &it->at, rows, &low);
        if (status == ARCHIVE_OK) {
            status = take_between(db, it, page, &low);
        }
        on = !page->more && room_id_compare(&low, &page->complete) > 0;
        if (on) {
            it->at = archive_past_behind(&low);
            rows = rows * 2 < LOOK_MOST ? rows * 2 : LOOK_MOST;
            archive_page_rest(db, start_us);
        }
    }
    return status;
}

static archive_status fill_up(archive_db *db, asked *it, archive_page *page)
{
    archive_status status = ARCHIVE_OK;
    bool on = true;

    while (on && status == ARCHIVE_OK) {
        int64_t ms = (int64_t)it->at.ms;
        int64_t n = (int64_t)it->at.n;
        int64_t most = most_of(it, page);
        const void *values[] = { &it->past->id, &ms, &ms, &n, &most };

        status = archive_db_select(db, ARCHIVE_EVENTS_AFTER, values);
        if (status == ARCHIVE_OK) {
            status = take_all(db, it, page, most, &on);
        }
    }
    return status;
}

archive_status archive_page_before(archive *a, const void *key,
                                   size_t key_size, const room_id *before,
                                   size_t limit, size_t bytes,
                                   archive_page *page)
{
    archive_past past;
    archive_db *db;
    asked it = { &past, archive_page_highest(before), limit, bytes,
                 ARCHIVE_RECORD_INIT, 0 };
    archive_status status = archive_page_open(a, key, key_size, page, &db,
                                              &past);

    if (status == ARCHIVE_OK) {
        status = fill_down(db, &it, page);
    }
    archive_record_free(&it.record);
    archive_page_turn(page);
    page->from = page->count > 0 ? page->rows[0].id : page->complete;
    archive_page_close(a, db);
    return status;
}

archive_status archive_page_after(archive *a, const void *key,
                                  size_t key_size, const room_id *after,
                                  size_t limit, size_t bytes,
                                  archive_page *page)
{
    archive_past past;
    archive_db *db;
    asked it = { &past, archive_page_highest(after), limit, bytes,
                 ARCHIVE_RECORD_INIT, 0 };
    archive_status status = archive_page_open(a, key, key_size, page, &db,
                                              &past);

    /* What ChatArchiveKeep has ended may still be there. */
    if (status == ARCHIVE_OK
        && room_id_compare(&it.at, &page->complete) < 0) {
        it.at = page->complete;
    }
    if (status == ARCHIVE_OK) {
        status = fill_up(db, &it, page);
    }
    archive_record_free(&it.record);
    archive_page_close(a, db);
    return status;
}
