/* room_refill.h - a room gets from the relay all that it has. Private to
 * room/relay/.
 */
#ifndef CHATWS_ROOM_REFILL_H
#define CHATWS_ROOM_REFILL_H

#include "room/archive/room_intake.h"

/* Reads it in, with the room's lock held; it is marked as unread. What it had
 * is gone. A process that is killed here leaves it unread. */
room_status room_refill_take(room_intake *it, uint64_t epoch);

/* Positions in front of this one are not exact any more; the lock is held. */
void room_refill_lose(room_store *store, uint32_t room, const room_id *upto);

/* Wakes who waits for the room, and the reader; without the lock. */
void room_refill_tell(room_store *store, room_handle room);

#endif
