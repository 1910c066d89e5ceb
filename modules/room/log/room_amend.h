/* room_amend.h - what an event changes in the log that it is stored in. Private
 * to room/: every call with the room's lock held.
 *
 * Three steps, so that a kill in between leaves no half of it: look whether
 * there is something to do; note in the room's intent what shall become of
 * which record; and after the event's commit, which makes the intent count, do
 * that. A repair does the last step again.
 */
#ifndef CHATWS_ROOM_AMEND_H
#define CHATWS_ROOM_AMEND_H

#include "room/log/room_log.h"
#include "room/segment/room_layout.h"

/* ROOM_OK: it is to be stored; else as room_log_amend. ROOM_FULL: the log is
 * damaged. */
room_status room_amend_check(const room_store *store, uint32_t room,
                             const room_extent *extent,
                             const room_log_entry *event,
                             const room_log_target *target);

/* Notes what becomes of the room by an event that lies at `place`, in `extent`,
 * which is about to be committed. False: the log is damaged. */
bool room_amend_intend(room_store *store, uint32_t room, room_extent *extent,
                       const room_place *place, room_log_kind kind,
                       const room_log_target *target);

/* Does it, if the event has been committed. */
void room_amend_apply(room_store *store, uint32_t room,
                      const room_extent *extent);

/* Takes whose it was, and its text, out of the record with this number: no
 * event tells of that. ROOM_ABSENT: it is not there, or names nobody.
 * ROOM_FULL: the log is damaged. */
room_status room_amend_erase(room_store *store, uint32_t room,
                             const room_extent *extent, uint64_t seq);

#endif
