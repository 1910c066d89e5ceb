/* archive_import.h - brings into a database what was exported from another.
 * Called by chatwsctl, which has the database for itself: whoever else writes
 * into it is an httpd that runs. Not thread-safe; may block.
 *
 * What is brought in twice is there once.
 */
#ifndef CHATWS_ARCHIVE_IMPORT_H
#define CHATWS_ARCHIVE_IMPORT_H

#include "archive/archive.h"
#include "archive/archive_list.h"

typedef struct archive_import archive_import;

/* Opens the database to write, with tables if it has none. ARCHIVE_FAILED:
 * somebody else writes into it; ARCHIVE_AWAY: the log says why. `out` is NULL
 * then. */
archive_status archive_import_open(archive *a, archive_import **out);

/* The secret by which the users of what follows are known. ARCHIVE_FAILED: the
 * database has another one already, by which it knows its own users. */
archive_status archive_import_secret(archive_import *it,
                                     const base_hash_key *secret);

/* What follows belongs to this room; `events` and `newest` do not count. With
 * a birth of 0-0 it is made by its first event, and born in front of that. */
archive_status archive_import_room(archive_import *it,
                                   const archive_list_room *room);

/* An event as it was told, one object of JSON. ARCHIVE_FAILED: it is none, or
 * there are newer ones in the room: archive_import_why is a sentence. */
archive_status archive_import_event(archive_import *it, const char *body,
                                    size_t size);

archive_status archive_import_sanction(archive_import *it,
                                       const archive_list_sanction *what);

/* Commits what is not committed yet. */
archive_status archive_import_commit(archive_import *it);

/* Events that were not there before. */
uint64_t archive_import_count(const archive_import *it);

const char *archive_import_why(const archive_import *it);

/* Closes it; what was not committed is not done. */
void archive_import_close(archive_import *it);

#endif
