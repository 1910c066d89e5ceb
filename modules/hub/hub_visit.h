/* hub_visit.h - a long-poll that was not held: its asker is a member of the
 * room for the grace all the same. Called by httpd's workers; any thread.
 */
#ifndef CHATWS_HUB_VISIT_H
#define CHATWS_HUB_VISIT_H

#include "chat/chat_person.h"
#include "hub/hub_publish.h"

/* Renews the lease; the room is made if need be. `slot` is the child's, or -1:
 * then nothing is done. */
void hub_visit(room_store *store, int slot, const hub_room_key *room,
               const hub_settings *settings, const chat_person *who);

#endif
