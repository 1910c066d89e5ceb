/* archive.h - what was said, in a database: its life in one child.
 *
 * The segment goes first and the database follows: one child, elected, has a
 * thread that writes what the rooms have got (archive_writer.h); where hosts
 * share the rooms one of all hosts writes what the relay has got
 * (archive_stream.h). Every child reads on threads that may block
 * (archive_room.h, archive_page.h, archive_search.h); the loop never calls this
 * floor. httpd/ makes one for each child, and chatwsctl one without rooms.
 *
 * An archive has apr_dbd under it. Only httpd's own thread calls _create,
 * _start, _stop and _destroy; the rest is for any thread.
 */
#ifndef CHATWS_ARCHIVE_H
#define CHATWS_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "room/archive/room_source.h"
#include "room/segment/room_store.h"

struct apr_pool_t;
struct archive_pool;

typedef struct archive archive;

typedef enum {
    ARCHIVE_OK,
    ARCHIVE_ABSENT, /* it has nothing of this room */
    ARCHIVE_AWAY,   /* the database cannot be asked now: try again later; the
                       log says why */
    ARCHIVE_FAILED  /* it answers, but not this: retrying does not help */
} archive_status;

/* What ChatArchive and ChatArchiveAck say. The texts live as long as the
 * archive. */
typedef struct {
    const char *driver; /* of apr_dbd: "sqlite3", "pgsql", "mysql" */
    const char *params; /* what that takes; of sqlite3: an absolute path */
    bool ack;           /* an ack waits for the commit, which then waits for
                           the disk */
    bool (*enter)(void); /* asked before a thread may wait for the database;
                            "no" is ARCHIVE_AWAY; NULL: any may */
    void (*leave)(void); /* and told when it does not any more */
    const room_source *source; /* what the writer writes, where hosts share the
                                  rooms; NULL: what the store has. Lives longer
                                  than the archive */
} archive_settings;

/* Says whether apr-util has the driver, for configtest: nothing is opened.
 * False: `why` is a sentence that names the package. `pool` lives as long as
 * the process. Before the first archive_create of a process or its parent. */
bool archive_check(struct apr_pool_t *pool, const archive_settings *settings,
                   char *why, size_t why_size);

/* In a child, after the fork; opens nothing yet. `store` NULL: for a program
 * without rooms, which reads and erases. Never NULL; what is wrong is told when
 * the database is asked. */
archive *archive_create(const archive_settings *settings, room_store *store);

/* Starts the thread that is the writer when it is elected. False: there is no
 * thread; the line is in the log. */
bool archive_start(archive *a);

/* What is stored is written, as long as the database takes it and until
 * `deadline_us` (base_clock_mono); then the thread ends and another child is
 * elected. Without archive_start nothing happens. False: it has not ended, and
 * may go on using all that is in archive_settings. */
bool archive_stop(archive *a, int64_t deadline_us);

/* After archive_stop, and after every other thread has left. */
void archive_destroy(archive *a);

/* The same for a thread that waits for it in another way, as for the writer.
 * False: it may not. */
bool archive_enter(archive *a);
void archive_leave(archive *a);

/* Private to archive/. */
struct archive_pool *archive_readers(archive *a);
room_store *archive_store(archive *a);
const archive_settings *archive_told(const archive *a);

#endif
