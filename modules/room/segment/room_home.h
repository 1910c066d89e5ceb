/* room_home.h - the child in which a room's readers come together. */
#ifndef CHATWS_ROOM_HOME_H
#define CHATWS_ROOM_HOME_H

#include "room/segment/room_store.h"
#include "room/table/room_table.h"

/* The slot whose child should have all of the room's readers, so that a message
 * wakes only one: the first that asked, for as long as it has any. `slot` asks:
 * it is the home from now on if there is none. Only a hint, for every child can
 * serve every room; no lock. -1: there is no such slot or room. */
int room_home_find(room_store *store, room_handle handle, int slot);

#endif
