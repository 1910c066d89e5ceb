/* hub_command.h - a member's commands, and what it is answered.
 *
 * Private to modules/hub; loop thread only.
 */
#ifndef CHATWS_HUB_COMMAND_H
#define CHATWS_HUB_COMMAND_H

#include "hub/hub_client.h"

/* Acts upon a whole message of the client: obeys it, and answers, now or when
 * the archive has what it has stored. */
void hub_command_take(hub_client *client, const ws_message_event *event);

#endif
