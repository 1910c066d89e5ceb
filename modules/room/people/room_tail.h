/* room_tail.h - the part of a long name and id that does not find place in a
 * member's cell: a chain of TAIL cells, each committed before what refers to
 * it.
 *
 * Private to room/, with the members' lock held.
 */
#ifndef CHATWS_ROOM_TAIL_H
#define CHATWS_ROOM_TAIL_H

#include "room/segment/room_layout.h"

/* Makes the tails of a text; `first` becomes the first of them, ROOM_NONE when
 * a cell has place for all. False when there are too few cells. */
bool room_tail_write(room_store *store, const char *text, size_t size,
                     uint32_t *first);

/* The `size` bytes of a USER cell; returns how many of them there are: all,
 * unless a tail is lost. */
size_t room_tail_read(const room_store *store, const room_cell *cell,
                      size_t size, char text[2 * ROOM_NAME_MAX]);

/* Frees the chain. One that is cut off from it is left to a repair. */
void room_tail_free(room_store *store, uint32_t first);

#endif
