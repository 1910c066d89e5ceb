/* act_upkeep.c - see act_upkeep.h. */
#include "act/control/act_upkeep.h"

#include <string.h>

#include "act/moderation/act_amend.h"
#include "act/past/act_written.h"
#include "act/relay/act_await.h"
#include "room/relay/room_relay.h"

/* What the configuration has given the room is only known to those who come to
 * it: it stays as it is. */
static bool keep_settings(const act_answer *answer, room_handle room,
                          act_settings *settings)
{
    room_relay_facts facts;

    *settings = (act_settings){ .moderates = 1, .archive_keep = -1 };
    if (!room_relay_on(answer->store)) {
        return true;
    }
    if (room_relay_look(answer->store, room, &facts) != ROOM_OK) {
        return false;
    }
    settings->history_count = facts.keep_count;
    settings->history_age = facts.keep_age_ms;
    return true;
}

static chat_error amend(act_answer *answer, const act_answer_room *room)
{
    static const act_address nowhere;
    const chat_command *command = &answer->asked->command;
    const act_room_key key = { .key = room->key, .key_size = room->key_size,
                               .archive = answer->archive };
    act_settings settings;
    chat_person owner;
    /* As of somebody in it, so that it is not opened with these settings. */
    act_call call = { .store = answer->store, .slot = -1,
                      .settings = &settings, .from = &nowhere, .who = &owner,
                      .key = &key, .relay = answer->relay, .seated = true,
                      .room = room->handle };
    act_result result = { .error = CHAT_OK };

    if (!keep_settings(answer, room->handle, &settings)) {
        return CHAT_UNAVAILABLE;
    }
    act_answer_by(answer, &owner);
    if (command->kind == CHAT_COMMAND_CLEAR) {
        act_amend_clear(&call, command, &result);
    }
    else {
        act_amend_room(&call, command, &result);
    }
    act_await(&call, command, &result);
    return result.error == CHAT_OK ? act_written(&call, command, &result)
                                   : result.error;
}

void act_upkeep_obey(act_answer *answer)
{
    base_bytes rooms = BASE_BYTES_INIT;
    size_t count = act_answer_rooms(answer, &rooms);
    chat_error error = CHAT_OK;

    if (count == 1) {
        error = amend(answer, (const void *)rooms.data);
    }
    if (count == 0) {
        act_answer_error(answer, "not_found", "No such room is in use.");
    }
    else if (count > 1) {
        act_answer_error(answer, "bad_request", "Several sites have this "
                         "room: name it SITE/PATH.");
    }
    else if (error != CHAT_OK) {
        act_answer_error(answer, chat_error_code(error),
                         chat_error_text(error));
    }
    else {
        act_answer_end(answer, "rooms", count);
    }
    base_bytes_free(&rooms);
}
