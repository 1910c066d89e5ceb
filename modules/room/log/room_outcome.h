/* room_outcome.h - a record as it is told after it was amended. Private to
 * room/: every call with the room's lock held.
 *
 * The one place of this floor that knows what stands in a body: an object of
 * JSON, with a text that was quoted when it was stored.
 */
#ifndef CHATWS_ROOM_OUTCOME_H
#define CHATWS_ROOM_OUTCOME_H

#include "room/log/room_log.h"
#include "room/segment/room_layout.h"

/* Fills in what a visitor sees of the record at `place` with this head. False:
 * the log is damaged. */
bool room_outcome_fill(const room_store *store, uint32_t room,
                       const room_extent *extent, const room_place *place,
                       const room_record *head, room_log_record *record);

/* Copies the `size` bytes of a record that was amended. False: it is damaged.
 */
bool room_outcome_copy(const room_log_record *record, void *into);

/* Finds the ROOM_LOG_EDITED that has the newest text of the edited message at
 * `place`. False: damaged. */
bool room_outcome_edit(const room_store *store, uint32_t room,
                       const room_extent *extent, const room_place *place,
                       const room_record *message, room_place *edit,
                       room_record *head);

/* The text lies in the body, and the lead of an edit's in front of it. */
bool room_outcome_has_text(const room_record *head);

/* How many bytes at the end of a message's body, as it is told, say that it was
 * edited or deleted, with the brace; 0: it was neither. False: they are not
 * there. */
bool room_outcome_ending(const void *body, size_t size, bool edited,
                         bool deleted, size_t *ending);

/* Where in the body at `place` the person stands of whom the record is: that of
 * a message, or who deleted, cleared or set something. False: there is none. */
bool room_outcome_person(const room_store *store, uint32_t room,
                         const room_place *place, const room_record *head,
                         uint16_t *at);

/* How many bytes from text_at on are not told, and wiped. */
uint32_t room_outcome_wiped(const room_record *head);

/* The number that the record at `seq` with this head can stand for, see
 * room_log_record.since. */
uint64_t room_outcome_since(const room_record *head);

/* What an edited message's head has as its ref. */
uint64_t room_outcome_link(uint64_t message_seq, const room_place *edit);

#endif
