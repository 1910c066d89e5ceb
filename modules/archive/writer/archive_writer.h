/* archive_writer.h - the thread that brings what is said into the database.
 *
 * Every child has one; the elected one works (room_archive.h). It follows each
 * room by its cursor and commits for many rooms at once. While the database is
 * away it waits: what is said stays in the segment. Private to archive/: only
 * archive.c calls this, on httpd's own thread.
 */
#ifndef CHATWS_ARCHIVE_WRITER_H
#define CHATWS_ARCHIVE_WRITER_H

#include "archive/archive.h"

typedef struct archive_writer archive_writer;

/* NULL: there can be no thread now. */
archive_writer *archive_writer_start(const archive_settings *settings,
                                     room_store *store);

/* Writes what there is until `deadline_us`, and ends. A thread that a database
 * holds up for longer is left to the end of the process, with its memory. */
void archive_writer_stop(archive_writer *writer, int64_t deadline_us);

#endif
