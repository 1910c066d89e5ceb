/* archive_dialect.c - see archive_dialect.h. */
#include "archive/archive_dialect.h"

#include <string.h>

/* A position: an id from here on downwards, or upwards. Written so that each
 * planner takes the range of `ms` from the key: MariaDB does not from a
 * comparison of rows. Three values: ms, ms, n. */
#define BELOW "ms <= %lld AND (ms < %lld OR n < %lld)"
#define ABOVE "ms >= %lld AND (ms > %lld OR n > %lld)"

#define EVENT \
    "ms, n, kind, author, ref, stored, state, text_at, text_size, body"
#define NEWEST_FIRST " ORDER BY ms DESC, n DESC LIMIT %lld"

#define SANCTION \
    "kind, scope, whom, realm, until, made, address, user_hash, user_guest," \
    " by_hash, by_guest, user_name, user_id, by_name, by_id, reason"

/* ARCHIVE_PAST_ROOM */
#define ROOM_SPAN "1099511627776"
#define ROOM(top) \
    "SELECT id, birth_ms, birth_n, newest_ms, newest_n, complete_ms," \
    " complete_n, keep_ms, locked, slow, " top ", indexed, topic, realm" \
    " FROM chatws_rooms WHERE name = %s"
#define ROOMS_SINCE \
    "SELECT newest_ms, newest_n, name FROM chatws_rooms" \
    " WHERE newest_ms >= %lld AND top > 0 AND "
#define NEWEST_ROOM " ORDER BY newest_ms DESC, newest_n DESC LIMIT %lld"

#define INTO_META "INTO chatws_meta (name, value) VALUES (%s, %s)"
#define INTO_ROOMS \
    "INTO chatws_rooms (name, birth_ms, birth_n, newest_ms, newest_n," \
    " complete_ms, complete_n, keep_ms) VALUES (%s, %lld, %lld, %lld," \
    " %lld, %lld, %lld, %lld)"
#define A_ROW \
    "(%lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld," \
    " %pDt, %pDt)"
#define FOUR_ROWS A_ROW ", " A_ROW ", " A_ROW ", " A_ROW
#define EVENTS_VALUES \
    "INTO chatws_events (room, pos, " EVENT ", folded) VALUES "
#define INTO_EVENTS EVENTS_VALUES A_ROW
/* ARCHIVE_DIALECT_MANY: a server takes as long for sixteen as for one, and
 * threads of a process have the SQLite driver in turn, a statement each. */
#define MANY_EVENTS \
    EVENTS_VALUES FOUR_ROWS ", " FOUR_ROWS ", " FOUR_ROWS ", " FOUR_ROWS
#define INTO_EDITS \
    "INTO chatws_edits (room, ms, n, by_ms, by_n) VALUES (%lld, %lld, %lld," \
    " %lld, %lld)"
#define NEWEST_EDIT \
    " ON CONFLICT (room, ms, n) DO UPDATE SET by_ms = excluded.by_ms," \
    " by_n = excluded.by_n"
#define INTO_WRITER \
    "INTO chatws_writer (id, instance, host, pid, beat, stamp)" \
    " VALUES (1, 0, '', 0, 0, 0)"

/* INSERT of what may be there already: a batch that is written again, after a
 * commit whose answer nobody got, changes nothing. */
#define ONCE(into, key, column) \
    { "INSERT " into " ON CONFLICT (" key ") DO NOTHING", \
      "INSERT " into " ON CONFLICT (" key ") DO NOTHING", \
      "INSERT " into " ON DUPLICATE KEY UPDATE " column " = " column }
#define SAME(sql) { sql, sql, sql }
#define SQLITE_ONLY(sql) { sql, NULL, NULL }

/* The database's own clock, in seconds: that of several hosts. */
#define WITH_CLOCK(before, after) \
    { before "CAST(strftime('%%s', 'now') AS INTEGER)" after, \
      before "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)" after, \
      before "UNIX_TIMESTAMP()" after }

/* Every word, "" when there are fewer. */
#define FIND(function) function function function function function \
    function function function

