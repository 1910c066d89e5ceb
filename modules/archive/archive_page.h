/* archive_page.h - pieces of a room's past from the archive.
 *
 * Called by act/ on httpd's workers and by the hub's thread that fetches; may
 * block. Bodies are whole events of JSON, as they are told now, in the order of
 * their ids.
 */
#ifndef CHATWS_ARCHIVE_PAGE_H
#define CHATWS_ARCHIVE_PAGE_H

#include "archive/archive.h"
#include "archive/archive_past.h"
#include "base/base_bytes.h"
#include "room/log/room_log.h"

/* One event. */
typedef struct {
    room_id id;
    room_log_kind kind;
    size_t at; /* its body in the page's `bodies` */
    size_t size;
    size_t text_at;   /* in the body, its quoted text; */
    size_t text_size; /* 0: it has none */
    uint64_t author;
    bool deleted;     /* a message without its text */
} archive_row;

typedef struct {
    base_bytes bodies;
    archive_row *rows; /* oldest first */
    size_t count;
    size_t room;      /* for so many rows */
    bool more;        /* there are older ones (before, search) or newer ones
                         (after) */
    room_id from;     /* before, search: everything from here on up to what was
                         asked for has been looked through: where to go on */
    room_id complete; /* everything after this position is in the archive, up
                         to `newest` */
    room_id newest;   /* of the archive; 0-0: it has nothing */
} archive_page;

#define ARCHIVE_PAGE_INIT { .rows = NULL }

/* The newest `limit` messages (no other events) with ids below `before`, which
 * together have at most `bytes` bytes (but one message). ARCHIVE_ABSENT: it
 * knows no such room; the page is empty. The caller frees the page, whatever
 * the answer is; one that was used is filled in anew. */
archive_status archive_page_before(archive *a, const void *key,
                                   size_t key_size, const room_id *before,
                                   size_t limit, size_t bytes,
                                   archive_page *page);

/* The oldest `limit` events with ids above `after`, at most `bytes` bytes (but
 * one). Whether something between `after` and the first of them is missing
 * tells `complete`. */
archive_status archive_page_after(archive *a, const void *key,
                                  size_t key_size, const room_id *after,
                                  size_t limit, size_t bytes,
                                  archive_page *page);

void archive_page_free(archive_page *page);

/* The rest is private to archive/. */

/* Empties the page and finds the room. ARCHIVE_OK, ARCHIVE_ABSENT,
 * ARCHIVE_AWAY. The caller closes, whatever the answer is. */
archive_status archive_page_open(archive *a, const void *key, size_t key_size,
                                 archive_page *page, archive_db **db,
                                 archive_past *past);
void archive_page_close(archive *a, archive_db *db);

/* What a look at `rows` rows below `at` comes to: `low` is the position in
 * front of them, or `page->complete`, before which nothing is told. */
archive_status archive_page_low(archive_db *db, const archive_past *past,
                                const archive_page *page, const room_id *at,
                                int64_t rows, room_id *low);

/* SQLite's driver lets one thread of a process work at a time: whoever says a
 * statement after the other rests between them as long as they take. */
void archive_page_rest(const archive_db *db, int64_t since_us);

void archive_page_add(archive_page *page, const archive_record *record);

/* Rows that were added newest first get into their order. */
void archive_page_turn(archive_page *page);

/* A position that the database can have: clients send any. */
room_id archive_page_highest(const room_id *id);

#endif
