/* act_read.h - all that a room keeps, in pieces: nobody else gets its lock
 * while one is read. Called by act_amend and act_erase. Any thread.
 */
#ifndef CHATWS_ACT_READ_H
#define CHATWS_ACT_READ_H

#include "room/log/room_log.h"

/* Visits the next 64 KB of what is in front of number `end`; the cursor moves
 * on, from { 0, 0, 0 }. False: all is read, the visitor stopped at the first,
 * or the room cannot be read. */
bool act_read_on(room_store *store, room_handle room, room_log_cursor *at,
                 uint64_t end, room_log_visit *visit, void *context);

#endif
