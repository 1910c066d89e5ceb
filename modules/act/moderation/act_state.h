/* act_state.h - the state of a room as one person is told it: in hello, and in
 * the answers to who polls.
 *
 * Used by hub and httpd; any thread.
 */
#ifndef CHATWS_ACT_STATE_H
#define CHATWS_ACT_STATE_H

#include "act/act_room.h"
#include "chat/chat_person.h"
#include "chat/moderation/chat_state.h"
#include "room/log/room_state.h"

typedef struct {
    room_state kept;
    chat_state told; /* its topic stands in `kept`: not to be copied */
} act_state;

/* Reads it. What cannot be read now is as in every new room: the next event
 * about it will come. `room` is the handle of `key`. */
void act_state_read(room_store *store, room_handle room,
                    const act_room_key *key, const act_settings *settings,
                    const chat_person *who, act_state *out);

/* The same by the key alone, of a room that need not exist, and is not made;
 * `who` gets the name that it has there. False: it could not be read now. */
bool act_state_find(room_store *store, const act_room_key *key,
                    const act_settings *settings, chat_person *who,
                    act_state *out);

#endif
