/* act_history.h - pages of a room by its key: the answers to a poll, held or
 * not, and to a GET for history.
 *
 * They go on in the archive, if there is a room->archive. A room that does not
 * exist, there neither, is not made. It has no events, and the cursor is the
 * position of now, which is exact once the room is made. What `settings` says
 * of the history counts from now on, as for whoever enters. But for ROOM_OK
 * nothing is appended: ROOM_BUSY, ROOM_GONE, the room could not be read now;
 * ROOM_UNREAD, its archive could not. Called by httpd's workers; any thread
 * without one.
 */
#ifndef CHATWS_ACT_HISTORY_H
#define CHATWS_ACT_HISTORY_H

#include "act/act_page.h"

/* Appends what comes after the cursor, or with none what is kept (at most
 * start->history), with "more":true when the page does not have all of it: the
 * rest comes after its cursor. `gap` is true when something after the cursor
 * may be missing: everything kept follows then; in a room that does not exist
 * that is so for positions of before it was forgotten, but for 0-0. `*any`:
 * there is an event or a gap, so that it makes sense to answer a held poll. */
room_status act_history_after(room_store *store, const act_room_key *room,
                              const act_settings *settings,
                              const act_start *start, base_bytes *json,
                              bool *any);

/* Appends the newest `limit` (ACT_PAGE_EVENTS at most) messages with ids below
 * `before`, oldest first, with "more":true when there are still older ones. The
 * cursor of an empty page is the position in front of all that is kept. */
room_status act_history_before(room_store *store, const act_room_key *room,
                               const act_settings *settings,
                               const room_id *before, uint64_t limit,
                               base_bytes *json);

/* Before a hand-off, since the loop may not wait. Sets start->archived: the
 * archive has everything after the cursor up to what the room keeps, though the
 * room has not. A cursor that another host told is waited for. */
room_status act_history_look(room_store *store, const act_room_key *room,
                             const act_settings *settings, act_start *start);

#endif
