/* archive_pool.h - the few connections of a child with which it reads. Private
 * to archive/; any thread that may block.
 */
#ifndef CHATWS_ARCHIVE_POOL_H
#define CHATWS_ARCHIVE_POOL_H

#include "archive/archive_db.h"

typedef struct archive_pool archive_pool;

archive_pool *archive_pool_create(const archive_settings *settings,
                                  room_store *store);

/* When nobody has a connection any more. */
void archive_pool_destroy(archive_pool *pool);

/* Gives a connection that is open, for this thread until archive_pool_give.
 * ARCHIVE_AWAY: none can be had, all are in use for five seconds, the database
 * was away a moment ago, or this thread must not wait (settings.enter). */
archive_status archive_pool_take(archive_pool *pool, archive_db **db);
void archive_pool_give(archive_pool *pool, archive_db *db);

/* Closes those that nobody has used for a minute: a server's connections are
 * few, and children may be many. Cheap; call it once a second. */
void archive_pool_trim(archive_pool *pool);

#endif
