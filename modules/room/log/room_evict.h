/* room_evict.h - makes room when no page is free. Private to room/.
 */
#ifndef CHATWS_ROOM_EVICT_H
#define CHATWS_ROOM_EVICT_H

#include "room/segment/room_layout.h"

/* Frees pages for a message of `room`, whose lock is held, that needs `need`
 * more: first what the room and then what any room no longer keeps; then what
 * empty rooms keep above the guarantee; then the oldest of the largest rooms
 * above it; then the room's own oldest; and last, when the room has nothing
 * left itself, a message of another room that alone is above the guarantee.
 * What waits for the archive is spared in all of that, unless its room has more
 * than a quarter of all; if that was not enough, all of it once more without
 * sparing. Other rooms are only tried, never waited for. True when something
 * was freed: load the extent again and try again. */
bool room_evict_for(room_store *store, uint32_t room, uint32_t need,
                    int64_t mono_us);

#endif
