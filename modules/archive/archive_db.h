/* archive_db.h - one connection to the database, with its prepared statements.
 *
 * Private to archive/. One thread at a time. All calls may block, on SQLite for
 * 1.6 s when another process writes, on a server for its timeouts. After an
 * error the connection is closed, what was in a transaction is not done, and
 * everything is ARCHIVE_AWAY until it is opened anew (archive_schema.h).
 */
#ifndef CHATWS_ARCHIVE_DB_H
#define CHATWS_ARCHIVE_DB_H

#include "archive/archive.h"
#include "archive/archive_dialect.h"

typedef struct archive_db archive_db;

#define ARCHIVE_DB_REASON 300 /* bytes of what the database says */

/* Opens nothing. `writer`: it may write, makes and migrates the tables. Its
 * errors are counted in the store (may be NULL). Never NULL. */
archive_db *archive_db_create(const archive_settings *settings,
                              room_store *store, bool writer);
void archive_db_destroy(archive_db *db);

/* Opens it unless it is open; `fresh`: it was opened now. ARCHIVE_AWAY: also in
 * a pause after an error, at once; pauses grow to 5 s. */
archive_status archive_db_open(archive_db *db, bool *fresh);

/* It was opened and is as it should be; `indexed`: there is an index for
 * searches. */
void archive_db_settle(archive_db *db, bool indexed, bool exact);

void archive_db_close(archive_db *db);

/* What it is. */
typedef struct {
    archive_dialect dialect;
    bool writes;  /* it may write */
    bool indexed; /* there is an index for searches, */
    bool exact;   /* from which a text goes as a whole when it is deleted */
    room_store *store; /* counts errors; may be NULL */
    uint64_t file; /* that of SQLite (base_file.h); 0: it is not known */
    char refused[ARCHIVE_DB_REASON]; /* why, when that was ARCHIVE_FAILED */
} archive_db_facts;

const archive_db_facts *archive_db_about(const archive_db *db);

/* ARCHIVE_OK or ARCHIVE_AWAY. `judged`: a statement that the database will not
 * have, for a reason that does not pass, is ARCHIVE_FAILED, and the connection
 * stays; the caller goes back to a savepoint, or ends without a commit. */
archive_status archive_db_begin(archive_db *db, bool judged);

/* Ends it: commits what was done since, or not. ARCHIVE_AWAY: it was not done,
 * also when one of it had failed. */
archive_status archive_db_end(archive_db *db, bool commit);

/* Runs a statement; `values` point to an int64_t for each %lld and to a text
 * for each %s, or are NULL for a NULL. `rows` (may be NULL): so many were
 * changed. */
archive_status archive_db_run(archive_db *db, archive_statement statement,
                              const void *const *values, int *rows);

/* Runs one that has an answer, which is there until the next select. */
archive_status archive_db_select(archive_db *db, archive_statement statement,
                                 const void *const *values);

/* The next row of the answer; false behind the last. */
bool archive_db_row(archive_db *db);

/* A column of the row, from 0 on. A text ends with a NUL and is gone with the
 * next row; NULL is "". */
int64_t archive_db_number(archive_db *db, int column);
const char *archive_db_text(archive_db *db, int column, size_t *size);

/* Runs a text of ours that nothing of outside is part of; its answer, if any,
 * as of archive_db_select. `must` false: an error is only told here. */
archive_status archive_db_command(archive_db *db, const char *sql, bool must);

/* Closes it as after an error, for this reason: ARCHIVE_FAILED. */
archive_status archive_db_refuse(archive_db *db, const char *why);

#endif
