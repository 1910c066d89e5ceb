/* hub_store.h - the steps of hub_publish that the loop thread takes one by one
 * for a client that already has its room, and hub_command for what is not
 * stored.
 *
 * Private to modules/hub; any thread.
 */
#ifndef CHATWS_HUB_STORE_H
#define CHATWS_HUB_STORE_H

#include "hub/hub_address.h"
#include "hub/hub_count.h"
#include "hub/hub_publish.h"

/* Charges one command, whose own error (or CHAT_OK) is given, to the person and
 * to the address; fills in `result` and answers whether to go on. What the
 * person may not send costs the address nothing, so that one who floods takes
 * from the others behind that address no more than ChatRate. */
bool hub_store_allowed(room_store *store, int slot,
                       const hub_settings *settings, const hub_address *from,
                       const chat_person *who, chat_error error,
                       hub_published *result);

/* Fills in what the rooms answered. */
void hub_store_refuse(hub_published *result, room_status status);

/* Stores the message of a good command under the name that `who` has and wakes
 * the children that read, but not `except` (-1: none). As room_log_append, with
 * `result` filled in. */
room_status hub_store_message(room_store *store, room_handle room, int except,
                              const hub_address *from, const chat_person *who,
                              const chat_command *command,
                              hub_published *result);

/* The counter that a result adds to. */
hub_count hub_store_counter(const hub_published *result);

/* Adds one to a counter of the child with this slot; -1: of nobody. */
void hub_store_count(room_store *store, int slot, hub_count which);

#endif
