/* hub_past.h - commands that have to wait for others.
 *
 * Private to modules/hub; loop thread only. What is about something that only
 * the archive has is obeyed on the thread for errands (hub_errand.h); what gets
 * its place at the relay is an order (hub_relay.h). Meanwhile the client is not
 * read, so that its answers come in the order of its commands, and it has one
 * of them on its way at most. What was sent is done even when the client has
 * gone.
 */
#ifndef CHATWS_HUB_PAST_H
#define CHATWS_HUB_PAST_H

#include "act/act_call.h"
#include "chat/chat_command.h"
#include "hub/hub_client.h"

/* So many of a child are at the archive at most. */
#define HUB_PAST_MOST 1000

/* Answers the command, which ends with the call. */
typedef void hub_past_answer(hub_client *client, const chat_command *command,
                             const act_result *done);

/* Has a command obeyed whose result is `past`, or has its order done, or goes
 * on with the purge of one that was obeyed; and then has it answered. The
 * command, which is the caller's, is emptied, and the order is taken over.
 * False: that cannot be done now, and nothing was changed; of what has an order
 * never. */
bool hub_past_send(hub_client *client, chat_command *command,
                   const act_result *begun, hub_past_answer *answer);

/* True while one is on its way. */
bool hub_past_waits(const hub_client *client);

/* The client leaves. */
void hub_past_drop(hub_client *client);

#endif
