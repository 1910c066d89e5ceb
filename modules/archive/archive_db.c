/* archive_db.c - see archive_db.h. */
#include "archive/archive_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "archive/archive_advice.h"
#include "archive/connection/archive_door.h"
#include "archive/connection/archive_watch.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_file.h"
#include "base/base_log.h"
#include "room/archive/room_archive.h"

#define NO_ANSWER "it did not answer in time"
#define KEPT_BYTES (1024 * 1024) /* of an answer's memory, for the next one */

#define PAUSE_FIRST INT64_C(100000)
#define PAUSE_MOST INT64_C(5000000)
#define PAUSE_READER INT64_C(300000) /* somebody is told "later" meanwhile */

/* An answer takes no longer; PostgreSQL itself ends a statement after 5 s. */
#define ANSWER_US INT64_C(10000000)
#define ANSWER_READER_US INT64_C(6000000)

struct archive_db {
    const archive_settings *settings;
    archive_db_facts facts;
    apr_pool_t *pool;       /* of the connection; NULL: closed */
    apr_pool_t *statements; /* below it: MySQL's end before their connection */
    apr_pool_t *results;    /* below it */
    apr_pool_t *scratch;    /* below it, of one statement without an answer */
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    archive_watched watched;
    apr_dbd_prepared_t *prepared[ARCHIVE_STATEMENTS];
    bool begun; /* a transaction, */
    bool judged; /* of whose statements some may be refused */
    apr_dbd_results_t *answer;
    apr_dbd_row_t *row;
    unsigned locked;  /* how often it was in a row */
    int64_t pause;    /* after the next error */
    int64_t retry_us; /* not to be opened before */
};

archive_db *archive_db_create(const archive_settings *settings,
                              room_store *store, bool writer)
{
    archive_db *db = calloc(1, sizeof(*db));

    BASE_CHECK(db != NULL);
    db->settings = settings;
    db->facts.store = store;
    db->facts.dialect = archive_dialect_of(settings->driver);
    db->facts.writes = writer;
    return db;
}

void archive_db_destroy(archive_db *db)
{
    if (db) {
        archive_db_close(db);
        free(db);
    }
}

const archive_db_facts *archive_db_about(const archive_db *db)
{
    return &db->facts;
}

/* What follows asks the server, until archive_watch_end. */
static void ask_now(archive_db *db)
{
    archive_watch_begin(&db->watched, db->facts.writes ? ANSWER_US
                                                       : ANSWER_READER_US);
}

void archive_db_close(archive_db *db)
{
    if (!db->pool) {
        return;
    }
    ask_now(db);
    apr_pool_destroy(db->scratch);
    apr_pool_destroy(db->results);
    apr_pool_destroy(db->statements);
    if (db->handle) {
        apr_dbd_close(db->driver, db->handle);
    }
    archive_watch_end(&db->watched);
    archive_watch_remove(&db->watched);
    if (atomic_exchange(&db->watched.cut, false)) {
        archive_door_doubt();
    }
    apr_pool_destroy(db->pool);
    db->pool = NULL;
    db->handle = NULL;
    db->begun = db->judged = false; /* nothing of it was done */
    db->answer = NULL;
    db->row = NULL;
    memset(db->prepared, 0, sizeof(db->prepared));
}

/* Two processes of ours that open or leave a SQLite file at once are in each
 * other's way for a moment. And a search may take PostgreSQL longer than we
 * wait. */
static bool is_passing(archive_db *db, const char *error)
{
    if (db->facts.dialect == ARCHIVE_PGSQL && !db->facts.writes) {
        return strstr(error, "statement timeout") != NULL;
    }
    return db->facts.dialect == ARCHIVE_SQLITE
           && strstr(error, "is locked") != NULL && db->locked++ == 0;
}

static void copy_reason(char text[ARCHIVE_DB_REASON], const char *error)
{
    apr_cpystrn(text, error ? error : "no reason is told",
                ARCHIVE_DB_REASON);
    text[strcspn(text, "\n")] = '\0'; /* PostgreSQL says more than one */
}

