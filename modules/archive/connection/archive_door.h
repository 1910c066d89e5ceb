/* archive_door.h - what has to be done before a database is connected to.
 * Private to archive/.
 */
#ifndef CHATWS_ARCHIVE_DOOR_H
#define CHATWS_ARCHIVE_DOOR_H

#include "archive/archive.h"

/* What the driver is given: without an end waits nobody, unless the owner has
 * said for how long. Lives as long as the pool. */
const char *archive_door_parameters(const archive_settings *settings,
                                    struct apr_pool_t *pool);

/* Makes SQLite's file, for httpd's user alone: it would be made as the umask
 * says. Those that are put beside it get the same rights. One that is there
 * must never be opened but by SQLite: when any descriptor of a file is closed,
 * POSIX takes from the process all locks that it has on it. */
void archive_door_make(const archive_settings *settings);

/* Which file of SQLite's it is (base_file_number); 0: none. One that is open
 * can be deleted or moved away: nobody would find what is written then. */
uint64_t archive_door_file(const archive_settings *settings);

/* Logs, once a minute, that the database cannot be used, and what the owner can
 * do. The parameters may have a password: only a file's name is told. */
void archive_door_tell(const archive_settings *settings, const char *error);

/* Comes before each connection. False: it is a MariaDB that says nothing for
 * five seconds, although it speaks first. Its client would wait without an end;
 * so one thread at a time connects without a look at that, and behind one that
 * takes long, or archive_door_doubt, everybody looks first. */
bool archive_door_enter(const archive_settings *settings, bool *first);

/* It is connected, or not; with `first` of archive_door_enter. */
void archive_door_leave(bool first);

/* It did not answer. */
void archive_door_doubt(void);

#endif
