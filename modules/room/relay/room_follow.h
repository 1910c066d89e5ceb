/* room_follow.h - a room follows what the relay tells of it; see room_relay.h.
 * The reader's thread.
 */
#ifndef CHATWS_ROOM_FOLLOW_H
#define CHATWS_ROOM_FOLLOW_H

#include "room/relay/room_relay.h"

/* As room_relay_read_in, for a room that was read in already and has missed
 * something for good: all it has is replaced, and whoever reads it sees a jump
 * (a gap).
 * `what->newest` may be below the room's: ids go on above the higher one. If it
 * is ROOM_BUSY, or the process is killed, the room may have to be read in
 * (room_relay_wanted), and is marked. ROOM_GONE, ROOM_MOVED, ROOM_UNREAD. */
room_status room_follow_replace(room_store *store, room_handle room,
                                const room_import_room *what, uint64_t epoch,
                                base_clock_time now);

/* The relay may have lost the end of any room: those that are given away before
 * they agree again (room_follow_agree) may come back with less, and then not
 * all of their positions are exact. */
void room_follow_doubt(room_store *store);

/* The relay has all that the room has. No lock. */
void room_follow_agree(room_store *store, room_handle room);

/* Something in front of the room's newest came in late, behind `same`: whoever
 * has read further may lack it, and is told it (room_relay_told) or gets a gap.
 * For room_follow_replace, which brings it. ROOM_GONE, ROOM_BUSY,
 * ROOM_MOVED. */
room_status room_follow_skip(room_store *store, room_handle room,
                             const room_id *same);

/* The stream is another one now, or the same under another epoch; nothing else
 * changes. */
room_status room_follow_epoch(room_store *store, room_handle room,
                              uint64_t epoch);

/* Positions in front of this one are not exact any more; whoever reads goes on
 * as before. Any thread. */
room_status room_follow_lose(room_store *store, room_handle room,
                             const room_id *upto);

/* The archive has everything up to there, as whoever writes it has told all
 * hosts; `refused`: but not this record as it was (room_ack_refused). Wakes
 * whoever waits for that. ROOM_UNREAD: the room will be read in with that.
 * ROOM_GONE, ROOM_BUSY, ROOM_MOVED. The reader's thread. */
room_status room_follow_kept(room_store *store, room_handle room,
                             const room_id *upto, bool refused);

/* There is no archive any more: nobody waits for it, in any room. The reader's
 * thread. */
void room_follow_unkept(room_store *store);

/* Appends one record with its own id, which comes right behind `before` in the
 * stream, and does to the room what it tells: `record->target` of a deletion or
 * an edit; `state` of a ROOM_LOG_STATE, else NULL. The body of an event is as
 * it is told; room_import_record says the rest. ROOM_OK: wake the readers
 * (room_log_wake_readers). ROOM_SAME: the room has it (id <= newest).
 * ROOM_STALE: the room's newest is below `before`: something is missing.
 * ROOM_TOO_BIG: it does not fit here, or makes no sense; the room has to be
 * replaced (room_follow_replace passes over such a record). ROOM_GONE,
 * ROOM_BUSY, ROOM_MOVED, ROOM_UNREAD. The reader's thread. */
room_status room_follow_append(room_store *store, room_handle room,
                               const room_id *before,
                               const room_import_record *record,
                               const room_state *state, base_clock_time now);

#endif
