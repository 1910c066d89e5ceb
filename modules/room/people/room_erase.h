/* room_erase.h - somebody is taken out of the segment: sent out of the rooms,
 * and out of what was said there. Called by act/ for an owner, and by relay/
 * for the owner of another host; any thread.
 */
#ifndef CHATWS_ROOM_ERASE_H
#define CHATWS_ROOM_ERASE_H

#include "room/people/room_member.h"
#include "room/segment/room_store.h"

/* Whom: what has an id of up to then (room_id.ms). */
typedef struct {
    uint64_t user;
    uint64_t upto_ms;
} room_erase_who;

/* True when the user has a connection in the room. Whoever is in the grace of a
 * leave goes at once. */
bool room_erase_here(room_store *store, room_handle room, uint64_t user);

/* Nobody lets the user into the room with this key, or keeps it there, for
 * 10 s: the caller calls the children (room_slot_call). */
void room_erase_send_out(room_store *store, room_handle room, const char *key,
                         size_t key_size, uint64_t user);

/* Sanctions against the user end, in those of the user's own nobody did it;
 * what is told of it, and how often it spoke, is forgotten. */
void room_erase_person(room_store *store, uint64_t user);

/* Takes texts, and whose they were, out of a room, of which no event tells;
 * adds up how many in `*erased`. `who` is in the order of its users, none of
 * them 0. ROOM_GONE, ROOM_BUSY, ROOM_UNREAD. */
room_status room_erase_room(room_store *store, room_handle room,
                            const room_erase_who *who, size_t count,
                            uint64_t *erased);

/* The same of all rooms from the place `*at` on, which moves along, until that
 * time of base_clock_mono. True: that was the last one. `*missed`: some were
 * busy. */
bool room_erase_rooms(room_store *store, const room_erase_who *who,
                      size_t count, uint32_t *at, int64_t until_us,
                      bool *missed);

#endif
