/* hub_member.h - from a person to a member of a room, and back.
 *
 * Private to modules/hub; any thread.
 */
#ifndef CHATWS_HUB_MEMBER_H
#define CHATWS_HUB_MEMBER_H

#include "chat/chat_error.h"
#include "chat/chat_person.h"
#include "room/room_member.h"

/* Adds one connection of `who`; its name becomes the one that counts. A guest
 * without a name gets a default one that is free in the room. */
chat_error hub_member_join(room_store *store, room_handle room, int slot,
                           chat_person *who);

/* Gives a guest another name. */
chat_error hub_member_rename(room_store *store, room_handle room,
                             const chat_person *who);

/* Sets `who`'s name to the one that its user has in the room; a guest who has
 * none there gets the default. False: a verified user without a name, who is
 * not to be shown as anybody else (the lock was not to be had). */
bool hub_member_name(room_store *store, room_handle room, chat_person *who);

/* Reads one member; false: there is no such. */
bool hub_member_find(room_store *store, room_handle room, uint64_t user,
                     chat_person *who);

/* The members as a new array, by `user`, that the caller frees; NULL when they
 * are more than `most`, and with a `count` of 0 when nothing is to be known.
 * `version` is room_member_version of what is given. */
chat_person *hub_member_list(room_store *store, room_handle room,
                             uint32_t most, size_t *count, uint64_t *version);

#endif
