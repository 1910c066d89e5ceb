/* hub_member.c - persons and members; see hub_member.h. */
#include "hub/hub_member.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "base/base_hash.h"
#include "chat/chat_name.h"
#include "hub/hub_refusal.h"

typedef struct {
    chat_person *list;
    size_t count;
    size_t most;
} listing;

static void to_member(const chat_person *who, room_member *member)
{
    static const base_hash_key fixed = { 0, 0 };
    base_bytes key = BASE_BYTES_INIT;

    chat_name_key(who->name, who->name_size, &key);
    member->user = who->user;
    member->guest = who->guest;
    member->name_key = base_hash(&fixed, key.data, key.len);
    member->look_key = 0;
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

/* `until_us` 0: stays. */
static chat_error join(room_store *store, room_handle room, int slot,
                       chat_person *who, int64_t until_us)
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
        to_member(who, &member);
        status = until_us > 0
                     ? room_member_visit(store, room, slot, &member, until_us,
                                         &joined)
                     : room_member_join(store, room, slot, &member, &joined);
        if (!unnamed) {
            break;
        }
    }
    if (status == ROOM_OK) {
        to_person(&joined.member, who);
    }
    return hub_refusal_error(status);
}

chat_error hub_member_join(room_store *store, room_handle room, int slot,
                           chat_person *who)
{
    return join(store, room, slot, who, 0);
}

chat_error hub_member_visit(room_store *store, room_handle room, int slot,
                            chat_person *who, int64_t until_us)
{
    return join(store, room, slot, who, until_us);
}

chat_error hub_member_rename(room_store *store, room_handle room,
                             const chat_person *who)
{
    room_member member;

    to_member(who, &member);
    return hub_refusal_error(room_member_rename(store, room, &member));
}

room_status hub_member_find(room_store *store, room_handle room, uint64_t user,
                            chat_person *who)
{
    room_member member;
    room_status status = room_member_find(store, room, user, &member);

    if (status == ROOM_OK) {
        to_person(&member, who);
    }
    return status;
}

room_status hub_member_name(room_store *store, room_handle room,
                            chat_person *who)
{
    room_status status = hub_member_find(store, room, who->user, who);

    if (status == ROOM_ABSENT && who->guest && who->name_size == 0) {
        chat_person_guest_name(who, 4);
    }
    return status == ROOM_ABSENT && who->name_size > 0 ? ROOM_OK : status;
}

static bool add_to_list(void *context, const room_member *member)
{
    listing *into = context;

    if (into->count == into->most) {
        return false;
    }
    to_person(member, &into->list[into->count++]);
    return true;
}

static int by_user(const void *one, const void *other)
{
    uint64_t a = ((const chat_person *)one)->user;
    uint64_t b = ((const chat_person *)other)->user;

    return (a > b) - (a < b);
}

room_status hub_member_list(room_store *store, room_handle room, uint32_t most,
                            chat_person **list, size_t *count,
                            uint64_t *version)
{
    listing into = { NULL, 0, 0 };
    room_status status = ROOM_OK;

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
