/* room_reader.h - the one thread of all children that brings what comes from
 * the relay into the rooms; see room_relay.h.
 */
#ifndef CHATWS_ROOM_READER_H
#define CHATWS_ROOM_READER_H

#include "room/segment/room_store.h"

typedef void room_reader_visit(void *context, room_handle room);

/* The calling thread becomes the reader, if there is none or its thread has
 * ended; it must stay until it resigns. All rooms are marked then. False: there
 * is one, there is no relay, or the segment is closed. Cheap. While it is the
 * reader it does not wait long for a lock that somebody holds
 * (room_lock_hurry): one room must not hold up all others, and ROOM_BUSY says
 * that it is to be tried again. */
bool room_reader_elect(room_store *store);
void room_reader_resign(room_store *store);

/* Members that the last one held become ghosts; not before this one can learn
 * who is still there, since until then nobody has left. False: their lock is
 * not to be had. */
bool room_reader_part(room_store *store);

/* The descriptor that is readable when a room was marked; -1: no relay. */
int room_reader_fd(const room_store *store);

/* The reader's slot: members of other hosts are joined with it
 * (room_member_join); -1: no relay. ROOM_FULL: a quarter of the members' table
 * is for those of this host. A room in which only such members are may be given
 * away, and they go with it. */
int room_reader_slot(const room_store *store);

/* Empties the descriptor and visits each marked room, whose marks are gone
 * then: those that were made, read in or given away, and room_reader_mark's.
 * The reader's thread. */
void room_reader_take(room_store *store, room_reader_visit *visit,
                     void *context);
void room_reader_mark(room_store *store, room_handle room);

#endif
