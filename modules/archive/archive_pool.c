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

struct archive_pool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    archive_db *idle[CONNECTIONS];
    size_t idle_count;
    size_t away; /* connections that could not be had in a row */
    int64_t away_us; /* until when nobody tries */
};

archive_pool *archive_pool_create(const archive_settings *settings,
                                  room_store *store)
{
    archive_pool *pool = calloc(1, sizeof(*pool));
    pthread_condattr_t clock;

    BASE_CHECK(pool != NULL);
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

/* The last one that was given back is the most likely to be open. */
static archive_db *wait_for_one(archive_pool *pool)
{
    int64_t until_us = base_clock_mono() + WAIT_US;
    struct timespec until = { (time_t)(until_us / 1000000),
                              (long)(until_us % 1000000 * 1000) };
    archive_db *db = NULL;
    int error = 0;

    pthread_mutex_lock(&pool->lock);
    while (pool->idle_count == 0 && error == 0) {
        error = pthread_cond_timedwait(&pool->given, &pool->lock, &until);
    }
    /* A thousand requests of a database that is away are not to wait for it one
     * after the other. */
    if (pool->idle_count > 0 && base_clock_mono() >= pool->away_us) {
        db = pool->idle[--pool->idle_count];
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
        pause = pool->away < 10 ? INT64_C(100000) : INT64_C(1000000);
    }
    pool->away_us = base_clock_mono() + pause;
    pthread_mutex_unlock(&pool->lock);
}

archive_status archive_pool_take(archive_pool *pool, archive_db **db)
{
    archive_status status;

    *db = wait_for_one(pool);
    if (!*db) {
        return ARCHIVE_AWAY;
    }
    status = archive_schema_open(*db);
    if (status != ARCHIVE_OK) {
        note(pool, status);
        archive_pool_give(pool, *db);
        *db = NULL;
        return ARCHIVE_AWAY;
    }
    if (pool->away > 0) {
        note(pool, status);
    }
    return ARCHIVE_OK;
}

void archive_pool_give(archive_pool *pool, archive_db *db)
{
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = db;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}
