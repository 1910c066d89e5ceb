/* archive_room.c - see archive_room.h. */
#include "archive/archive_room.h"

#include "archive/archive_past.h"
#include "archive/archive_pool.h"
#include "archive/writer/archive_recall.h"
#include "base/base_clock.h"
#include "room/archive/room_import.h"

archive_status archive_room_load(archive *a, room_handle room,
                                 const void *key, size_t key_size,
                                 uint32_t count, int64_t age_ms)
{
    const archive_recall_most most = { count, age_ms, 0 };
    archive_recall found = ARCHIVE_RECALL_INIT;
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);

    if (status == ARCHIVE_OK) {
        status = archive_recall_room(db, key, key_size, &most, &found);
    }
    if (status == ARCHIVE_OK
        && room_import_read(archive_store(a), room,
                            found.known ? &found.what : NULL,
                            base_clock_now())
               == ROOM_BUSY) {
        status = ARCHIVE_AWAY;
    }
    archive_recall_free(&found);
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
