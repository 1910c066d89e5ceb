/* hub_command.c - commands without a connection; see hub_command.h. */
#include "hub/hub_command.h"

#include "base/base_clock.h"
#include "hub/hub_member.h"
#include "hub/hub_refusal.h"
#include "hub/hub_store.h"
#include "room/room_log.h"
#include "room/room_table.h"
#include "room/room_typing.h"

/* One command on its way. */
typedef struct {
    room_store *store;
    const hub_room_key *key;
    const hub_settings *settings;
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
        status = hub_member_find(given->store, given->room, given->who.user,
                                 &given->who);
    }
    return status == ROOM_GONE ? ROOM_ABSENT : status;
}

static void rename_guest(order *given, hub_commanded *result)
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
        hub_store_refuse(&result->published, status);
        return;
    }
    chat_person_set_name(&given->who, name->data, name->len);
    result->published.error = hub_member_rename(given->store, given->room,
                                                given->settings, &given->who);
    result->published.retry = hub_refusal_retry(result->published.error);
    result->you = given->who;
}

static void type(order *given, hub_commanded *result)
{
    uint32_t most = given->settings->presence_most;

    if (!hub_settings_rights(given->settings, given->who.guest).speak) {
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

hub_commanded hub_command_obey(room_store *store, int slot,
                               const hub_room_key *room,
                               const hub_settings *settings,
                               const hub_address *from,
                               const chat_person *who,
                               const chat_command *command)
{
    order given = { .store = store, .key = room, .settings = settings,
                    .command = command, .who = *who };
    hub_commanded result = { .stranger = false };

    if (command->error != CHAT_OK || command->kind == CHAT_COMMAND_MESSAGE) {
        result.published = hub_publish(store, slot, room, settings, from, who,
                                       command);
        return result;
    }
    if (hub_store_allowed(store, slot, settings, from, who, CHAT_OK,
                          &result.published)) {
        if (command->kind == CHAT_COMMAND_NAME) {
            rename_guest(&given, &result);
        }
        else {
            type(&given, &result);
        }
    }
    if (result.published.error != CHAT_OK) {
        hub_store_count(store, slot, hub_store_counter(&result.published));
    }
    return result;
}
