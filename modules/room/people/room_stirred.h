/* room_stirred.h - in which rooms somebody has come or gone, by child.
 *
 * So that nobody has to look at all rooms for that. There is no wake-up: who
 * tells the members of it does so after a while. Called by hub/.
 */
#ifndef CHATWS_ROOM_STIRRED_H
#define CHATWS_ROOM_STIRRED_H

#include "room/segment/room_slot.h"

/* Tells each child that reads the room that room_member_version or what
 * room_member_resets counts has grown. Private to room/, which has made it grow
 * before. */
void room_stirred_note(room_store *store, uint32_t room);

/* Visits each of these rooms once. The slot's own thread, about four times a
 * second. */
void room_stirred_take(room_store *store, int slot, room_slot_visit *visit,
                       void *context);

#endif
