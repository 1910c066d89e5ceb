/* archive_pool.c - see archive_pool.h. */
#include "archive/archive_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "archive/archive_schema.h"
#include "base/base_check.h"
#include "base/base_clock.h"

/* In one child, of SQLite and of a server: apr_dbd's SQLite driver lets one
 * thread of a process work at a time. */
#define CONNECTIONS 4

#define WAIT_US INT64_C(5000000)
#define CHECK_US INT64_C(500000)
#define IDLE_US INT64_C(60000000)

struct archive_pool {
    const archive_settings *settings;
    pthread_mutex_t lock;
    pthread_cond_t given;
    archive_db *idle[CONNECTIONS]; /* the one that was used last is the last */
    int64_t used_us[CONNECTIONS];  /* when that was; 0: it is closed */
    size_t idle_count;
    int64_t empty_us; /* since when all are in use; 0: they are not */
    size_t away; /* connections that could not be had in a row */
    int64_t away_us; /* until when nobody tries */
};

archive_pool *archive_pool_create(const archive_settings *settings,
                                  room_store *store)
{
    archive_pool *pool = calloc(1, sizeof(*pool));
    pthread_condattr_t clock;

    BASE_CHECK(pool != NULL);
    pool->settings = settings;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->given, &clock);
    pthread_condattr_destroy(&clock);
    while (pool->idle_count < CONNECTIONS) {
        pool->idle[pool->idle_count++] = archive_db_create(settings, store,
                                                           false);
    }
    return pool;
}

void archive_pool_destroy(archive_pool *pool)
{
    if (pool) {
        while (pool->idle_count > 0) {
            archive_db_destroy(pool->idle[--pool->idle_count]);
        }
        pthread_cond_destroy(&pool->given);
        pthread_mutex_destroy(&pool->lock);
        free(pool);
    }
}

static void note_empty(archive_pool *pool)
{
    pool->empty_us = pool->idle_count == 0 ? base_clock_mono() : 0;
}

/* The last one that was given back is the most likely to be open. */
static archive_db *wait_for_one(archive_pool *pool, int64_t *idle_us)
{
    int64_t until_us = base_clock_mono() + WAIT_US;
    struct timespec until = { (time_t)(until_us / 1000000),
                              (long)(until_us % 1000000 * 1000) };
    archive_db *db = NULL;
    int error = 0;

    pthread_mutex_lock(&pool->lock);
    /* A database that hangs has them all: nobody else waits for it. */
    while (pool->idle_count == 0 && error == 0
           && pool->empty_us + WAIT_US > base_clock_mono()) {
        error = pthread_cond_timedwait(&pool->given, &pool->lock, &until);
    }
    /* A thousand requests of a database that is away are not to wait for it one
     * after the other. */
    if (pool->idle_count > 0 && base_clock_mono() >= pool->away_us) {
        db = pool->idle[--pool->idle_count];
        *idle_us = base_clock_mono() - pool->used_us[pool->idle_count];
        note_empty(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return db;
}

static void note(archive_pool *pool, archive_status status)
{
    int64_t pause = 0;

    pthread_mutex_lock(&pool->lock);
    pool->away = status == ARCHIVE_OK ? 0 : pool->away + 1;
    if (status != ARCHIVE_OK) {
        pause = pool->away < 10 ? INT64_C(100000) : INT64_C(300000);
    }
    pool->away_us = pause > 0 ? base_clock_mono() + pause : 0;
    pthread_mutex_unlock(&pool->lock);
}

/* The server may have ended this connection, and may be back. */
static bool is_alive(archive_db *db)
{
    switch (archive_db_about(db)->dialect) {
    case ARCHIVE_PGSQL:
        return archive_db_command(db, "SELECT 1", false) == ARCHIVE_OK;
    case ARCHIVE_MYSQL: /* whose driver would leave an answer unread */
        return archive_db_command(db, "DO 1", false) == ARCHIVE_OK;
    default:
        return true;
    }
}

static void put_back(archive_pool *pool, archive_db *db)
{
    pthread_mutex_lock(&pool->lock);
    pool->used_us[pool->idle_count] = base_clock_mono();
    pool->idle[pool->idle_count++] = db;
    pool->empty_us = 0;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}

static archive_status take(archive_pool *pool, archive_db **db)
{
    archive_status status;
    int64_t idle_us;

    *db = wait_for_one(pool, &idle_us);
    if (!*db) {
        return ARCHIVE_AWAY;
    }
    if (idle_us > CHECK_US && !is_alive(*db)) {
        archive_db_close(*db);
    }
    status = archive_schema_open(*db);
    if (status != ARCHIVE_OK) {
        note(pool, status);
        put_back(pool, *db);
        *db = NULL;
        return ARCHIVE_AWAY;
    }
    note(pool, status);
    return ARCHIVE_OK;
}

archive_status archive_pool_take(archive_pool *pool, archive_db **db)
{
    const archive_settings *settings = pool->settings;
    archive_status status;

    *db = NULL;
    if (settings->enter && !settings->enter()) {
        return ARCHIVE_AWAY;
    }
    status = take(pool, db);
    if (status != ARCHIVE_OK && settings->leave) {
        settings->leave();
    }
    return status;
}

void archive_pool_give(archive_pool *pool, archive_db *db)
{
    put_back(pool, db);
    if (pool->settings->leave) {
        pool->settings->leave();
    }
}

/* The one that was not used for longest is the first. */
static archive_db *take_idle(archive_pool *pool)
{
    int64_t before_us = base_clock_mono() - IDLE_US;
    archive_db *db = NULL;
    size_t at = 0;

    pthread_mutex_lock(&pool->lock);
    while (at < pool->idle_count
           && (pool->used_us[at] == 0 || pool->used_us[at] > before_us)) {
        at++;
    }
    if (at < pool->idle_count) {
        db = pool->idle[at];
        pool->idle_count--;
        for (; at < pool->idle_count; at++) {
            pool->idle[at] = pool->idle[at + 1];
            pool->used_us[at] = pool->used_us[at + 1];
        }
        note_empty(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return db;
}

void archive_pool_trim(archive_pool *pool)
{
    archive_db *db = take_idle(pool);

    if (!db) {
        return;
    }
    archive_db_close(db); /* which may take a moment */
    pthread_mutex_lock(&pool->lock);
    for (size_t at = pool->idle_count; at > 0; at--) {
        pool->idle[at] = pool->idle[at - 1];
        pool->used_us[at] = pool->used_us[at - 1];
    }
    pool->idle[0] = db;
    pool->used_us[0] = 0;
    pool->idle_count++;
    pool->empty_us = 0;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}
