/* room_cell_mend.h - makes the members' table whole after its owner died.
 * Private to room_people, with the members' lock held. */
#ifndef CHATWS_ROOM_CELL_MEND_H
#define CHATWS_ROOM_CELL_MEND_H

#include "room/segment/room_layout.h"

/* Makes free list, chains, lists and counts anew from the cells' states. */
void room_cell_mend(room_store *store);

#endif
