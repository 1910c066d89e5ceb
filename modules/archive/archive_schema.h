/* archive_schema.h - the tables: made, brought to this version, refused when
 * they are newer. Private to archive/: it opens all connections.
 */
#ifndef CHATWS_ARCHIVE_SCHEMA_H
#define CHATWS_ARCHIVE_SCHEMA_H

#include "archive/archive_db.h"

/* Opens the connection unless it is open, as archive_db_open; one that writes
 * makes what is missing. ARCHIVE_FAILED: the tables are newer, or the database
 * cannot hold texts. */
archive_status archive_schema_open(archive_db *db);

/* How long it waits for other writers of a SQLite file, on an open one. */
archive_status archive_schema_wait(archive_db *db);

#endif
