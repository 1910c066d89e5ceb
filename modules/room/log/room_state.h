/* room_state.h - what moderators have set for a whole room.
 *
 * Set by a ROOM_LOG_STATE event (room_log_amend), in the same step as that. A
 * room keeps it until it is given away, whatever its log loses. Any thread.
 */
#ifndef CHATWS_ROOM_STATE_H
#define CHATWS_ROOM_STATE_H

#include "room/segment/room_store.h"

#define ROOM_TOPIC_MAX 200 /* bytes */

/* All zero is what every room begins with. */
typedef struct {
    char topic[ROOM_TOPIC_MAX]; /* valid UTF-8 */
    uint8_t topic_size;
    bool locked;
    uint32_t slow_s; /* between two messages of one person; 0: none */
} room_state;

/* ROOM_GONE, ROOM_BUSY: then it is as every room begins. Takes no lock while
 * nothing was set. */
room_status room_state_read(room_store *store, room_handle handle,
                            room_state *out);

/* True when the room has one that is not as every room begins, as seen now. */
bool room_state_special(const room_store *store, uint32_t room);

#endif