static const char *const statements[ARCHIVE_STATEMENTS][ARCHIVE_DIALECTS] = {
    /* how many tables and indices of this name there are */
    [ARCHIVE_HAS_RELATION] = {
        "SELECT COUNT(*) FROM sqlite_master WHERE name = %s",
        "SELECT COUNT(*) FROM pg_class c LEFT JOIN pg_index i"
        " ON i.indexrelid = c.oid WHERE c.relname = %pDt"
        " AND pg_table_is_visible(c.oid) AND COALESCE(i.indisvalid, true)",
        "SELECT COUNT(*) FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name = %s",
    },
    [ARCHIVE_ENCODING] = {
        NULL, "SELECT current_setting('server_encoding')", NULL
    },
    [ARCHIVE_META_GET] =
        SAME("SELECT value FROM chatws_meta WHERE name = %s"),
    [ARCHIVE_META_ADD] = ONCE(INTO_META, "name", "name"),
    [ARCHIVE_META_DROP] = SAME("DELETE FROM chatws_meta WHERE name = %s"),

    [ARCHIVE_ROOM_ADD] = ONCE(INTO_ROOMS, "name", "name"),
    /* In SQLite no two events may have one pos, which is their row's number:
     * what there is counts. */
    [ARCHIVE_ROOM_GET] = {
        ROOM("max(top, ifnull((SELECT pos FROM chatws_events"
             " WHERE pos > id * " ROOM_SPAN " AND pos < (id + 1) * " ROOM_SPAN
             " ORDER BY pos DESC LIMIT 1), 0))"),
        ROOM("top"), ROOM("top"),
    },
    [ARCHIVE_ROOM_NEWEST] =
        SAME("UPDATE chatws_rooms SET newest_ms = %lld, newest_n = %lld,"
             " top = %lld WHERE id = %lld"),
    [ARCHIVE_ROOM_STATE] =
        SAME("UPDATE chatws_rooms SET locked = %lld, slow = %lld, topic = %s"
             " WHERE id = %lld"),
    [ARCHIVE_ROOM_KEEP] =
        SAME("UPDATE chatws_rooms SET keep_ms = %lld, realm = %lld"
             " WHERE id = %lld"),
    [ARCHIVE_ROOM_COMPLETE] =
        SAME("UPDATE chatws_rooms SET complete_ms = %lld, complete_n = %lld"
             " WHERE id = %lld"),
    [ARCHIVE_ROOM_INDEXED] =
        SAME("UPDATE chatws_rooms SET indexed = %lld WHERE id = %lld"),
    /* from an id on, most */
    [ARCHIVE_ROOMS_LIST] =
        SAME("SELECT id, keep_ms, top, indexed, complete_ms, complete_n, name"
             " FROM chatws_rooms WHERE id > %lld ORDER BY id LIMIT %lld"),
    /* from an id on, realm */
    [ARCHIVE_ROOMS_REALM] =
        SAME("SELECT id, keep_ms, top, indexed FROM chatws_rooms"
             " WHERE id > %lld AND realm = %lld ORDER BY id LIMIT 1"),
    /* since, the beginning of the name, most */
    [ARCHIVE_ROOMS_NEWEST] = {
        ROOMS_SINCE "instr(name, %s) = 1" NEWEST_ROOM,
        ROOMS_SINCE "strpos(name, %pDt) = 1" NEWEST_ROOM,
        ROOMS_SINCE "LOCATE(%s, name) = 1" NEWEST_ROOM,
    },

    [ARCHIVE_EVENT_ADD] = ONCE(INTO_EVENTS, "room, ms, n", "n"),
    [ARCHIVE_EVENT_ADD_MANY] = ONCE(MANY_EVENTS, "room, ms, n", "n"),
    [ARCHIVE_EVENT_GET] =
        SAME("SELECT " EVENT ", pos FROM chatws_events"
             " WHERE room = %lld AND ms = %lld AND n = %lld"),
    [ARCHIVE_EVENT_SET] =
        SAME("UPDATE chatws_events SET author = %lld, ref = %lld,"
             " state = %lld, text_at = %lld, text_size = %lld, body = %pDt,"
             " folded = %pDt WHERE room = %lld AND ms = %lld AND n = %lld"),
    /* room, below, most */
    [ARCHIVE_EVENTS_BEFORE] =
        SAME("SELECT " EVENT " FROM chatws_events WHERE room = %lld AND "
             BELOW NEWEST_FIRST),
    /* room, below, above, most */
    [ARCHIVE_MESSAGES_BETWEEN] =
        SAME("SELECT " EVENT " FROM chatws_events WHERE room = %lld"
             " AND kind = 0 AND " BELOW " AND " ABOVE NEWEST_FIRST),
    [ARCHIVE_EVENTS_AFTER] =
        SAME("SELECT " EVENT " FROM chatws_events WHERE room = %lld AND "
             ABOVE " ORDER BY ms, n LIMIT %lld"),
    /* room, since, below, most */
    [ARCHIVE_EVENTS_REFS] =
        SAME("SELECT ms, n, kind, author, ref, stored FROM chatws_events"
             " WHERE room = %lld AND ms >= %lld AND " BELOW " AND ref <> 0"
             NEWEST_FIRST),
    /* room, before ms, how many */
    [ARCHIVE_EVENTS_OLD] =
        SAME("SELECT ms, n FROM chatws_events WHERE room = %lld AND ms < %lld"
             " ORDER BY ms, n LIMIT 1 OFFSET %lld"),
    [ARCHIVE_EVENTS_DROP] =
        SAME("DELETE FROM chatws_events WHERE room = %lld AND " BELOW),

    [ARCHIVE_EDIT_PUT] = {
        "INSERT " INTO_EDITS NEWEST_EDIT, "INSERT " INTO_EDITS NEWEST_EDIT,
        "INSERT " INTO_EDITS " ON DUPLICATE KEY UPDATE by_ms = VALUES(by_ms),"
        " by_n = VALUES(by_n)",
    },
    [ARCHIVE_EDIT_GET] =
        SAME("SELECT by_ms, by_n FROM chatws_edits"
             " WHERE room = %lld AND ms = %lld AND n = %lld"),
    [ARCHIVE_EDITS_DROP] =
        SAME("DELETE FROM chatws_edits WHERE room = %lld AND " BELOW),

    /* room, below, how many */
    [ARCHIVE_SCAN_STEP] =
        SAME("SELECT ms, n FROM chatws_events WHERE room = %lld AND " BELOW
             " ORDER BY ms DESC, n DESC LIMIT 1 OFFSET %lld"),
    /* room, below, above, the words, most */
    [ARCHIVE_SCAN_FIND] = {
        "SELECT " EVENT " FROM chatws_events WHERE room = %lld AND kind = 0"
        " AND " BELOW " AND " ABOVE FIND(" AND instr(folded, %s) > 0")
        NEWEST_FIRST,
        "SELECT " EVENT " FROM chatws_events WHERE room = %lld AND kind = 0"
        " AND " BELOW " AND " ABOVE FIND(" AND strpos(folded, %pDt) > 0")
        NEWEST_FIRST,
        "SELECT " EVENT " FROM chatws_events WHERE room = %lld AND kind = 0"
        " AND " BELOW " AND " ABOVE FIND(" AND LOCATE(%s, folded) > 0")
        NEWEST_FIRST,
    },
    /* SQLite: what to match, positions from and below, most. PostgreSQL: the
     * longest word as a pattern, room, below, the words, most. */
    [ARCHIVE_INDEX_FIND] = {
        "SELECT " EVENT ", pos, folded FROM chatws_events WHERE pos IN"
        " (SELECT rowid FROM chatws_words WHERE chatws_words MATCH %s"
        " AND rowid >= %lld AND rowid < %lld ORDER BY rowid DESC LIMIT %lld)"
        " ORDER BY pos DESC",
        "SELECT " EVENT ", pos, folded FROM chatws_events"
        " WHERE folded LIKE %pDt AND room = %lld AND kind = 0 AND " BELOW
        FIND(" AND strpos(folded, %pDt) > 0")
        " ORDER BY ms + 0 DESC, n DESC LIMIT %lld",
        NULL,
    },
    /* positions after, up to */
    [ARCHIVE_INDEX_ADD] = SQLITE_ONLY(
        "INSERT INTO chatws_words (rowid, folded) SELECT pos, folded"
        " FROM chatws_events WHERE pos > %lld AND pos <= %lld AND kind = 0"),
    /* what is written over: its position */
    [ARCHIVE_INDEX_TAKE_OUT] = SQLITE_ONLY(
        "INSERT INTO chatws_words (chatws_words, rowid, folded)"
        " SELECT 'delete', pos, folded FROM chatws_events WHERE pos = %lld"
        " AND kind = 0"),
    /* what is dropped: room, up to position, below */
    [ARCHIVE_INDEX_DROP] = SQLITE_ONLY(
        "INSERT INTO chatws_words (chatws_words, rowid, folded)"
        " SELECT 'delete', pos, folded FROM chatws_events WHERE room = %lld"
        " AND kind = 0 AND pos <= %lld AND " BELOW),
    [ARCHIVE_INDEX_MERGE] = SQLITE_ONLY(
        "INSERT INTO chatws_words (chatws_words, rank) VALUES ('merge',"
        " %lld)"),
    [ARCHIVE_INDEX_EXACT] = SQLITE_ONLY(
        "SELECT COUNT(*) FROM chatws_words_config WHERE k = 'secure-delete'"
        " AND v <> 0"),
    [ARCHIVE_INDEX_CHANGES] = SQLITE_ONLY("SELECT total_changes()"),

    /* room, above, how many */
    [ARCHIVE_ERASE_STEP] =
        SAME("SELECT ms, n FROM chatws_events WHERE room = %lld AND " ABOVE
             " ORDER BY ms, n LIMIT 1 OFFSET %lld"),
    /* room, above, up to below, whose */
    [ARCHIVE_ERASE_FIND] =
        SAME("SELECT " EVENT ", pos FROM chatws_events WHERE room = %lld AND "
             ABOVE " AND " BELOW " AND author = %lld ORDER BY ms, n"
             " LIMIT %lld"),
    [ARCHIVE_ERASE_SANCTIONS] =
        SAME("DELETE FROM chatws_sanctions WHERE user_hash = %lld"),
    [ARCHIVE_ERASE_BY] =
        SAME("UPDATE chatws_sanctions SET by_hash = 0, by_guest = 1,"
             " by_name = 'erased', by_id = '' WHERE by_hash = %lld"),

    [ARCHIVE_SANCTION_ADD] = SAME(
        "INSERT INTO chatws_sanctions (" SANCTION ") VALUES (%lld, %lld,"
        " %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %s, %s, %s,"
        " %s, %s)"),
    [ARCHIVE_SANCTION_DROP] =
        SAME("DELETE FROM chatws_sanctions WHERE kind = %lld"
             " AND scope = %lld AND whom = %lld"),
    [ARCHIVE_SANCTIONS_LIST] =
        SAME("SELECT " SANCTION " FROM chatws_sanctions"),

    [ARCHIVE_WRITER_GET] = WITH_CLOCK(
        "SELECT instance, pid, beat, ",
        " - stamp, host FROM chatws_writer WHERE id = 1"),
    [ARCHIVE_WRITER_ADD] = ONCE(INTO_WRITER, "id", "id"),
    /* mine: instance, pid, host; the one before: instance, beat */
    [ARCHIVE_WRITER_TAKE] = WITH_CLOCK(
        "UPDATE chatws_writer SET instance = %lld, pid = %lld, host = %s,"
        " beat = beat + 1, stamp = ",
        " WHERE id = 1 AND instance = %lld AND beat = %lld"),
    [ARCHIVE_WRITER_BEAT] = WITH_CLOCK(
        "UPDATE chatws_writer SET beat = beat + 1, stamp = ",
        " WHERE id = 1 AND instance = %lld"),
    [ARCHIVE_WRITER_LEAVE] =
        SAME("UPDATE chatws_writer SET instance = 0, beat = beat + 1,"
             " stamp = 0 WHERE id = 1 AND instance = %lld"),
};

