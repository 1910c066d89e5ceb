/* archive.c - see archive.h. */
#include "archive/archive.h"

#include <stdio.h>
#include <stdlib.h>

#include <apr_dbd.h>
#include <apr_pools.h>

#include "archive/archive_dialect.h"
#include "archive/archive_pool.h"
#include "archive/writer/archive_writer.h"
#include "base/base_check.h"

struct archive {
    archive_settings settings;
    room_store *store;
    archive_pool *readers;
    archive_writer *writer;
    bool left_behind; /* its thread, which needs all of this */
};

bool archive_check(struct apr_pool_t *pool, const archive_settings *settings,
                   char *why, size_t why_size)
{
    archive_dialect dialect = archive_dialect_of(settings->driver);
    const apr_dbd_driver_t *driver;

    if (dialect == ARCHIVE_DIALECTS) {
        snprintf(why, why_size,
                 "there is no archive of the kind %s: sqlite3, pgsql and mysql"
                 " (also for MariaDB) are known",
                 settings->driver);
        return false;
    }
    apr_dbd_init(pool);
    if (apr_dbd_get_driver(pool, settings->driver, &driver) != APR_SUCCESS) {
        snprintf(why, why_size,
                 "apr-util has no driver %s: install the Debian package %s",
                 settings->driver, archive_dialect_package(dialect));
        return false;
    }
    return true;
}

archive *archive_create(const archive_settings *settings, room_store *store)
{
    archive *a = calloc(1, sizeof(*a));

    BASE_CHECK(a != NULL);
    a->settings = *settings;
    a->store = store;
    a->readers = archive_pool_create(&a->settings, store);
    return a;
}

bool archive_start(archive *a)
{
    if (!a->writer && a->store) {
        a->writer = archive_writer_start(&a->settings, a->store, a->readers);
    }
    return a->writer != NULL;
}

bool archive_stop(archive *a, int64_t deadline_us)
{
    a->left_behind = !archive_writer_stop(a->writer, deadline_us);
    a->writer = NULL;
    return !a->left_behind;
}

void archive_destroy(archive *a)
{
    if (a && !a->left_behind) {
        archive_pool_destroy(a->readers);
        free(a);
    }
}

struct archive_pool *archive_readers(archive *a)
{
    return a->readers;
}

room_store *archive_store(archive *a)
{
    return a->store;
}

const archive_settings *archive_told(const archive *a)
{
    return &a->settings;
}

bool archive_enter(archive *a)
{
    return !a->settings.enter || a->settings.enter();
}

void archive_leave(archive *a)
{
    if (a->settings.leave) {
        a->settings.leave();
    }
}
