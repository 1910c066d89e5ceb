/* act_amend.h - what takes back or changes what was said: delete, edit, clear,
 * and the state of a room. From any thread and child.
 *
 * act_obey has decided who may. Each stores one event, wakes the readers and
 * fills in `result`, which is all zero: CHAT_OK without an id when it was so
 * already, and nothing is stored.
 */
#ifndef CHATWS_ACT_AMEND_H
#define CHATWS_ACT_AMEND_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* The author's own message within ChatAmend, or for a moderator any.
 * CHAT_NO_MESSAGE, CHAT_NOT_YOURS, CHAT_TOO_LATE, CHAT_BAD_MEMBER. */
void act_amend_delete(const act_call *call, const chat_command *command,
                      act_result *result);

/* The author's own message within ChatAmend. The same errors. */
void act_amend_edit(const act_call *call, const chat_command *command,
                    act_result *result);

/* For moderators. A room that does not exist is not made for it. */
void act_amend_clear(const act_call *call, const chat_command *command,
                     act_result *result);

/* For moderators. A room that does not exist is made. */
void act_amend_room(const act_call *call, const chat_command *command,
                    act_result *result);

/* Fills it in when the order of one of these has come back. */
void act_amend_finish(const act_call *call, const chat_command *command,
                      const struct relay_order *order, act_result *result);

/* Deletes what `user` has written in the room and is there, in order, at most
 * `most` messages, in the name of call->who, who moderates; wakes the readers
 * in all children. Answers how many; when that is `most` there may be more. */
size_t act_amend_purge(const act_call *call, room_handle room, uint64_t user,
                       size_t most);

#endif