/* WAL, so that readers and the writer do not wait for each other. What is
 * overwritten is overwritten with zeros. Nothing is mapped: where a file is cut
 * short, or a disk does not read, that would be a signal and not an error. */
static const char *const sqlite_writing[] = {
    "PRAGMA busy_timeout=300", /* another process may be closing it */
    "PRAGMA auto_vacuum=INCREMENTAL", /* of a file that is new */
    "PRAGMA journal_mode=WAL",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",
    NULL
};

/* The file stays what the writer has made of it. */
static const char *const sqlite_opening[] = {
    "PRAGMA busy_timeout=300",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",
    NULL
};

static const char *const pgsql_opening[] = {
    "SET client_encoding = 'UTF8'",
    "SET statement_timeout = 5000",
    "SET lock_timeout = 5000",
    "SET idle_in_transaction_session_timeout = 30000",
    "SET jit = off",
    NULL
};

static const char *const mysql_opening[] = {
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION innodb_lock_wait_timeout = 5",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    NULL
};

#define TABLE "CREATE TABLE IF NOT EXISTS "
#define ROOMS(id, name, number, topic, end) \
    TABLE "chatws_rooms (id " id ", name " name " NOT NULL UNIQUE," \
    " birth_ms " number ", birth_n " number ", newest_ms " number "," \
    " newest_n " number ", complete_ms " number ", complete_n " number "," \
    " keep_ms " number ", realm " number ", locked " number "," \
    " slow " number ", top " number ", indexed " number "," \
    " topic " topic " NOT NULL" end
