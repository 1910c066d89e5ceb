/* archive_writer.h - the thread that brings what is said into the database.
 *
 * Every child has one; the elected one works (room_archive.h). It follows each
 * room by its cursor and commits for many rooms at once. While the database is
 * away it waits: what is said stays in the segment. Private to archive/: only
 * archive.c calls this, on httpd's own thread.
 */
#ifndef CHATWS_ARCHIVE_WRITER_H
#define CHATWS_ARCHIVE_WRITER_H

#include "archive/archive_pool.h"

typedef struct archive_writer archive_writer;

/* NULL: there can be no thread now. The thread closes connections of `readers`
 * that nobody has used for a while. */
archive_writer *archive_writer_start(const archive_settings *settings,
                                     room_store *store, archive_pool *readers);

/* Writes what there is until `deadline_us`, and ends. False: a database holds
 * the thread up; it is left to the end of the process, with all that it was
 * given. */
bool archive_writer_stop(archive_writer *writer, int64_t deadline_us);

#endif
