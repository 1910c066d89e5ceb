/* archive_mind.h - the rows of rooms that were written before, so that they
 * need not be read each time. Private to archive/: the writer's thread, in a
 * transaction of the caller.
 */
#ifndef CHATWS_ARCHIVE_MIND_H
#define CHATWS_ARCHIVE_MIND_H

#include "archive/archive_past.h"
#include "room/archive/room_archive.h"

typedef struct archive_mind archive_mind;

archive_mind *archive_mind_create(void);
void archive_mind_destroy(archive_mind *mind);

/* What is in mind may be wrong: of one room, or of all. */
void archive_mind_drop(archive_mind *mind, room_handle room);
void archive_mind_forget(archive_mind *mind);

/* Makes the room's row if there is none, keeps it like the room, and gives it;
 * the caller keeps it as he writes. `room` tells this room from others.
 * ARCHIVE_FAILED: also when it was added and is not there. */
archive_status archive_mind_enter(archive_mind *mind, archive_db *db,
                                  room_handle room,
                                  const room_archive_facts *facts,
                                  archive_past **past);

#endif