/* Whatever it was, what the connection was doing is over: the pieces of a
 * broken transaction are nobody's. */
static archive_status fail(archive_db *db, const char *error)
{
    int64_t most = db->facts.writes ? PAUSE_MOST : PAUSE_READER;
    char text[ARCHIVE_DB_REASON];
    bool passing;

    if (atomic_load(&db->watched.cut)) {
        error = NO_ANSWER;
    }
    copy_reason(text, error);
    passing = is_passing(db, text);
    if (!passing) {
        archive_door_tell(db->settings, text);
        if (db->facts.store) {
            room_archive_count(db->facts.store, 0, 1);
        }
    }
    archive_db_close(db);
    if (passing && db->facts.dialect == ARCHIVE_PGSQL) {
        return ARCHIVE_AWAY; /* the server is well: whoever is next connects */
    }
    db->retry_us = base_clock_mono() + db->pause;
    db->pause = db->pause * 2 < most ? db->pause * 2 : most;
    return ARCHIVE_AWAY;
}

static archive_status fail_with(archive_db *db, int error)
{
    const char *text = apr_dbd_error(db->driver, db->handle, error);

    if (db->judged && text && !archive_advice_passes(text)) {
        copy_reason(db->facts.refused, text);
        return ARCHIVE_FAILED;
    }
    return fail(db, text);
}

static archive_status connect_to(archive_db *db)
{
    const char *error = NULL;
    apr_status_t status;
    bool first;

    if (db->facts.writes) {
        archive_door_make(db->settings);
    }
    db->facts.file = archive_door_file(db->settings);
    if (db->facts.dialect == ARCHIVE_SQLITE && !db->facts.writes
        && db->facts.file == 0) { /* it is for the writer to make it */
        return fail(db, "unable to open database file");
    }
    if (!archive_door_enter(db->settings, &first)) {
        return fail(db, NO_ANSWER);
    }
    status = apr_dbd_open_ex(db->driver, db->pool,
                             archive_door_parameters(db->settings, db->pool),
                             &db->handle, &error);
    archive_door_leave(first);
    if (status != APR_SUCCESS) {
        db->handle = NULL; /* it was closed */
        return fail(db, error);
    }
    archive_watch_add(&db->watched, db->driver, db->handle);
    return ARCHIVE_OK;
}

static archive_status say_all(archive_db *db, const char *const *commands)
{
    archive_status status = ARCHIVE_OK;

    while (*commands && status == ARCHIVE_OK) {
        status = archive_db_command(db, *commands++, true);
    }
    return status;
}

/* With an ack the commit is on the disk; without one it may be so a moment
 * later, and the database stays whole. */
static archive_status begin_session(archive_db *db)
{
    archive_dialect dialect = db->facts.dialect;
    archive_status status = say_all(
        db, archive_dialect_opening(dialect, db->facts.writes));
    bool ack = db->settings->ack;

    if (status != ARCHIVE_OK || db->facts.dialect == ARCHIVE_MYSQL) {
        return status;
    }
    if (db->facts.dialect == ARCHIVE_PGSQL) {
        return archive_db_command(db, ack ? "SET synchronous_commit = on"
                                          : "SET synchronous_commit = off",
                                  true);
    }
    return archive_db_command(db, ack ? "PRAGMA synchronous=FULL"
                                      : "PRAGMA synchronous=NORMAL",
                              true);
}

static archive_status prepare(archive_db *db, archive_statement which)
{
    const char *sql = archive_dialect_sql(db->facts.dialect, which);
    char label[24];
    int error;

    apr_snprintf(label, sizeof(label), "chatws_%d", (int)which);
    ask_now(db);
    error = apr_dbd_prepare(db->driver, db->statements, db->handle, sql, label,
                            &db->prepared[which]);
    archive_watch_end(&db->watched);
    return error != 0 ? fail_with(db, error) : ARCHIVE_OK;
}

