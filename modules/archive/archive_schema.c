/* archive_schema.c - see archive_schema.h. */
#include "archive/archive_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF(number) #number
#define VERSION_TEXT(number) TEXT_OF(number)

static archive_status has_relation(archive_db *db, const char *name, bool *has)
{
    const void *values[] = { name };
    archive_status status = archive_db_select(db, ARCHIVE_HAS_RELATION,
                                              values);

    *has = status == ARCHIVE_OK && archive_db_row(db)
           && archive_db_number(db, 0) > 0;
    return status;
}

/* Messages are UTF-8. MariaDB's columns are whatever the database is. */
static archive_status check_encoding(archive_db *db)
{
    archive_status status;

    if (archive_db_about(db)->dialect != ARCHIVE_PGSQL) {
        return ARCHIVE_OK;
    }
    status = archive_db_select(db, ARCHIVE_ENCODING, NULL);
    if (status == ARCHIVE_OK
        && (!archive_db_row(db)
            || strcmp(archive_db_text(db, 0, NULL), "UTF8") != 0)) {
        return archive_db_refuse(db, "the encoding of this database is not"
                                     " UTF8: create it with ENCODING 'UTF8'");
    }
    return status;
}

/* 0: there are no tables. */
static archive_status read_version(archive_db *db, long *version)
{
    const void *values[] = { "version" };
    bool has;
    archive_status status = has_relation(db, "chatws_meta", &has);

    *version = 0;
    if (status != ARCHIVE_OK || !has) {
        return status;
    }
    status = archive_db_select(db, ARCHIVE_META_GET, values);
    if (status == ARCHIVE_OK && archive_db_row(db)) {
        *version = strtol(archive_db_text(db, 0, NULL), NULL, 10);
    }
    return status;
}

/* Each step is a transaction where the database has such for tables; where not
 * (MariaDB) every command can be said twice. */
static archive_status make_tables(archive_db *db)
{
    const void *values[] = { "version",
                             VERSION_TEXT(ARCHIVE_DIALECT_VERSION) };
    const char *const *commands =
        archive_dialect_tables(archive_db_about(db)->dialect, 1);
    archive_status status = archive_db_begin(db, false);

    while (status == ARCHIVE_OK && *commands) {
        status = archive_db_command(db, *commands++, true);
    }
    if (status == ARCHIVE_OK) {
        status = archive_db_run(db, ARCHIVE_META_ADD, values, NULL);
    }
    return status == ARCHIVE_OK ? archive_db_end(db, true) : status;
}

/* `exact`: as of archive_db_facts. */
static archive_status look_at_index(archive_db *db, bool *indexed, bool *exact)
{
    bool sqlite = archive_db_about(db)->dialect == ARCHIVE_SQLITE;
    archive_status status = has_relation(db, "chatws_words", indexed);

    *exact = *indexed && !sqlite;
    if (status == ARCHIVE_OK && *indexed && sqlite) {
        status = archive_db_select(db, ARCHIVE_INDEX_EXACT, NULL);
        *exact = status == ARCHIVE_OK && archive_db_row(db)
                 && archive_db_number(db, 0) > 0;
    }
    return status;
}

/* One that is there gets better when SQLite does. */
static archive_status make_index(archive_db *db)
{
    const char *const *commands =
        archive_dialect_index(archive_db_about(db)->dialect);
    bool indexed = false;
    bool exact = false;
    archive_status status = ARCHIVE_OK;

    if (*commands) {
        status = look_at_index(db, &indexed, &exact);
    }
    if (status == ARCHIVE_OK && *commands && !exact
        && archive_db_about(db)->writes) {
        while (*commands) {
            (void)archive_db_command(db, *commands++, false);
        }
        status = look_at_index(db, &indexed, &exact);
    }
    if (status == ARCHIVE_OK) {
        archive_db_settle(db, indexed, exact);
    }
    return status;
}

/* apr_dbd's driver waits, who lets other threads go on meanwhile: sixteen times
 * for this and a tenth of a second. */
archive_status archive_schema_wait(archive_db *db)
{
    return archive_db_about(db)->dialect == ARCHIVE_SQLITE
               ? archive_db_command(db, "PRAGMA busy_timeout=100", true)
               : ARCHIVE_OK;
}

static archive_status check(archive_db *db)
{
    char why[160];
    long version = 0;
    archive_status status = check_encoding(db);

    if (status == ARCHIVE_OK) {
        status = read_version(db, &version);
    }
    if (status == ARCHIVE_OK && version > ARCHIVE_DIALECT_VERSION) {
        snprintf(why, sizeof(why),
                 "its tables are of version %ld, and this module knows up to"
                 " %d: install the newer mod_chatws again",
                 version, ARCHIVE_DIALECT_VERSION);
        return archive_db_refuse(db, why);
    }
    if (status == ARCHIVE_OK && version == 0) {
        status = archive_db_about(db)->writes
                     ? make_tables(db)
                     : archive_db_refuse(db, "there are no tables of"
                                             " mod_chatws in it");
    }
    if (status == ARCHIVE_OK) {
        status = make_index(db);
    }
    return status == ARCHIVE_OK ? archive_schema_wait(db) : status;
}

archive_status archive_schema_open(archive_db *db)
{
    bool fresh;
    archive_status status = archive_db_open(db, &fresh);

    return status == ARCHIVE_OK && fresh ? check(db) : status;
}
