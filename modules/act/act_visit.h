/* act_visit.h - before somebody enters, and without staying: a long-poll that
 * was not held makes its asker a member of the room for the grace all the same.
 * Called by httpd's workers; any thread.
 */
#ifndef CHATWS_ACT_VISIT_H
#define CHATWS_ACT_VISIT_H

#include "act/act_address.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"

/* Renews the lease; the room is made if need be. Nothing is done without a slot
 * (-1), for a guest whose key was made for this poll, who may never come back
 * with it, and for who is new beyond what the address may have of rooms and of
 * members without a connection. */
void act_visit(room_store *store, int slot, const act_room_key *room,
               const act_settings *settings, const act_address *from,
               const chat_person *who);

/* Whether `who` could enter the room now (which is made if need be): CHAT_OK,
 * or what the hub would find too (act_refusal_error). A child without a slot
 * has no rooms. Another who comes first may still take the last place. */
chat_error act_visit_check(room_store *store, int slot,
                           const act_room_key *room,
                           const act_settings *settings,
                           const chat_person *who);

#endif
