/* room_pool.h - the pages that rooms share. Private to room/: called with the
 * room's lock held, takes the pool's itself.
 */
#ifndef CHATWS_ROOM_POOL_H
#define CHATWS_ROOM_POOL_H

#include "room/segment/room_layout.h"

/* The page, or NULL when there is no such page or it is not the room's. */
room_page *room_pool_page(const room_store *store, uint32_t room,
                          uint32_t index);

/* Gives `count` (1 at least) free pages to the room, chained by next and prev
 * from `first` on. ROOM_FULL: there are too few, none was given. ROOM_BUSY. */
room_status room_pool_take(room_store *store, uint32_t room, uint32_t count,
                           uint32_t *first);

/* Takes `count` pages of the room back, from `first` on by next. What cannot
 * be taken now is found by the room's next repair (`untidy`). */
void room_pool_give(room_store *store, uint32_t room, uint32_t first,
                    uint32_t count);

/* Ends a repair of the room: frees its pages without ROOM_PAGE_MARK, or all of
 * them, and unmarks the others. False when the pool's lock is stuck. */
bool room_pool_sweep(room_store *store, uint32_t room, bool all);

/* Repairs the pool if its last user died in it. */
bool room_pool_mend(room_store *store);

#endif
