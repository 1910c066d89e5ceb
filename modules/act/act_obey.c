/* act_obey.c - commands without a connection; see act_obey.h. */
#include "act/act_obey.h"

#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/act_store.h"
#include "base/base_clock.h"
#include "room/log/room_log.h"
#include "room/people/room_typing.h"
#include "room/table/room_table.h"

/* One command on its way. */
typedef struct {
    room_store *store;
    const act_room_key *key;
    const act_settings *settings;
    const chat_command *command;
    room_handle room;
    chat_person who;
} order;

/* When the person is a member of the room, `who` has the name then.
 * ROOM_ABSENT: there is no such room or member. */
static room_status find_member(order *given)
{
    room_status status = room_table_find(given->store, given->key->key,
                                         given->key->key_size, &given->room);

    if (status == ROOM_OK) {
        status = act_member_find(given->store, given->room, given->who.user,
                                 &given->who);
    }
    return status == ROOM_GONE ? ROOM_ABSENT : status;
}

static void rename_guest(order *given, act_result *result)
{
    const base_bytes *name = &given->command->name;
    room_status status;

    if (!given->who.guest) {
        result->published.error = CHAT_FORBIDDEN;
        return;
    }
    status = find_member(given);
    if (status == ROOM_ABSENT) {
        result->published.error = CHAT_FORBIDDEN;
        result->stranger = true;
        return;
    }
    if (status != ROOM_OK) {
        act_store_refuse(&result->published, status);
        return;
    }
    chat_person_set_name(&given->who, name->data, name->len);
    result->published.error = act_member_rename(given->store, given->room,
                                                given->settings, &given->who);
    result->published.retry = act_refusal_retry(result->published.error);
    result->you = given->who;
}

static void type(order *given, act_result *result)
{
    uint32_t most = given->settings->presence_most;

    if (!act_settings_rights(given->settings, given->who.guest).speak) {
        result->published.error = CHAT_READ_ONLY;
        return;
    }
    if (most > 0 && find_member(given) == ROOM_OK
        && room_member_count(given->store, given->room) <= most
        && room_typing_note(given->store, given->room, given->who.user,
                            base_clock_mono()) == ROOM_OK) {
        room_log_wake_readers(given->store, given->room, -1);
    }
}

act_result act_obey(room_store *store, int slot,
                               const act_room_key *room,
                               const act_settings *settings,
                               const act_address *from,
                               const chat_person *who,
                               const chat_command *command)
{
    order given = { .store = store, .key = room, .settings = settings,
                    .command = command, .who = *who };
    act_result result = { .stranger = false };

    if (command->error != CHAT_OK || command->kind == CHAT_COMMAND_MESSAGE) {
        result.published = act_say(store, slot, room, settings, from, who,
                                       command);
        return result;
    }
    if (act_store_allowed(store, slot, settings, from, who, CHAT_OK,
                          &result.published)) {
        if (command->kind == CHAT_COMMAND_NAME) {
            rename_guest(&given, &result);
        }
        else {
            type(&given, &result);
        }
    }
    if (result.published.error != CHAT_OK) {
        act_store_count(store, slot, act_store_counter(&result.published));
    }
    return result;
}
