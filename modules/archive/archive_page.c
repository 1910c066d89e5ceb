/* archive_page.c - see archive_page.h. */
#include "archive/archive_page.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive_past.h"
#include "archive/archive_pool.h"
#include "base/base_check.h"
#include "base/base_clock.h"

/* Rows of one statement: the drivers fetch an answer as a whole. */
#define STEP 250

/* More damaged rows than that are no answer. */
#define DAMAGED_MOST 1000

#define MESSAGES INT64_C(0) /* the highest kind of theirs */

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

/* What is asked for, and how far it is. */
typedef struct {
    const archive_past *past;
    room_id at;
    bool down; /* towards older ones */
    size_t limit;
    size_t bytes;
} asked;

static archive_status ask(archive_db *db, const asked *it, int64_t most)
{
    int64_t ms = (int64_t)it->at.ms;
    int64_t n = (int64_t)it->at.n;
    const int64_t kind = MESSAGES;
    const void *before[] = { &it->past->id, &kind, &ms, &ms, &n, &most };
    const void *after[] = { &it->past->id, &ms, &ms, &n, &most };

    return it->down ? archive_db_select(db, ARCHIVE_EVENTS_BEFORE, before)
                    : archive_db_select(db, ARCHIVE_EVENTS_AFTER, after);
}

/* False: it is of before what is told, or the page is full; `more` says
 * which. */
static bool take(archive_page *page, const asked *it,
                 const archive_record *record)
{
    room_id id = { (uint64_t)record->ms, (uint64_t)record->n };

    if (it->down && room_id_compare(&id, &page->complete) <= 0) {
        return false;
    }
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

static archive_status fill(archive_db *db, asked *it, archive_page *page)
{
    archive_record record = ARCHIVE_RECORD_INIT;
    archive_status status = ARCHIVE_OK;
    unsigned damaged = 0;
    bool on = true;

    while (on && status == ARCHIVE_OK) {
        /* One more than fits tells that there are more. */
        size_t most = it->limit - page->count + 1 < STEP
                          ? it->limit - page->count + 1 : STEP;
        size_t got = 0;

        status = ask(db, it, (int64_t)most);
        while (on && status == ARCHIVE_OK && archive_db_row(db)) {
            damaged += !archive_record_read(&record, db, it->past->id);
            it->at = (room_id){ (uint64_t)record.ms, (uint64_t)record.n };
            on = take(page, it, &record);
            got++;
        }
        on = on && got == most;
        if (damaged > DAMAGED_MOST) {
            status = ARCHIVE_AWAY;
        }
    }
    archive_record_free(&record);
    return status;
}

archive_status archive_page_before(archive *a, const void *key,
                                   size_t key_size, const room_id *before,
                                   size_t limit, size_t bytes,
                                   archive_page *page)
{
    archive_past past;
    archive_db *db;
    asked it = { &past, archive_page_highest(before), true, limit, bytes };
    archive_status status = archive_page_open(a, key, key_size, page, &db,
                                              &past);

    if (status == ARCHIVE_OK) {
        status = fill(db, &it, page);
    }
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
    asked it = { &past, archive_page_highest(after), false, limit, bytes };
    archive_status status = archive_page_open(a, key, key_size, page, &db,
                                              &past);

    /* What ChatArchiveKeep has ended may still be there. */
    if (status == ARCHIVE_OK
        && room_id_compare(&it.at, &page->complete) < 0) {
        it.at = page->complete;
    }
    if (status == ARCHIVE_OK) {
        status = fill(db, &it, page);
    }
    archive_page_close(a, db);
    return status;
}