/* The folder's rights are no reason to let go of what is open. */
static bool is_open(const archive_db *db)
{
    uint64_t file = db->handle ? archive_door_file(db->settings) : 0;

    return db->handle && (file == db->facts.file || file == BASE_FILE_HIDDEN);
}

archive_status archive_db_open(archive_db *db, bool *fresh)
{
    archive_status status;

    *fresh = false;
    if (is_open(db)) {
        return ARCHIVE_OK;
    }
    if (db->handle && db->facts.writes) {
        return fail(db, "its file was deleted, or another one was put in its"
                        " place");
    }
    archive_db_close(db);
    if (base_clock_mono() < db->retry_us) {
        return ARCHIVE_AWAY;
    }
    BASE_CHECK(apr_pool_create_unmanaged_ex(&db->pool, NULL, NULL)
               == APR_SUCCESS);
    apr_allocator_max_free_set(apr_pool_allocator_get(db->pool), KEPT_BYTES);
    apr_pool_create(&db->statements, db->pool);
    apr_pool_create(&db->results, db->pool);
    apr_pool_create(&db->scratch, db->pool);
    if (db->pause == 0) {
        db->pause = PAUSE_FIRST;
    }
    if (db->facts.dialect == ARCHIVE_DIALECTS
        || apr_dbd_get_driver(db->pool, db->settings->driver, &db->driver)
               != APR_SUCCESS) {
        return fail(db, "apr-util has no such driver");
    }
    status = connect_to(db);
    if (status == ARCHIVE_OK) {
        status = begin_session(db);
    }
    *fresh = status == ARCHIVE_OK;
    return status;
}

void archive_db_settle(archive_db *db, bool indexed, bool exact)
{
    db->facts.indexed = indexed;
    db->facts.exact = exact;
}

/* It did what it is there for: to open it may succeed where that fails. */
static void work_is_done(archive_db *db)
{
    db->pause = PAUSE_FIRST;
    db->locked = 0;
}

static archive_status ready(archive_db *db, archive_statement statement)
{
    if (!db->handle) {
        return ARCHIVE_AWAY;
    }
    return db->prepared[statement] ? ARCHIVE_OK : prepare(db, statement);
}

/* Somebody has made a table or an index in the SQLite file, or vacuumed it:
 * nothing was done, and what is prepared is of no use any more. */
static bool is_stale(archive_db *db, int error)
{
    if (error == 0 || db->facts.dialect != ARCHIVE_SQLITE
        || strstr(apr_dbd_error(db->driver, db->handle, error),
                  "schema has changed") == NULL) {
        return false;
    }
    memset(db->prepared, 0, sizeof(db->prepared));
    return true;
}

static int run(archive_db *db, archive_statement statement,
               const void *const *values, int *rows)
{
    int error;

    ask_now(db);
    apr_pool_clear(db->scratch);
    error = apr_dbd_pbquery(db->driver, db->scratch, db->handle, rows,
                            db->prepared[statement],
                            (const void **)(uintptr_t)values);
    archive_watch_end(&db->watched);
    return error;
}

archive_status archive_db_run(archive_db *db, archive_statement statement,
                              const void *const *values, int *rows)
{
    archive_status status = ready(db, statement);
    int changed = 0;
    int error = status == ARCHIVE_OK ? run(db, statement, values, &changed)
                                     : 0;

    if (is_stale(db, error)) {
        status = ready(db, statement);
        error = status == ARCHIVE_OK ? run(db, statement, values, &changed)
                                     : 0;
    }
    if (rows) {
        *rows = changed;
    }
    return error != 0 ? fail_with(db, error) : status;
}

/* PostgreSQL's driver sleeps for a tenth of a second before the end of an
 * answer that is not wanted "random". */
static int ask(archive_db *db, archive_statement statement,
               const void *const *values)
{
    int error;

    ask_now(db);
    db->row = NULL;
    db->answer = NULL;
    apr_pool_clear(db->results);
    error = apr_dbd_pbselect(db->driver, db->results, db->handle, &db->answer,
                             db->prepared[statement],
                             db->facts.dialect == ARCHIVE_PGSQL,
                             (const void **)(uintptr_t)values);
    archive_watch_end(&db->watched);
    return error;
}

