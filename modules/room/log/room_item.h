/* room_item.h - takes a room's lock and sees to it that the room is whole.
 * Private to room/.
 */
#ifndef CHATWS_ROOM_ITEM_H
#define CHATWS_ROOM_ITEM_H

#include "room/segment/room_layout.h"

/* Takes the lock of the handle's room. ROOM_GONE, ROOM_BUSY: not taken. */
room_status room_item_enter(room_store *store, room_handle handle);

/* The same; ROOM_UNREAD: not taken, it has to be read in, from the archive or
 * from the relay. */
room_status room_item_enter_read(room_store *store, room_handle handle);

/* Takes the lock of the slot, whatever room it holds. False: busy. */
bool room_item_lock(room_store *store, uint32_t room);

/* The same without waiting. */
bool room_item_trylock(room_store *store, uint32_t room);

void room_item_leave(room_store *store, uint32_t room);

/* Repairs the room if somebody may have died while texts were taken out of it,
 * which stay there until the room is looked at next. Takes the lock, without
 * waiting: if it is held, nobody has died with it. */
void room_item_mend(room_store *store, uint32_t room);

/* Loads the extent of a room whose lock is held; a damaged one is emptied
 * first. */
void room_item_load(room_store *store, uint32_t room, room_extent *extent);

/* Copies the state of a room whose lock is held. */
void room_item_copy_state(const room_store *store, uint32_t room,
                          const room_extent *extent, room_state *out);

/* Empties a room that was found damaged: it goes on with later ids, and every
 * earlier cursor and stream sees a gap. With a relay it has to be read in. Its
 * lock is held. */
void room_item_reset(room_store *store, uint32_t room);

#endif
