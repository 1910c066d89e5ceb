/* archive_merge.c - see archive_merge.h. */
#include "archive/writer/archive_merge.h"

#include "base/base_clock.h"

/* In chatws_meta, so that it is not forgotten by a restart. */
#define ASKED "merge"
#define ASKED_SOON "merge-soon"
#define BEGUN "merging"

#define PAGES INT64_C(100)
#define PAGES_QUIET INT64_C(200)

#define DAY_US INT64_C(86400000000)

/* Of the time: one part for it, and so many parts for others. */
#define REST 9

static bool applies(const archive_db *db)
{
    const archive_db_facts *about = archive_db_about(db);

    return about->dialect == ARCHIVE_SQLITE && about->indexed;
}

archive_status archive_merge_ask(archive_db *db, bool soon)
{
    const void *values[] = { soon ? ASKED_SOON : ASKED, "1" };

    if (!applies(db) || archive_db_about(db)->exact) {
        return ARCHIVE_OK;
    }
    return archive_db_run(db, ARCHIVE_META_ADD, values, NULL);
}

static archive_status has(archive_db *db, const char *name, bool *has_it)
{
    const void *values[] = { name };
    archive_status status = archive_db_select(db, ARCHIVE_META_GET, values);

    *has_it = status == ARCHIVE_OK && archive_db_row(db);
    return status;
}

static archive_status drop(archive_db *db, const char *name)
{
    const void *values[] = { name };

    return archive_db_run(db, ARCHIVE_META_DROP, values, NULL);
}

/* What is taken out from now on has to wait for the next pass. */
static archive_status begin_pass(archive_merging *it, archive_db *db)
{
    const void *value[] = { BEGUN, "1" };
    archive_status status = archive_db_run(db, ARCHIVE_META_ADD, value, NULL);

    it->daily_us = base_clock_mono() + DAY_US;
    if (status == ARCHIVE_OK) {
        status = drop(db, ASKED);
    }
    return status == ARCHIVE_OK ? drop(db, ASKED_SOON) : status;
}

/* One that was begun before a restart goes on. */
static archive_status look(archive_merging *it, archive_db *db, bool quiet,
                           bool *wanted)
{
    archive_status status = has(db, BEGUN, wanted);

    if (status == ARCHIVE_OK && !*wanted) {
        status = has(db, ASKED_SOON, wanted);
        it->soon = *wanted;
    }
    if (status == ARCHIVE_OK && !*wanted && quiet
        && base_clock_mono() >= it->daily_us) {
        status = has(db, ASKED, wanted);
    }
    return status == ARCHIVE_OK && *wanted ? begin_pass(it, db) : status;
}

static archive_status count_changes(archive_db *db, int64_t *count)
{
    archive_status status = archive_db_select(db, ARCHIVE_INDEX_CHANGES, NULL);

    *count = status == ARCHIVE_OK && archive_db_row(db)
                 ? archive_db_number(db, 0) : 0;
    return status;
}

/* The first step puts all parts of the index into line, the others merge them;
 * one that changes nothing is the last (SQLite's FTS5, "merge"). */
static archive_status merge(archive_merging *it, archive_db *db, bool quiet,
                            bool *ended)
{
    int64_t pages = quiet ? PAGES_QUIET : PAGES;
    int64_t asked = it->steps == 0 ? -pages : pages;
    const void *values[] = { &asked };
    int64_t before = 0;
    int64_t after = 0;
    archive_status status = count_changes(db, &before);

    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_INDEX_MERGE, values, NULL);
    }
    if (status == ARCHIVE_OK) {
        status = count_changes(db, &after);
    }
    *ended = status == ARCHIVE_OK && it->steps > 0 && after - before < 2;
    return status;
}

static archive_status end_pass(archive_merging *it, archive_db *db)
{
    int64_t now = base_clock_mono();

    it->steps = 0;
    it->soon = false;
    it->lasted_us = now - it->begun_us;
    it->next_us = now + REST * it->lasted_us;
    return drop(db, BEGUN);
}

archive_status archive_merge_step(archive_merging *it, archive_db *db,
                                  bool quiet, bool *worked)
{
    archive_status status = ARCHIVE_OK;
    bool wanted = it->steps > 0;
    bool ended = false;

    *worked = false;
    if (!applies(db)) {
        it->soon = false;
        return ARCHIVE_OK;
    }
    if (!wanted && base_clock_mono() < it->next_us) {
        return ARCHIVE_OK;
    }
    if (!wanted) {
        status = look(it, db, quiet, &wanted);
        it->begun_us = base_clock_mono();
    }
    if (status == ARCHIVE_OK && wanted) {
        status = merge(it, db, quiet, &ended);
        it->steps++;
    }
    *worked = status == ARCHIVE_OK && wanted && !ended;
    return ended ? end_pass(it, db) : status;
}

bool archive_merge_wanted(const archive_merging *it)
{
    return it->soon || it->steps > 0;
}
