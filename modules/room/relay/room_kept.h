/* room_kept.h - up to where the archive has a room that hosts share, as the
 * relay tells it. Private to room/relay/: every call with the room's lock held.
 */
#ifndef CHATWS_ROOM_KEPT_H
#define CHATWS_ROOM_KEPT_H

#include "room/archive/room_import.h"

/* The room was read in: `what` has what the relay knows. */
void room_kept_begin(room_store *store, uint32_t room,
                     const room_import_room *what);

/* The archive has everything up to there; `refused`: but not that record. */
void room_kept_move(room_store *store, room_handle room, const room_id *upto,
                    bool refused);

#endif
