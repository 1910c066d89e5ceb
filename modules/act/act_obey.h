/* act_obey.h - a command that comes without a connection, with a POST.
 *
 * It does what the same command does on a WebSocket. Called by httpd's
 * workers; any thread.
 */
#ifndef CHATWS_ACT_OBEY_H
#define CHATWS_ACT_OBEY_H

#include "act/act_say.h"

typedef struct {
    act_said published; /* how it went; `id` and `repeated` of a message */
    bool stranger; /* CHAT_FORBIDDEN: who has not entered cannot be renamed */
    chat_person you; /* of a name command: the new name */
} act_result;

/* Charges the person's rate and obeys, or says why not. A message is
 * published as act_say does. A new name is for a guest who is a member of
 * the room; typing is told to the others if the person is one, and else to
 * nobody, which is no error. The command stays the caller's. */
act_result act_obey(room_store *store, int slot,
                               const act_room_key *room,
                               const act_settings *settings,
                               const struct act_address *from,
                               const chat_person *who,
                               const chat_command *command);

#endif
