/* archive_erase.c - see archive_erase.h. */
#include "archive/archive_erase.h"

#include "archive/archive_pool.h"
#include "archive/writer/archive_lock.h"

/* A program must not write beside an httpd; our own writer and we may, since no
 * row is of both. */
static archive_status step_alone(archive_db *db, archive_erasing *it,
                                 archive_lock *lock)
{
    bool held;
    archive_status status = archive_lock_take(lock, db, &held);

    if (status == ARCHIVE_OK && !held) {
        return ARCHIVE_FAILED;
    }
    if (status == ARCHIVE_OK) {
        status = archive_erasing_step(db, lock, it);
    }
    if (it->done) {
        archive_lock_leave(lock, db);
    }
    return status;
}

archive_status archive_erase_step(archive *a, archive_erasing *it)
{
    archive_lock lock;
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);

    if (status == ARCHIVE_OK) {
        archive_lock_name(&lock, archive_store(a));
        status = archive_store(a) != NULL
                     ? archive_erasing_step(db, &lock, it)
                     : step_alone(db, it, &lock);
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status;
}
