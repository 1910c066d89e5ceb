/* hub_archive.h - what the hub wants of an archive, as functions: httpd gives
 * those of modules/archive, a unit test its own.
 *
 * All zero: there is none, and the segment's log is all that is kept.
 */
#ifndef CHATWS_HUB_ARCHIVE_H
#define CHATWS_HUB_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "act/act_room.h"
#include "room/log/room_id.h"

/* Gets one event as it is told now, a line of JSON; false stops behind the one
 * before it. */
typedef bool hub_archive_visit(void *context, const room_id *id,
                               const void *event, size_t size);

/* How far a reading has come. */
typedef struct {
    room_id complete; /* everything behind this position is in the archive, as
                         far as it is written: a reader that wants more than
                         that has lost something */
    bool all;         /* nothing is left behind the last event visited */
} hub_archive_end;

typedef struct {
    void *archive; /* given to the function */
    bool ack;      /* ChatArchiveAck: answers wait for the archive */
    /* Visits the room's events behind `after`, the oldest first: all, or about
     * `most` bytes of them (but at least one event), or until the visitor
     * stops. False: the archive cannot be read now. On a thread of the hub's,
     * which may block. */
    bool (*read_after)(void *archive, const act_room_key *room,
                       const room_id *after, size_t most,
                       hub_archive_visit *visit, void *context,
                       hub_archive_end *end);
} hub_archive;

#endif
