/* act_say.h - storing one message, from any thread and child.
 *
 * Private to modules/act: act_obey has decided that it may be stored.
 */
#ifndef CHATWS_ACT_SAY_H
#define CHATWS_ACT_SAY_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* Stores the command's message under the name that its sender has in the room,
 * else a default one, wakes the readers, and fills in `result`, which is all
 * zero. The room of who is not seated is made if need be, which counts against
 * ChatAddressRooms. */
void act_say(const act_call *call, const chat_command *command,
             act_result *result);

/* Fills it in when the order of it has come back. */
void act_say_finish(const act_call *call, const chat_command *command,
                    const struct relay_order *order, act_result *result);

#endif
