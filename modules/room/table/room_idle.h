/* room_idle.h - which room is given away when the table is full. Private to
 * room/, with the table's lock held unless a comment says otherwise.
 *
 * A room that has members, or a reader in some child, is never given away. Of
 * the others those go first that keep nothing, then those that keep messages,
 * then those that moderators have set up, and last those that are not in the
 * archive yet; of each kind the one that is idle
 * longest. One look at all rooms finds the next few hundred, so that a flood of
 * new rooms does not look at all of them for each: a room that was used since
 * then is passed over, and all others are used later than those of the list.
 */
#ifndef CHATWS_ROOM_IDLE_H
#define CHATWS_ROOM_IDLE_H

#include "room/segment/room_layout.h"

/* The next room that may be given away; it has to be looked at again under its
 * lock. ROOM_NONE: there is none. */
uint32_t room_idle_next(room_store *store, int64_t mono_us);

/* The table was repaired: the list may be half written. */
void room_idle_forget(room_store *store);

/* Not everybody may make this room again (`rare`), so it is not given away as
 * long as another one may be. Whoever opens it says so; the last one counts.
 * Any lock or none. */
void room_idle_mark(room_store *store, room_handle handle, bool rare);

/* A new room is refused; or one was given away with its messages. Counts and
 * logs it. Any lock or none. */
void room_idle_tell_full(room_store *store);
void room_idle_tell_evicted(room_store *store);

/* A room may have become empty. Any lock or none. */
void room_idle_left(room_store *store);

#endif
