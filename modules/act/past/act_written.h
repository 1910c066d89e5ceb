/* act_written.h - whether the archive has what a command has done, for an
 * answer that promises it. Called by httpd's workers; blocks.
 */
#ifndef CHATWS_ACT_WRITTEN_H
#define CHATWS_ACT_WRITTEN_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* The longest that anybody waits for it, in microseconds, from when the oldest
 * of what is not written was stored. */
#define ACT_WRITTEN_US INT64_C(5000000)

/* Waits until the archive has what the command, which was obeyed, has stored or
 * finds stored already (a repeated ref), and the sanctions as they are now if
 * it is about these. CHAT_OK: it has, or there is nothing to wait for.
 * CHAT_UNAVAILABLE: not in time; it stays in the room and is written later.
 * CHAT_NOT_KEPT: it stays in the room, and the database refuses it. */
chat_error act_written(const act_call *call, const chat_command *command,
                 const act_result *done);

#endif
