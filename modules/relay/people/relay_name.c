/* relay_name.c - names in a room; see relay_name.h. */
#include "relay/people/relay_name.h"

#include <string.h>

#include "base/base_bytes.h"
#include "base/base_hash.h"
#include "chat/chat_name.h"
#include "chat/chat_skeleton.h"
#include "room/log/room_log.h"

/* Guests whose names one verified user can take; two are possible. */
#define RIVALS_MOST 8

void relay_name_member(const room_store *store, const chat_person *who,
                       room_member *member)
{
    const base_hash_key *secret = room_store_secret(store);
    base_bytes key = BASE_BYTES_INIT;

    chat_name_key(who->name, who->name_size, &key);
    member->user = who->user;
    member->guest = who->guest;
    member->moderator = who->moderator;
    member->insists = false;
    member->address = 0;
    member->name_key = base_hash(secret, key.data, key.len);
    key.len = 0;
    chat_skeleton_write(who->name, who->name_size, &key);
    member->skeleton_key = base_hash(secret, key.data, key.len);
    member->name_size = who->name_size;
    memcpy(member->name, who->name, who->name_size);
    member->id_size = who->id_size;
    memcpy(member->id, who->id, who->id_size);
    base_bytes_free(&key);
}

void relay_name_default(const room_store *store, uint64_t user, int digits,
                        room_member *member)
{
    chat_person who = { .user = user, .guest = true };

    chat_person_guest_name(&who, digits);
    relay_name_member(store, &who, member);
}

void relay_name_reset(room_store *store, room_handle room,
                      const room_member *guest)
{
    room_status status = ROOM_NAME_TAKEN;
    room_member member;

    for (int digits = 4; digits <= 16 && status == ROOM_NAME_TAKEN;
         digits *= 2) {
        relay_name_default(store, guest->user, digits, &member);
        status = room_member_reset(store, room, &member, guest->name_key);
    }
}

void relay_name_tell_apart(room_store *store, room_handle room,
                           const room_member *user)
{
    chat_person who = { .user = user->user };
    room_member member;

    chat_person_set_name(&who, user->name, user->name_size);
    if (user->id_size > 0) {
        chat_person_set_id(&who, user->id, user->id_size);
    }
    chat_person_append_id(&who);
    relay_name_member(store, &who, &member);
    member.insists = true;
    (void)room_member_reset(store, room, &member, user->name_key);
}

void relay_name_take_back(room_store *store, room_handle room,
                          const room_member *owner)
{
    room_member guest;
    int count = 0;

    while (count < RIVALS_MOST
           && room_member_rival(store, room, owner, ROOM_RIVALS_GUESTS, &guest)
                  == ROOM_OK) {
        relay_name_reset(store, room, &guest);
        count++;
    }
    if (count > 0) {
        room_log_wake_readers(store, room, -1);
    }
}
