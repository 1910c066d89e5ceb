/* act_refusal.h - what the rooms answered, as an error of the protocol.
 *
 * Used by act and hub; any thread.
 */
#ifndef CHATWS_ACT_REFUSAL_H
#define CHATWS_ACT_REFUSAL_H

#include <stdint.h>

#include "act/act_call.h"
#include "chat/chat_error.h"
#include "room/room_status.h"

/* As act_refusal_error, of what act_room_open has answered: that a room is not
 * there, and may not be made, is CHAT_NOT_FOUND. */
chat_error act_refusal_open(room_status status);

/* ROOM_FULL is CHAT_ROOMS_FULL. What is there but cannot be reached now, since
 * a lock is held or the room or the segment is being replaced, is
 * CHAT_UNAVAILABLE. */
chat_error act_refusal_error(room_status status);

/* The wait that is told to whom there was no room or no place for, in
 * microseconds: somebody has to leave first. */
#define ACT_REFUSAL_FULL_US INT64_C(10000000)

/* When the same thing may be tried again, in microseconds; 0: that does not
 * help. */
int64_t act_refusal_retry(chat_error error);

/* Fills in what the rooms answered: error, retry, moved. */
void act_refusal_fill(act_result *result, room_status status);

#endif
