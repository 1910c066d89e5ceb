/* relay_load.h - reads a room in: what Redis has of it comes into the segment.
 * Called by act/ on httpd's workers; blocks, five seconds at most.
 */
#ifndef CHATWS_RELAY_LOAD_H
#define CHATWS_RELAY_LOAD_H

#include "relay/relay.h"
#include "relay/relay_room.h"
#include "room/table/room_table.h"

/* The room is in the segment and may have to be read in (room_relay_wanted).
 * With `make` a room that Redis does not know is made there. ROOM_OK: it is
 * read in. ROOM_ABSENT: Redis does not know it. ROOM_GONE: open it again.
 * ROOM_UNREAD: Redis cannot be asked now. ROOM_BUSY, ROOM_MOVED. */
room_status relay_load_room(relay *r, room_handle handle,
                            const relay_room *room, bool make);

/* Whether Redis has the room: ROOM_OK. ROOM_ABSENT: then `nowhere` is filled in
 * as room_table_seek does, by Redis' clock: from `complete`, which a room that
 * is made now would have, to `newest`, which is not above what its first id can
 * be. ROOM_UNREAD: Redis cannot be asked now. */
room_status relay_load_known(relay *r, const relay_room *room,
                             room_table_nowhere *nowhere);

/* Waits until the room here has got as far as this position, if that in Redis
 * has: another host, which was faster, may have told it. */
void relay_load_reach(relay *r, room_handle handle, const relay_room *room,
                      const room_id *position);

#endif
