/* room_spare.h - the cells of the members' table that nobody uses.
 *
 * Private to room/, with the members' lock held.
 */
#ifndef CHATWS_ROOM_SPARE_H
#define CHATWS_ROOM_SPARE_H

#include "room/segment/room_layout.h"

/* Takes a cell; its state stays FREE until it is filled. ROOM_NONE: there is
 * none, or the list is not what it should be: then the next one to enter
 * repairs it. */
uint32_t room_spare_take(room_store *store);

/* Gives one back, whose state is FREE. */
void room_spare_give(room_store *store, uint32_t index);

#endif
