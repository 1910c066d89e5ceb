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
#include "room/log/room_id.h"

/* Where it is. `user` is the caller's (the hash that act_identity gives), the
 * rest is zero at first. */
typedef struct {
    uint64_t user;
    uint64_t realm;  /* the caller's: whose rooms' messages are deleted; 0: the
                        user is erased */
    int64_t room;    /* the one that is looked through; 0: none */
    room_id at;      /* up to here */
    uint64_t looked; /* events that were looked at so far, about */
    uint64_t erased;
    int merging;     /* behind the last room: steps in which the index of words
                        is written anew */
    bool done;       /* all of it, and the texts are nowhere in the files */
} archive_erasing;

/* Looks through some thousand events, or writes a piece of the index anew.
 * ARCHIVE_OK; ARCHIVE_AWAY: call it again later; ARCHIVE_FAILED: an archive
 * without rooms, into which an httpd writes: let that do it. */
archive_status archive_erase_step(archive *a, archive_erasing *it);

#endif
