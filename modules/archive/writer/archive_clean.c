/* archive_clean.c - see archive_clean.h. */
#include "archive/writer/archive_clean.h"

#include <time.h>

#include "archive/archive_schema.h"
#include "base/base_clock.h"

#define PAUSE_NS 5000000

archive_status archive_clean_wal(archive_clean *it, archive_db *db, int tries)
{
    const struct timespec pause = { 0, PAUSE_NS };
    archive_status status = ARCHIVE_OK;
    bool sqlite = archive_db_about(db)->dialect == ARCHIVE_SQLITE;
    bool busy = sqlite;

    if (sqlite) { /* it must not wait while it keeps others from the file */
        status = archive_db_command(db, "PRAGMA busy_timeout=0", true);
    }
    for (int i = 0; i < tries && busy && status == ARCHIVE_OK; i++) {
        if (i > 0) {
            (void)nanosleep(&pause, NULL);
        }
        status = archive_db_command(db, "PRAGMA wal_checkpoint(TRUNCATE)",
                                    true);
        busy = status == ARCHIVE_OK && archive_db_row(db)
               && archive_db_number(db, 0) != 0;
    }
    if (sqlite && status == ARCHIVE_OK) {
        status = archive_schema_wait(db);
    }
    it->due = status != ARCHIVE_OK || busy;
    it->looked_us = base_clock_mono();
    return status;
}

archive_status archive_clean_step(archive_clean *it, archive_merging *merging,
                                  archive_db *db, int64_t every_us,
                                  bool *worked)
{
    archive_status status = ARCHIVE_OK;

    *worked = false;
    if (archive_merge_wanted(merging)) {
        int before = merging->steps;

        status = archive_merge_step(merging, db, false, worked);
        it->due = it->due || before != merging->steps;
    }
    if (status == ARCHIVE_OK && it->due
        && base_clock_mono() - it->looked_us >= every_us) {
        status = archive_clean_wal(it, db, 1);
    }
    return status;
}

archive_past_change archive_clean_gone(const archive_clean *it,
                                       const archive_merging *merging,
                                       int64_t hold_us)
{
    if (it->due) {
        return ARCHIVE_PAST_AS_IT_WAS;
    }
    return archive_merge_wanted(merging) && merging->lasted_us < hold_us / 2
               ? ARCHIVE_PAST_TEXT : ARCHIVE_PAST_INDEXED;
}
