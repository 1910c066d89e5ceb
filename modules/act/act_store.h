/* act_store.h - the steps of act_say that the loop thread takes one by one
 * for a client that already has its room, and act_obey for what is not
 * stored.
 *
 * Used by act and hub; any thread.
 */
#ifndef CHATWS_ACT_STORE_H
#define CHATWS_ACT_STORE_H

#include "act/act_address.h"
#include "act/act_count.h"
#include "act/act_say.h"

/* Charges one command, whose own error (or CHAT_OK) is given, to the person and
 * to the address; fills in `result` and answers whether to go on. What the
 * person may not send costs the address nothing, so that one who floods takes
 * from the others behind that address no more than ChatRate. */
bool act_store_allowed(room_store *store, int slot,
                       const act_settings *settings, const act_address *from,
                       const chat_person *who, chat_error error,
                       act_said *result);

/* Fills in what the rooms answered. */
void act_store_refuse(act_said *result, room_status status);

/* Stores the message of a good command under the name that `who` has and wakes
 * the children that read, but not `except` (-1: none). As room_log_append, with
 * `result` filled in. */
room_status act_store_message(room_store *store, room_handle room, int except,
                              const act_address *from, const chat_person *who,
                              const chat_command *command,
                              act_said *result);

/* The counter that a result adds to. */
act_count act_store_counter(const act_said *result);

/* Adds one to a counter of the child with this slot; -1: of nobody. */
void act_store_count(room_store *store, int slot, act_count which);

#endif
