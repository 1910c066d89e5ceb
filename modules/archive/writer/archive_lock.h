/* archive_lock.h - one httpd writes into a database.
 *
 * The children of one httpd elect their writer in the segment. That a second
 * httpd does not write into the same database is a row in it: who writes, and
 * when that was told last. It is taken over from who has ended, or has told
 * nothing for ARCHIVE_LOCK_S. Private to archive/: the writer's thread.
 */
#ifndef CHATWS_ARCHIVE_LOCK_H
#define CHATWS_ARCHIVE_LOCK_H

#include "archive/archive_db.h"
#include "room/archive/room_source.h"

#define ARCHIVE_LOCK_S 60

/* The same where hosts share the rooms; then it is told every 3 s. */
#define ARCHIVE_LOCK_SHARED_S 10

/* What a machine of our name has to be silent for that says it was started
 * another time: it is we before the power cut, or somebody else. Whoever holds
 * the row tells it every 20 s. */
#define ARCHIVE_LOCK_STARTED_S 30

typedef struct archive_lock {
    int64_t instance; /* of this httpd: the same for all its children; not 0 */
    int64_t pid;      /* of its parent */
    char host[160];   /* machine, start of the machine, name space of pids */
    bool relayed;     /* hosts share the rooms: one of them writes, the others
                         are to follow soon, and nothing is wrong with that */
    int64_t claimed_us; /* when archive_lock_claim was ARCHIVE_OK */
    int64_t other;      /* who holds it, */
    int64_t other_beat; /* and how often that was told, */
    int64_t other_us;   /* since when: not all clocks are right */
} archive_lock;

/* Who we are. A program without a store is one by itself. */
void archive_lock_name(archive_lock *lock, const room_store *store);

/* Takes the row; `held`: it is ours. When it is somebody else's, that is
 * logged, once a minute. */
archive_status archive_lock_take(archive_lock *lock, archive_db *db,
                                 bool *held);

/* Where hosts share the rooms (`source` not NULL): asks now and then whether
 * this database is the one that they write. ARCHIVE_FAILED: it is not, which is
 * logged, or it cannot be asked. */
archive_status archive_lock_claim(archive_lock *lock, archive_db *db,
                                  const room_source *source);

/* Says that we are still here, in the transaction of what is written then.
 * `held`: it is still ours; if not, do not commit. */
archive_status archive_lock_beat(const archive_lock *lock, archive_db *db,
                                 bool *held);

/* Begins a transaction, not judged, with that in it. ARCHIVE_AWAY also when it
 * is not ours any more. */
archive_status archive_lock_begin(const archive_lock *lock, archive_db *db,
                                  bool *held);

/* Gives it up, so that the next one need not wait. */
void archive_lock_leave(const archive_lock *lock, archive_db *db);

#endif
