/* act_report.h - a message that somebody reports to the moderators of its room.
 *
 * Called by act_obey, after it has looked at the rights; any thread.
 */
#ifndef CHATWS_ACT_REPORT_H
#define CHATWS_ACT_REPORT_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* Moderators in the room are told, and there is a line in the log: once for
 * each user and message, after that it is done already. CHAT_NO_MESSAGE: there
 * is none, or it was deleted; CHAT_BAD_MEMBER: it is one's own;
 * CHAT_RATE_LIMITED: so many were reported from this address, or in this room,
 * that nobody could read them. */
void act_report(const act_call *call, const chat_command *command,
                act_result *result);

/* The order of `result` has come back, and is RELAY_OK: all hosts know of it.
 */
void act_report_finish(const act_call *call, const chat_command *command,
                       const struct relay_order *order, act_result *result);

#endif
