/* act_member.h - from a person to a member of a room, and back.
 *
 * Used by act and hub; any thread.
 */
#ifndef CHATWS_ACT_MEMBER_H
#define CHATWS_ACT_MEMBER_H

#include "act/act_settings.h"
#include "chat/chat_error.h"
#include "chat/chat_person.h"
#include "room/people/room_member.h"

/* Adds one connection of `who`; its name becomes the one that counts. A guest
 * without a name gets a default one that is free in the room, a verified user
 * whose name another one has "NAME (ID)". Guests whose name is that of a
 * verified user who comes, or looks like it, get their default name; all
 * children learn which ones (hub_presence_reset). `address`: where a guest
 * comes from (act_address.key), kept while it is a member. On CHAT_OK `back`
 * (may be NULL) tells whether the user was a member already, or still. */
chat_error act_member_join(room_store *store, room_handle room, int slot,
                           chat_person *who, uint64_t address, bool *back);

/* Gives a guest another name. CHAT_NAME_RESERVED: not this one, by
 * ChatReservedNames; CHAT_NAME_TAKEN: somebody else in the room has it, or one
 * that looks like it. */
chat_error act_member_rename(room_store *store, room_handle room,
                             const act_settings *settings,
                             const chat_person *who);

/* Sets `who`'s name to the one that its user has in the room, and `moderator`
 * if one of the user's connections there is a moderator's. A guest who is not
 * there gets a default name that no member has; a verified user who is not
 * there takes its name as by a join. ROOM_ABSENT: a verified user who has none
 * and brings none. ROOM_GONE, ROOM_BUSY: it is not known, and nobody is to be
 * shown as anybody else. */
room_status act_member_name(room_store *store, room_handle room,
                            chat_person *who);

/* Reads one member. ROOM_ABSENT, ROOM_GONE, ROOM_BUSY. */
room_status act_member_find(room_store *store, room_handle room, uint64_t user,
                            chat_person *who);

/* A member as a person. */
void act_member_person(const room_member *member, chat_person *who);

/* Somebody who does not stay: joins, and is a member until `until_us` of
 * base_clock_mono, both in one step; the rest as for act_member_join. */
chat_error act_member_visit(room_store *store, room_handle room, int slot,
                            chat_person *who, uint64_t address,
                            int64_t until_us);

/* `list` becomes the members as a new array, by `user`, that the caller frees;
 * NULL when they are more than `most`, or nobody. `version` is
 * room_member_version of what is given. ROOM_GONE, ROOM_BUSY: then `list` is
 * NULL and `count` 0. */
room_status act_member_list(room_store *store, room_handle room, uint32_t most,
                            chat_person **list, size_t *count,
                            uint64_t *version);

#endif
