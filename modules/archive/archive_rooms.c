/* archive_rooms.c - see archive_rooms.h. */
#include "archive/archive_rooms.h"

#include "archive/archive_pool.h"
#include "base/base_utf8.h"

archive_status archive_rooms_newest(archive *a, const char *prefix,
                                    int64_t since_ms, size_t most,
                                    archive_rooms_visit *visit, void *context)
{
    const int64_t limit = (int64_t)most;
    const void *values[] = { &since_ms, prefix, &limit };
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);
    bool on = true;

    if (status == ARCHIVE_OK) {
        status = archive_db_select(db, ARCHIVE_ROOMS_NEWEST, values);
    }
    while (status == ARCHIVE_OK && on && archive_db_row(db)) {
        room_id newest = { (uint64_t)archive_db_number(db, 0),
                           (uint64_t)archive_db_number(db, 1) };
        size_t size;
        const char *key = archive_db_text(db, 2, &size);

        if (base_utf8_valid(key, size)) {
            on = visit(context, key, size, &newest);
        }
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status;
}
