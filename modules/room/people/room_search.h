/* room_search.h - somebody in all rooms of a realm: those whose moderators have
 * a say in each of them. Called by act/ for what a moderator does, which is
 * seldom: it looks at every room. Any thread.
 */
#ifndef CHATWS_ROOM_SEARCH_H
#define CHATWS_ROOM_SEARCH_H

#include "room/people/room_member.h"

/* The room belongs to the realm from now on: whoever opens it says so. */
void room_search_mark(room_store *store, room_handle handle, uint64_t realm);

/* What it was marked with last; 0: nobody has opened it yet. */
uint64_t room_search_realm(const room_store *store, room_handle handle);

/* The user as a member of some room of the realm; of the room `first`, if it is
 * there. With `moderator` if it moderates in any of them, and with an address
 * if one is known. ROOM_ABSENT, ROOM_BUSY. */
room_status room_search_member(room_store *store, uint64_t realm,
                               const room_handle *first, uint64_t user,
                               room_member *out);

/* The first room of the realm with at least this index, which then is its
 * handle's; false: there is none. */
bool room_search_room(const room_store *store, uint64_t realm, uint32_t index,
                      room_handle *out);

/* The user is no member any more where it has no connection, of the room `only`
 * or (NULL) of all rooms of the realm; the others are for their children to
 * end. Returns how many rooms it left. */
unsigned room_search_oust(room_store *store, uint64_t realm,
                          const room_handle *only, uint64_t user);

#endif
