/* room_typing.h - who is typing in a room at this moment.
 *
 * A hint, not a message: the last few typists of a room stand in the segment
 * until others take their place, nothing is stored, and one that nobody saw in
 * time is lost. Called by act/ and hub/, any thread.
 */
#ifndef CHATWS_ROOM_TYPING_H
#define CHATWS_ROOM_TYPING_H

#include "room/segment/room_store.h"

#define ROOM_TYPING_MOST 4u
#define ROOM_TYPING_US 2000000

/* Notes that the user types. Nobody is woken: see room_log_wake_readers.
 * ROOM_REPEATED: nothing noted, it was less than ROOM_TYPING_US ago, over all
 * connections of the user. ROOM_GONE, ROOM_BUSY. */
room_status room_typing_note(room_store *store, room_handle handle,
                             uint64_t user, int64_t now_us);

/* How often somebody typed so far, without a lock; 0 when the room is gone. */
uint64_t room_typing_count(const room_store *store, room_handle handle);

/* Gives the latest of those that came since the count was `*seen`, the oldest
 * first, and sets it to the count of now. Returns how many; without a lock. */
size_t room_typing_take(const room_store *store, room_handle handle,
                        uint64_t *seen, uint64_t users[ROOM_TYPING_MOST]);

#endif
