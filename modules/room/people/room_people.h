/* room_people.h - the members' table as a whole: its lock, and looking through
 * it for those who are gone. Private to room/; any thread.
 */
#ifndef CHATWS_ROOM_PEOPLE_H
#define CHATWS_ROOM_PEOPLE_H

#include "room/segment/room_layout.h"

/* Takes the members' lock and repairs what a dead owner left. */
bool room_people_enter(room_store *store);

void room_people_leave(room_store *store);

/* ROOM_OK when nobody of this host is in the room; ghosts, and who is in it on
 * other hosts, give way then. ROOM_FULL: there
 * are members. ROOM_BUSY. Takes the lock itself. */
room_status room_people_vacant(room_store *store, uint32_t room);

/* When the table is full, drops as many ghosts as a join needs cells: whoever
 * comes goes before those who are not there any more. */
void room_people_make_place(room_store *store);

/* Drops the ghosts that have ended; returns how many. Takes the lock itself,
 * for some cells at a time. */
unsigned room_people_expire(room_store *store, int64_t now_us);

/* Makes ghosts until `until_us` of all that a dead child held; takes the lock
 * itself. */
bool room_people_reap(room_store *store, uint32_t slot, int64_t until_us);

#endif
