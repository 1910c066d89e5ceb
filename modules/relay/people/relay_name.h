/* relay_name.h - a person as a member of a room, and how a guest gives way to
 * somebody verified whose name it has: one who comes here (act/), or on another
 * host.
 *
 * Any thread; it needs no relay.
 */
#ifndef CHATWS_RELAY_NAME_H
#define CHATWS_RELAY_NAME_H

#include "chat/chat_person.h"
#include "room/people/room_member.h"

/* `who` with the keys of its name, which have the segment's secret: nobody can
 * choose names for one chain. No address, and it does not insist. */
void relay_name_member(const room_store *store, const chat_person *who,
                       room_member *member);

/* A guest with its default name of so many digits. Two guests in a room seldom
 * share the first four of their ids; all sixteen are the id, which nobody else
 * has, so that whoever tries 4, 8 and 16 finds a name. */
void relay_name_default(const room_store *store, uint64_t user, int digits,
                        room_member *member);

/* Gives the guest its default name, if it still has the name of `guest`. */
void relay_name_reset(room_store *store, room_handle room,
                      const room_member *guest);

/* The same of a verified user, who gets the name "NAME (ID)". */
void relay_name_tell_apart(room_store *store, room_handle room,
                           const room_member *user);

/* Guests who have the name of `owner`, or one that looks like it, get their
 * default names. Once the owner is in the room no guest can take the name any
 * more, so that this ends: with one who has the same name and one whose name
 * looks like it. A child that is killed in between does it when the owner comes
 * back. */
void relay_name_take_back(room_store *store, room_handle room,
                          const room_member *owner);

#endif
