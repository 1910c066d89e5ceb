/* act_member.c - persons and members; see act_member.h. */
#include "act/act_member.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_refusal.h"
#include "base/base_check.h"
#include "chat/chat_reserved.h"
#include "relay/people/relay_name.h"

typedef struct {
    chat_person *list;
    size_t count;
    size_t most;
} listing;

void act_member_person(const room_member *member, chat_person *who)
{
    who->user = member->user;
    who->guest = member->guest;
    who->moderator = member->moderator;
    chat_person_set_name(who, member->name, member->name_size);
    who->id_size = 0;
    if (member->id_size > 0) {
        chat_person_set_id(who, member->id, member->id_size);
    }
}

/* `until_us` 0: stays. */
typedef struct {
    room_store *store;
    room_handle room;
    int slot;
    int64_t until_us;
    uint64_t address;
    room_member member;
    room_member_joined joined;
} joining;

static room_status join_as(joining *it, const chat_person *who, bool insists)
{
    relay_name_member(it->store, who, &it->member);
    it->member.insists = insists;
    it->member.address = it->address;
    return it->until_us > 0
               ? room_member_join_until(it->store, it->room, it->slot,
                                        &it->member, it->until_us, &it->joined)
               : room_member_join(it->store, it->room, it->slot, &it->member,
                                  &it->joined);
}

static room_status join_guest(joining *it, chat_person *who)
{
    room_status status = ROOM_NAME_TAKEN;

    if (who->name_size > 0) {
        return join_as(it, who, false);
    }
    for (int digits = 4; digits <= 16 && status == ROOM_NAME_TAKEN;
         digits *= 2) {
        chat_person_guest_name(who, digits);
        status = join_as(it, who, false);
    }
    return status;
}

/* Two whom the site calls the same are told apart by their ids. Nobody who is
 * let in by the site is kept out of the room because of a name: who is called
 * like somebody else even then has chosen that name. */
static room_status join_verified(joining *it, chat_person *who)
{
    room_status status = join_as(it, who, false);

    if (status == ROOM_NAME_TAKEN) {
        chat_person_append_id(who);
        status = join_as(it, who, true);
    }
    if (status == ROOM_OK) {
        relay_name_take_back(it->store, it->room, &it->member);
    }
    return status;
}

/* A guest who is there already keeps its name, whatever was tried here: the
 * segment answers with the one that counts. */
static chat_error join(joining *it, chat_person *who)
{
    room_status status = who->guest ? join_guest(it, who)
                                    : join_verified(it, who);

    if (status == ROOM_OK) {
        act_member_person(&it->joined.member, who);
    }
    return act_refusal_error(status);
}

chat_error act_member_join(room_store *store, room_handle room, int slot,
                           chat_person *who, uint64_t address, bool *back)
{
    joining it = { .store = store, .room = room, .slot = slot,
                   .address = address };
    chat_error error = join(&it, who);

    if (back && error == CHAT_OK) {
        *back = !it.joined.fresh;
    }
    return error;
}

chat_error act_member_visit(room_store *store, room_handle room, int slot,
                            chat_person *who, uint64_t address,
                            int64_t until_us)
{
    joining it = { .store = store, .room = room, .slot = slot,
                   .until_us = until_us, .address = address };

    return join(&it, who);
}

chat_error act_member_rename(room_store *store, room_handle room,
                             const act_settings *settings,
                             const chat_person *who)
{
    room_member member;

    if (chat_reserved_name(who->name, who->name_size, settings->reserved)) {
        return CHAT_NAME_RESERVED;
    }
    relay_name_member(store, who, &member);
    return act_refusal_error(room_member_rename(store, room, &member));
}

room_status act_member_find(room_store *store, room_handle room, uint64_t user,
                            chat_person *who)
{
    room_member member;
    room_status status = room_member_find(store, room, user, &member);

    if (status == ROOM_OK) {
        act_member_person(&member, who);
    }
    return status;
}

/* Somebody who speaks without being in the room must not look like one who is:
 * a guest gets a name that no member has, and a verified user takes its own
 * from the guest who has it, or is told from another one, as by a join. */
static void name_guest(room_store *store, room_handle room, chat_person *who)
{
    room_status status = ROOM_OK;
    room_member member;
    room_member other;

    for (int digits = 4; digits <= 16 && status == ROOM_OK; digits *= 2) {
        relay_name_default(store, who->user, digits, &member);
        status = room_member_rival(store, room, &member, ROOM_RIVALS_ALL,
                                   &other);
    }
    act_member_person(&member, who);
}

static void name_verified(room_store *store, room_handle room,
                          chat_person *who)
{
    room_member member;
    room_member other;

    relay_name_member(store, who, &member);
    if (room_member_rival(store, room, &member, ROOM_RIVALS_VERIFIED, &other)
        == ROOM_OK) {
        chat_person_append_id(who);
        relay_name_member(store, who, &member);
    }
    relay_name_take_back(store, room, &member);
}

room_status act_member_name(room_store *store, room_handle room,
                            chat_person *who)
{
    bool moderator = who->moderator;
    room_status status = act_member_find(store, room, who->user, who);

    if (status == ROOM_ABSENT) {
        if (!who->guest && who->name_size > 0) {
            name_verified(store, room, who);
        }
        else if (who->guest && who->name_size == 0) {
            name_guest(store, room, who);
        }
    }
    who->moderator = who->moderator || moderator;
    return status == ROOM_ABSENT && who->name_size > 0 ? ROOM_OK : status;
}

/* False when somebody came since they were counted: the list would be cut. */
static bool add_to_list(void *context, const room_member *member)
{
    listing *into = context;

    if (into->count == into->most) {
        return false;
    }
    act_member_person(member, &into->list[into->count++]);
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
