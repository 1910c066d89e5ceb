/* archive_chores.h - what has to be done now and then, in small steps: what
 * is too old is dropped, free pages are given back, the index of searches
 * follows. Private to archive/: the writer's thread.
 */
#ifndef CHATWS_ARCHIVE_CHORES_H
#define CHATWS_ARCHIVE_CHORES_H

#include "archive/archive_past.h"
#include "archive/writer/archive_lock.h"
#include "archive/writer/archive_merge.h"

/* Where it is. All zero at first, but: */
typedef struct {
    const archive_lock *lock; /* whose row has to be ours; NULL: nobody's */
    bool holds;               /* it was, when it was looked at last */
    int64_t room;     /* the last one that was looked at in this round */
    int64_t round_us; /* when the next round begins */
    int64_t rest_us;  /* no step before, unless it is quiet */
    bool dropped;     /* there may be free pages */
    archive_merging merging;
    bool even;        /* the caller's: room_clock_even; else nothing is too
                         old */
    bool quiet;       /* the caller's: nobody would wait for a long step */
} archive_chores;

/* New events that stay out of the index of a room, since a look at all of them
 * is quick: so most of what is edited or deleted was never in it. */
#define ARCHIVE_CHORES_FRESH INT64_C(10000)

/* Does one step, in a transaction of its own of some milliseconds, or when it
 * is quiet of a tenth of a second; else not for more than a quarter of the
 * time. `idle`: nothing is to be done for now. `touched`: rows of rooms were
 * changed. */
archive_status archive_chores_step(archive_chores *chores, archive_db *db,
                                   int64_t wall_ms, bool *idle,
                                   bool *touched);

#endif