/* With all that ARCHIVE_ROOMS_NEWEST asks for. */
#define NEWEST_KEY "(newest_ms, newest_n, top, name)"
#define NEWEST "chatws_newest ON chatws_rooms " NEWEST_KEY

/* The order of the columns is that of the sizes: no padding in PostgreSQL. */
#define EVENTS(pos, number, small, text, key, end) \
    TABLE "chatws_events (pos " pos ", room " number ", ms " number \
    ", n " number ", author " number ", ref " number ", stored " number \
    ", text_at " small ", text_size " small ", kind " small \
    ", state " small ", body " text " NOT NULL, folded " text " NOT NULL, " \
    key ")" end
/* Which edit of a message is the newest: older ones have no text any more. */
#define EDITS(number, end) \
    TABLE "chatws_edits (room " number ", ms " number ", n " number \
    ", by_ms " number ", by_n " number \
    ", PRIMARY KEY (room, ms, n))" end
#define META(name, value, end) \
    TABLE "chatws_meta (name " name " NOT NULL PRIMARY KEY, value " \
    value " NOT NULL)" end
#define WRITER(id, number, text, end) \
    TABLE "chatws_writer (id " id " NOT NULL PRIMARY KEY, instance " \
    number ", pid " number ", beat " number ", stamp " number ", host " \
    text " NOT NULL)" end