archive_status archive_db_select(archive_db *db, archive_statement statement,
                                 const void *const *values)
{
    archive_status status = ready(db, statement);
    int error = status == ARCHIVE_OK ? ask(db, statement, values) : 0;

    if (is_stale(db, error)) {
        status = ready(db, statement);
        error = status == ARCHIVE_OK ? ask(db, statement, values) : 0;
    }
    if (error == 0 && status == ARCHIVE_OK && !db->facts.writes) {
        work_is_done(db);
    }
    return error != 0 ? fail_with(db, error) : status;
}

bool archive_db_row(archive_db *db)
{
    ask_now(db); /* MariaDB's driver fetches row by row */
    if (!db->answer
        || apr_dbd_get_row(db->driver, db->results, db->answer, &db->row, -1)
               != 0) {
        db->answer = NULL;
        db->row = NULL;
    }
    archive_watch_end(&db->watched);
    return db->row != NULL;
}

int64_t archive_db_number(archive_db *db, int column)
{
    apr_int64_t number = 0;

    (void)apr_dbd_datum_get(db->driver, db->row, column,
                            APR_DBD_TYPE_LONGLONG, &number);
    return number;
}

/* Not apr_dbd_get_entry, with which MySQL's driver does not end a text that is
 * longer than we have asked for. */
const char *archive_db_text(archive_db *db, int column, size_t *size)
{
    const char *text = NULL;

    if (apr_dbd_datum_get(db->driver, db->row, column, APR_DBD_TYPE_TEXT,
                          &text) != APR_SUCCESS || !text) {
        text = "";
    }
    if (size) {
        *size = strlen(text);
    }
    return text;
}

/* SQLite's driver takes the row that a PRAGMA answers with for an error, but in
 * a select; and what it has prepared before tables are made is of no use
 * then. */
static int say(archive_db *db, const char *sql)
{
    int rows;
    int error;

    if (db->facts.dialect != ARCHIVE_SQLITE) {
        ask_now(db);
        error = apr_dbd_query(db->driver, db->handle, &rows, sql);
        archive_watch_end(&db->watched);
        return error;
    }
    if (strncmp(sql, "CREATE", 6) == 0) {
        memset(db->prepared, 0, sizeof(db->prepared));
    }
    db->row = NULL;
    db->answer = NULL;
    apr_pool_clear(db->results);
    return apr_dbd_select(db->driver, db->results, db->handle, &db->answer,
                          sql, 0);
}

archive_status archive_db_command(archive_db *db, const char *sql, bool must)
{
    int error = db->handle ? say(db, sql) : 0;

    if (!db->handle) {
        return ARCHIVE_AWAY;
    }
    if (error != 0) {
        return must ? fail_with(db, error) : ARCHIVE_FAILED;
    }
    return ARCHIVE_OK;
}

/* Said by ourselves: PostgreSQL's driver crashes in apr_dbd_transaction_start
 * when the server is gone. What fails in a transaction closes the connection,
 * so that nobody commits the rest. */
archive_status archive_db_begin(archive_db *db, bool judged)
{
    archive_status status = archive_db_command(
        db, db->facts.dialect == ARCHIVE_SQLITE ? "BEGIN IMMEDIATE"
                                                : "START TRANSACTION", true);

    db->begun = status == ARCHIVE_OK;
    db->judged = db->begun && judged;
    return status;
}

archive_status archive_db_end(archive_db *db, bool commit)
{
    archive_status status = ARCHIVE_AWAY;

    if (db->begun) {
        db->begun = db->judged = false;
        status = archive_db_command(db, commit ? "COMMIT" : "ROLLBACK", true);
    }
    if (status == ARCHIVE_OK && commit) {
        work_is_done(db);
    }
    return status;
}

archive_status archive_db_refuse(archive_db *db, const char *why)
{
    (void)fail(db, why);
    db->retry_us = base_clock_mono() + PAUSE_MOST;
    return ARCHIVE_FAILED;
}
