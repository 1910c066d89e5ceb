/* archive_erase.h - takes a user out of the whole archive, or what the user has
 * said out of the rooms of a realm, in steps.
 *
 * Messages stay as deleted ones, and if the user is erased, of somebody
 * "erased", so that no number and no position changes; what others have written
 * stays as it is. Called by chatwsctl, or on a thread that may block; may be
 * called again from the start, which finds nothing more to do.
 */
#ifndef CHATWS_ARCHIVE_ERASE_H
#define CHATWS_ARCHIVE_ERASE_H

#include "archive/archive.h"
#include "archive/erase/archive_erasing.h"

/* Looks through some thousand events, or writes a piece of the index anew.
 * ARCHIVE_OK; ARCHIVE_AWAY: call it again later; ARCHIVE_FAILED: an archive
 * without rooms, into which an httpd writes: let that do it. */
archive_status archive_erase_step(archive *a, archive_erasing *it);

#endif