#define SANCTIONS(number, text, end) \
    TABLE "chatws_sanctions (kind " number ", scope " number ", whom " \
    number ", realm " number ", until " number ", made " number \
    ", address " number ", user_hash " number ", user_guest " number \
    ", by_hash " number ", by_guest " number ", user_name " text \
    " NOT NULL, user_id " text " NOT NULL, by_name " text \
    " NOT NULL, by_id " text " NOT NULL, reason " text \
    " NOT NULL, PRIMARY KEY (kind, scope, whom))" end

#define WHOLE "INTEGER NOT NULL DEFAULT 0"
#define BIG "BIGINT NOT NULL DEFAULT 0"
#define INT "INT NOT NULL DEFAULT 0"
#define INNODB \
    " ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4" \
    " COLLATE=utf8mb4_bin"

static const char *const sqlite_tables[] = {
    META("TEXT", "TEXT", " WITHOUT ROWID"),
    ROOMS("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT", WHOLE,
          "TEXT DEFAULT ''", ")"),
    "CREATE INDEX IF NOT EXISTS " NEWEST,
    EVENTS("INTEGER PRIMARY KEY", WHOLE, WHOLE, "TEXT",
           "UNIQUE (room, ms, n)", ""),
    EDITS(WHOLE, " WITHOUT ROWID"),
    WRITER("INTEGER", WHOLE, "TEXT", ""),
    SANCTIONS(WHOLE, "TEXT", " WITHOUT ROWID"),
    NULL
};

