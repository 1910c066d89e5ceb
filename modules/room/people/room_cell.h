/* room_cell.h - the cells of who is in a room, and their chains. Private to
 * room/, with the members' lock held (room_people_enter).
 *
 * A user in a room has one USER cell with the name; each further child that
 * serves the same user has a LEASE cell. When the last connection leaves, the
 * USER cell stays for a while as a ghost, which a join takes over. States are
 * committed last and are the truth: chains, lists and counts can be made from
 * them.
 */
#ifndef CHATWS_ROOM_CELL_H
#define CHATWS_ROOM_CELL_H

#include "room/people/room_member.h"
#include "room/people/room_hold.h"
#include "room/segment/room_layout.h"

/* The unit of a ghost's end, in microseconds. */
#define ROOM_CELL_TICK_US 100000

/* The next cell of (room, user) behind `after` (ROOM_NONE: the first) in state
 * `state`; ROOM_NONE. */
uint32_t room_cell_find(const room_store *store, uint32_t room, uint64_t user,
                        uint32_t after, room_cell_state state);

/* The USER cell of a rival of `who`; ROOM_NONE. */
uint32_t room_cell_find_name(const room_store *store, uint32_t room,
                             const room_member *who, room_rivals rivals);

/* Makes and links a USER cell (`who` complete), or a LEASE (only its user
 * counts). ROOM_NONE: the table is full. */
uint32_t room_cell_make(room_store *store, uint32_t room,
                        const room_member *who, uint64_t hold,
                        room_cell_state state);

/* Links a USER or LEASE cell, filled in, into its chains. */
void room_cell_link(room_store *store, uint32_t index);

/* Frees the cell, and its tails. */
void room_cell_drop(room_store *store, uint32_t index);

/* Reads a USER cell's member. */
void room_cell_read(const room_store *store, uint32_t index,
                    room_member *out);

/* Takes away what a slot holds of the user: a LEASE, or a USER cell, whose
 * place one of the leases then takes. True when it was the user's last: the
 * cell is then a ghost until `until_us` (0: it is dropped). */
bool room_cell_release(room_store *store, uint32_t index, int64_t until_us);

/* Each child that reads the room compares its list of members with this one:
 * their version grows. */
void room_cell_changed(room_store *store, uint32_t room);

/* Takes a user without leases out of the room. */
void room_cell_remove(room_store *store, uint32_t index);

bool room_cell_is_ghost(const room_store *store, uint32_t index);

/* True for a USER cell of whom no child has a connection, but another host:
 * only the relay's reader holds it; or did, if it is a ghost. */
bool room_cell_is_remote(const room_store *store, uint32_t index);

/* Gives a ghost to what holds one connection of its user. */
void room_cell_take_ghost(room_store *store, uint32_t index, uint64_t hold);

/* Looks whether any connection of the USER cell's user is a moderator's; who
 * compares lists learns of a change. A ghost stays what it was. `index` may be
 * ROOM_NONE. */
void room_cell_judge(room_store *store, uint32_t index);

#endif
