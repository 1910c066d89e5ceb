/* act_await.h - what a command needs of the relay, for threads that may block.
 */
#ifndef CHATWS_ACT_AWAIT_H
#define CHATWS_ACT_AWAIT_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* The longest that anybody waits for it, in microseconds; and for a purge,
 * which goes on by pieces. */
#define ACT_AWAIT_US INT64_C(5000000)
#define ACT_AWAIT_PURGE_US INT64_C(30000000)

/* Has the orders of the result done, one after the other, and then waits until
 * the room of this host has what was stored, so that whoever is answered finds
 * it there, and the archive if it is to be confirmed (result->archived).
 * CHAT_UNAVAILABLE: not in time; it may be done all the same. A
 * result without an order, where one host is all, stays as it is. */
void act_await(const act_call *call, const chat_command *command,
               act_result *result);

#endif
