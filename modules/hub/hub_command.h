/* hub_command.h - a command that comes without a connection, with a POST.
 *
 * It does what the same command does on a WebSocket. Called by httpd's
 * workers; any thread.
 */
#ifndef CHATWS_HUB_COMMAND_H
#define CHATWS_HUB_COMMAND_H

#include "hub/hub_publish.h"

typedef struct {
    hub_published published; /* how it went; `id` and `repeated` of a message */
    bool stranger; /* CHAT_FORBIDDEN: who has not entered cannot be renamed */
    chat_person you; /* of a name command: the new name */
} hub_commanded;

/* Charges the person's rate and obeys, or says why not. A message is
 * published as hub_publish does. A new name is for a guest who is a member of
 * the room; typing is told to the others if the person is one, and else to
 * nobody, which is no error. The command stays the caller's. */
hub_commanded hub_command_obey(room_store *store, int slot,
                               const hub_room_key *room,
                               const hub_settings *settings,
                               const struct hub_address *from,
                               const chat_person *who,
                               const chat_command *command);

#endif
