/* archive_dialect.h - what is said to each kind of database: all SQL is here.
 *
 * Statements are prepared ones in apr_dbd's form: %lld is an int64_t, %s a text
 * that ends with a NUL. Nothing of what people write is ever part of one. Pure.
 */
#ifndef CHATWS_ARCHIVE_DIALECT_H
#define CHATWS_ARCHIVE_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

/* The version of the tables that this module makes. */
#define ARCHIVE_DIALECT_VERSION 1

typedef enum {
    ARCHIVE_SQLITE,
    ARCHIVE_PGSQL,
    ARCHIVE_MYSQL,
    ARCHIVE_DIALECTS
} archive_dialect;

/* Rows of ARCHIVE_EVENT_ADD_MANY. */
#define ARCHIVE_DIALECT_MANY 16

/* The prepared statements; archive_dialect.c says what each takes and gives. */
typedef enum {
    ARCHIVE_HAS_RELATION,
    ARCHIVE_ENCODING,
    ARCHIVE_META_GET,
    ARCHIVE_META_ADD,
    ARCHIVE_META_DROP,
    ARCHIVE_ROOM_ADD,
    ARCHIVE_ROOM_GET,
    ARCHIVE_ROOM_NEWEST,
    ARCHIVE_ROOM_STATE,
    ARCHIVE_ROOM_KEEP,
    ARCHIVE_ROOM_COMPLETE,
    ARCHIVE_ROOM_INDEXED,
    ARCHIVE_ROOMS_LIST,
    ARCHIVE_ROOMS_REALM,
    ARCHIVE_ROOMS_NEWEST,
    ARCHIVE_EVENT_ADD,
    ARCHIVE_EVENT_ADD_MANY, /* ARCHIVE_DIALECT_MANY of them */
    ARCHIVE_EVENT_GET,
    ARCHIVE_EVENT_SET,
    ARCHIVE_EVENTS_BEFORE,
    ARCHIVE_MESSAGES_BETWEEN,
    ARCHIVE_EVENTS_AFTER,
    ARCHIVE_EVENTS_REFS,
    ARCHIVE_EVENTS_OLD,
    ARCHIVE_EVENTS_DROP,
    ARCHIVE_EDIT_PUT,
    ARCHIVE_EDIT_GET,
    ARCHIVE_EDITS_DROP,
    ARCHIVE_SCAN_STEP,
    ARCHIVE_SCAN_FIND,
    ARCHIVE_INDEX_FIND,
    ARCHIVE_INDEX_ADD,
    ARCHIVE_INDEX_TAKE_OUT,
    ARCHIVE_INDEX_DROP,
    ARCHIVE_INDEX_MERGE,
    ARCHIVE_INDEX_EXACT,
    ARCHIVE_INDEX_CHANGES,
    ARCHIVE_ERASE_STEP,
    ARCHIVE_ERASE_FIND,
    ARCHIVE_ERASE_SANCTIONS,
    ARCHIVE_ERASE_BY,
    ARCHIVE_SANCTION_ADD,
    ARCHIVE_SANCTION_DROP,
    ARCHIVE_SANCTIONS_LIST,
    ARCHIVE_WRITER_GET,
    ARCHIVE_WRITER_ADD,
    ARCHIVE_WRITER_TAKE,
    ARCHIVE_WRITER_BEAT,
    ARCHIVE_WRITER_LEAVE,
    ARCHIVE_STATEMENTS
} archive_statement;

/* The dialect that an apr_dbd driver speaks; ARCHIVE_DIALECTS: none of ours. */
archive_dialect archive_dialect_of(const char *driver);

/* The Debian package with apr_dbd's driver. */
const char *archive_dialect_package(archive_dialect dialect);

/* The prepared statement; NULL: this dialect has none. */
const char *archive_dialect_sql(archive_dialect dialect,
                                archive_statement statement);

/* What is said first on each new connection, one command each, and NULL. */
const char *const *archive_dialect_opening(archive_dialect dialect,
                                           bool writes);

/* What makes the tables of a version out of those of the version before; NULL
 * behind the last. */
const char *const *archive_dialect_tables(archive_dialect dialect,
                                          int version);

/* What makes the index of a search, one command each, and NULL. It may fail:
 * then there is none, and searches take longer. */
const char *const *archive_dialect_index(archive_dialect dialect);

#endif