/* Two hosts may begin at once: "IF NOT EXISTS" fails for the second one, unless
 * it waits until the first is done. */
static const char *const pgsql_tables[] = {
    "DO $$ BEGIN PERFORM pg_advisory_xact_lock(1667788147); END $$",
    META("TEXT", "TEXT", ""),
    ROOMS("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "TEXT", BIG,
          "TEXT DEFAULT ''", ")"),
    "CREATE INDEX IF NOT EXISTS " NEWEST,
    EVENTS(BIG, BIG, INT, "TEXT", "PRIMARY KEY (room, ms, n)", ""),
    EDITS(BIG, ""),
    WRITER("BIGINT", BIG, "TEXT", ""),
    SANCTIONS(BIG, "TEXT", ""),
    NULL
};

/* Bytes are compared as bytes; texts are never more than 64 KB. */
static const char *const mysql_tables[] = {
    META("VARCHAR(64)", "VARCHAR(255)", INNODB),
    ROOMS("BIGINT AUTO_INCREMENT PRIMARY KEY", "VARBINARY(512)", BIG,
          "VARCHAR(200) DEFAULT ''",
          ", KEY chatws_newest " NEWEST_KEY ")" INNODB),
    EVENTS(BIG, BIG, INT, "MEDIUMTEXT", "PRIMARY KEY (room, ms, n)", INNODB),
    EDITS(BIG, INNODB),
    WRITER("BIGINT", BIG, "VARCHAR(255)", INNODB),
    SANCTIONS(BIG, "VARCHAR(255)", INNODB),
    NULL
};

/* Three characters each, of folded texts. What is deleted leaves the index
 * itself too, where SQLite knows how (3.42). */
static const char *const sqlite_index[] = {
    "CREATE VIRTUAL TABLE IF NOT EXISTS chatws_words USING fts5(folded,"
    " content='chatws_events', content_rowid='pos', detail=none,"
    " columnsize=0, tokenize='trigram case_sensitive 1')",
    "INSERT INTO chatws_words (chatws_words, rank)"
    " VALUES ('secure-delete', 1)",
    NULL
};

static const char *const pgsql_index[] = {
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS chatws_words ON chatws_events"
    " USING gin (folded gin_trgm_ops) WHERE kind = 0",
    NULL
};

static const char *const no_commands[] = { NULL };

static const struct {
    const char *driver;
    const char *package;
    const char *const *opening;
    const char *const *tables[ARCHIVE_DIALECT_VERSION]; /* from 1 on */
    const char *const *index;
} dialects[ARCHIVE_DIALECTS] = {
    [ARCHIVE_SQLITE] = { "sqlite3", "libaprutil1-dbd-sqlite3", sqlite_opening,
                         { sqlite_tables }, sqlite_index },
    [ARCHIVE_PGSQL] = { "pgsql", "libaprutil1-dbd-pgsql", pgsql_opening,
                        { pgsql_tables }, pgsql_index },
    [ARCHIVE_MYSQL] = { "mysql", "libaprutil1-dbd-mysql", mysql_opening,
                        { mysql_tables }, no_commands },
};

archive_dialect archive_dialect_of(const char *driver)
{
    int i = 0;

    while (i < ARCHIVE_DIALECTS && strcmp(dialects[i].driver, driver) != 0) {
        i++;
    }
    return (archive_dialect)i;
}

const char *archive_dialect_package(archive_dialect dialect)
{
    return dialects[dialect].package;
}

const char *archive_dialect_sql(archive_dialect dialect,
                                archive_statement statement)
{
    return statements[statement][dialect];
}

const char *const *archive_dialect_opening(archive_dialect dialect,
                                           bool writes)
{
    return writes && dialect == ARCHIVE_SQLITE ? sqlite_writing
                                               : dialects[dialect].opening;
}

const char *const *archive_dialect_tables(archive_dialect dialect,
                                          int version)
{
    return version >= 1 && version <= ARCHIVE_DIALECT_VERSION
               ? dialects[dialect].tables[version - 1] : NULL;
}

const char *const *archive_dialect_index(archive_dialect dialect)
{
    return dialects[dialect].index;
}
