/* archive_merge.h - pieces of deleted texts leave SQLite's index of words.
 * Private to archive/.
 *
 * Before SQLite 3.42 what is taken out of the index is only marked: the parts
 * that have it must be written anew, and that is all of the index, 15 MB or
 * 150,000 messages a second. That is done in small steps: soon after somebody
 * has deleted or edited something, but not for more than a tenth of the time;
 * once a day for what ChatArchiveKeep has ended.
 */
#ifndef CHATWS_ARCHIVE_MERGE_H
#define CHATWS_ARCHIVE_MERGE_H

#include "archive/archive_db.h"

/* Where it is. All zero at first. */
typedef struct {
    bool soon;         /* it is asked for, by somebody who waits */
    int steps;         /* of the pass that is under way */
    int64_t begun_us;
    int64_t lasted_us; /* the last pass */
    int64_t next_us;   /* no pass begins before that */
    int64_t daily_us;  /* likewise, of those that nobody waits for */
} archive_merging;

/* Something was taken out of the index, in the transaction of the caller.
 * `soon`: a text that was to go at once. */
archive_status archive_merge_ask(archive_db *db, bool soon);

/* Does a step, of some hundredths of a second, in a transaction of its own.
 * `quiet`: it may be longer, and one that is not urgent may begin. `worked`:
 * there is more to do now. */
archive_status archive_merge_step(archive_merging *it, archive_db *db,
                                  bool quiet, bool *worked);

/* True when it is asked for or under way, as far as the last step has seen. */
bool archive_merge_wanted(const archive_merging *it);

#endif
