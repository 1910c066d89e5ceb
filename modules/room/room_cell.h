/* room_cell.h - the table of who is in a room: cells, their chains, and their
 * repair. Private to room/: everything but enter, vacant and reap with the
 * members' lock held.
 *
 * A user in a room has one USER cell with the name; each further child that
 * serves the same user has a LEASE cell. States are committed last and are the
 * truth: chains, lists and counts can be made from them.
 */
#ifndef CHATWS_ROOM_CELL_H
#define CHATWS_ROOM_CELL_H

#include "room/room_layout.h"
#include "room/room_member.h"

/* Takes the members' lock and repairs what a dead owner left. */
bool room_cell_enter(room_store *store);

void room_cell_leave(room_store *store);

/* True when nobody is in the room; takes the lock itself. */
bool room_cell_vacant(room_store *store, uint32_t room);

/* The next cell of (room, user) behind `after` (ROOM_NONE: the first) in state
 * `state`; ROOM_NONE. */
uint32_t room_cell_find(const room_store *store, uint32_t room, uint64_t user,
                        uint32_t after, room_cell_state state);

/* A USER cell of another user with this name; ROOM_NONE. */
uint32_t room_cell_find_name(const room_store *store, uint32_t room,
                             uint64_t name_key, uint64_t but_user);

/* Makes and links a USER cell (`who` complete), or a LEASE (only its user
 * counts). ROOM_NONE: the table is full. */
uint32_t room_cell_make(room_store *store, uint32_t room,
                        const room_member *who, uint64_t hold,
                        room_cell_state state);

/* Frees the cell, and its tail. */
void room_cell_drop(room_store *store, uint32_t index);

/* Reads a USER cell's member. */
void room_cell_read(const room_store *store, uint32_t index,
                    room_member *out);

/* Takes away what `slot` holds of the user: a LEASE, or a USER cell, whose
 * place one of the leases then takes. True when the user is gone. */
bool room_cell_release(room_store *store, uint32_t index);

/* Removes all that a dead child held; takes the lock itself. */
bool room_cell_reap(room_store *store, uint32_t slot);

#endif
