/* act_member.c - persons and members; see act_member.h. */
#include "act/act_member.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_refusal.h"
#include "base/base_bytes.h"
#include "base/base_check.h"
#include "base/base_hash.h"
#include "chat/chat_name.h"
#include "chat/chat_reserved.h"
#include "chat/chat_skeleton.h"
#include "room/log/room_log.h"

/* Guests whose names one verified user can take; two are possible. */
#define RIVALS_MOST 8

typedef struct {
    chat_person *list;
    size_t count;
    size_t most;
} listing;

/* The keys have the segment's secret: nobody can choose names for one chain. */
static void to_member(const room_store *store, const chat_person *who,
                      room_member *member)
{
    const base_hash_key *secret = room_store_secret(store);
    base_bytes key = BASE_BYTES_INIT;

    chat_name_key(who->name, who->name_size, &key);
    member->user = who->user;
    member->guest = who->guest;
    member->name_key = base_hash(secret, key.data, key.len);
    key.len = 0;
    chat_skeleton_write(who->name, who->name_size, &key);
    member->skeleton_key = base_hash(secret, key.data, key.len);
    member->name_size = who->name_size;
    memcpy(member->name, who->name, who->name_size);
    base_bytes_free(&key);
}

static void to_person(const room_member *member, chat_person *who)
{
    who->user = member->user;
    who->guest = member->guest;
    chat_person_set_name(who, member->name, member->name_size);
}

/* The default name of a guest, with so many digits. Two guests in a room seldom
 * share the first four of their ids; all sixteen are the id, which nobody else
 * has, so that whoever tries 4, 8 and 16 finds a name. */
static void to_default(const room_store *store, uint64_t user, int digits,
                       room_member *member)
{
    chat_person who = { .user = user, .guest = true };

    chat_person_guest_name(&who, digits);
    to_member(store, &who, member);
}

static void reset_guest(room_store *store, room_handle room,
                        const room_member *guest)
{
    room_status status = ROOM_NAME_TAKEN;
    room_member member;

    for (int digits = 4; digits <= 16 && status == ROOM_NAME_TAKEN;
         digits *= 2) {
        to_default(store, guest->user, digits, &member);
        status = room_member_reset(store, room, &member, guest->name_key);
    }
}

/* Once the owner is in the room no guest can take the name any more, so that
 * this ends: with one who has the same name and one whose name looks like it.
 * A child that is killed in between does it when the owner comes back. */
static void take_back(room_store *store, room_handle room,
                      const room_member *owner)
{
    room_member guest;
    int count = 0;

    while (count < RIVALS_MOST
           && room_member_rival(store, room, owner, true, &guest) == ROOM_OK) {
        reset_guest(store, room, &guest);
        count++;
    }
    if (count > 0) {
        room_log_wake_readers(store, room, -1);
    }
}

/* `until_us` 0: stays. A guest who is there already keeps its name, whatever
 * was tried here: the segment answers with the one that counts. */
static chat_error join(room_store *store, room_handle room, int slot,
                       chat_person *who, int64_t until_us, bool *back)
{
    room_member member;
    room_member_joined joined;
    room_status status = ROOM_NAME_TAKEN;
    bool unnamed = who->guest && who->name_size == 0;

    for (int digits = 4; digits <= 16 && status == ROOM_NAME_TAKEN;
         digits *= 2) {
        if (unnamed) {
            chat_person_guest_name(who, digits);
        }
        to_member(store, who, &member);
        status = until_us > 0
                     ? room_member_join_until(store, room, slot, &member,
                                              until_us, &joined)
                     : room_member_join(store, room, slot, &member, &joined);
        if (!unnamed) {
            break;
        }
    }
    if (status == ROOM_OK && !who->guest) {
        take_back(store, room, &member);
    }
    if (status == ROOM_OK) {
        to_person(&joined.member, who);
        if (back) {
            *back = !joined.fresh;
        }
    }
    return act_refusal_error(status);
}

chat_error act_member_join(room_store *store, room_handle room, int slot,
                           chat_person *who, bool *back)
{
    return join(store, room, slot, who, 0, back);
}

chat_error act_member_visit(room_store *store, room_handle room, int slot,
                            chat_person *who, int64_t until_us)
{
    return join(store, room, slot, who, until_us, NULL);
}

chat_error act_member_rename(room_store *store, room_handle room,
                             const act_settings *settings,
                             const chat_person *who)
{
    room_member member;

    if (chat_reserved_name(who->name, who->name_size, settings->reserved)) {
        return CHAT_NAME_RESERVED;
    }
    to_member(store, who, &member);
    return act_refusal_error(room_member_rename(store, room, &member));
}

room_status act_member_find(room_store *store, room_handle room, uint64_t user,
                            chat_person *who)
{
    room_member member;
    room_status status = room_member_find(store, room, user, &member);

    if (status == ROOM_OK) {
        to_person(&member, who);
    }
    return status;
}

/* Somebody who speaks without being in the room must not look like one who is:
 * a guest gets a name that no member has, and a verified user takes its own
 * from the guest who has it, as by a join. */
static void name_stranger(room_store *store, room_handle room,
                          chat_person *who)
{
    room_status status = ROOM_OK;
    room_member member;
    room_member other;

    if (!who->guest && who->name_size > 0) {
        to_member(store, who, &member);
        take_back(store, room, &member);
    }
    if (!who->guest || who->name_size > 0) {
        return;
    }
    for (int digits = 4; digits <= 16 && status == ROOM_OK; digits *= 2) {
        to_default(store, who->user, digits, &member);
        status = room_member_rival(store, room, &member, false, &other);
    }
    to_person(&member, who);
}

room_status act_member_name(room_store *store, room_handle room,
                            chat_person *who)
{
    room_status status = act_member_find(store, room, who->user, who);

    if (status == ROOM_ABSENT) {
        name_stranger(store, room, who);
    }
    return status == ROOM_ABSENT && who->name_size > 0 ? ROOM_OK : status;
}

/* False when somebody came since they were counted: the list would be cut. */
static bool add_to_list(void *context, const room_member *member)
{
    listing *into = context;

    if (into->count == into->most) {
        return false;
    }
    to_person(member, &into->list[into->count++]);
    return true;
}

/* hub_presence compares two lists by going through both once. */
static int by_user(const void *one, const void *other)
{
    uint64_t a = ((const chat_person *)one)->user;
    uint64_t b = ((const chat_person *)other)->user;

    return (a > b) - (a < b);
}

room_status act_member_list(room_store *store, room_handle room, uint32_t most,
                            chat_person **list, size_t *count,
                            uint64_t *version)
{
    listing into = { NULL, 0, 0 };
    room_status status = ROOM_OK;

    /* In this order: a change after the version was read makes the list newer
     * than it says, which costs a look more; the other way round one would be
     * missed. */
    *version = room_member_version(store, room);
    *count = room_member_count(store, room);
    while (status == ROOM_OK && into.count == into.most && *count <= most
           && *count > 0) {
        free(into.list);
        into.count = 0;
        into.most = *count + 1; /* one more than there were: it is not cut */
        into.list = calloc(into.most, sizeof(into.list[0]));
        BASE_CHECK(into.list != NULL);
        status = room_member_each(store, room, (uint32_t)into.most,
                                  add_to_list, &into, version);
        *count = status == ROOM_OK ? into.count : 0;
    }
    *list = NULL;
    if (into.list == NULL || *count > most || *count == 0) {
        free(into.list);
        return status;
    }
    qsort(into.list, into.count, sizeof(into.list[0]), by_user);
    *list = into.list;
    return ROOM_OK;
}
