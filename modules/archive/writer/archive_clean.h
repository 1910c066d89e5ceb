/* archive_clean.h - when the texts that were overwritten are out of all files.
 * Private to archive/: the writer's thread.
 */
#ifndef CHATWS_ARCHIVE_CLEAN_H
#define CHATWS_ARCHIVE_CLEAN_H

#include "archive/archive_past.h"
#include "archive/writer/archive_merge.h"

/* All zero at first. */
typedef struct {
    bool due;          /* old texts are still in SQLite's WAL */
    int64_t looked_us; /* when that was looked at */
} archive_clean;

/* What was overwritten is in SQLite's WAL until that is emptied, which whoever
 * reads puts off: mostly one of ours, for a moment. So it is tried so often. */
archive_status archive_clean_wal(archive_clean *it, archive_db *db, int tries);

/* The same, and the index of words, a step further; not more often than each
 * `every_us`. `worked`: there is more to do now. */
archive_status archive_clean_step(archive_clean *it, archive_merging *merging,
                                  archive_db *db, int64_t every_us,
                                  bool *worked);

/* What is in no file any more, or nobody waits for: `hold_us` is how long
 * somebody would. */
archive_past_change archive_clean_gone(const archive_clean *it,
                                       const archive_merging *merging,
                                       int64_t hold_us);

#endif
