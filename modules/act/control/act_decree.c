/* act_decree.c - see act_decree.h. */
#include "act/control/act_decree.h"

#include <string.h>

#include "act/control/act_inventory.h"
#include "act/moderation/act_purge.h"
#include "act/moderation/act_sanction.h"
#include "act/relay/act_await.h"
#include "act/relay/act_share.h"
#include "base/base_clock.h"
#include "room/archive/room_ack.h"

#define ACK_US INT64_C(5000000)
#define ALL_KINDS 15u

static void order(const act_call *call, const chat_command *command,
                  act_result *result)
{
    memset(result, 0, sizeof(*result));
    switch (command->kind) {
    case CHAT_COMMAND_MUTE: act_sanction_mute(call, command, result); break;
    case CHAT_COMMAND_BAN: act_sanction_ban(call, command, result); break;
    case CHAT_COMMAND_KICK: act_sanction_kick(call, command, result); break;
    default: act_sanction_pardon(call, command, result); break;
    }
}

static bool is_about(const room_sanction *what, const chat_command_user *user)
{
    chat_person who = { .user = what->user.user,
                        .guest = what->user.guest != 0 };
    size_t size = what->user.id_size > 0 ? what->user.id_size
                                         : what->user.name_size;
    const char *id = what->user.id_size > 0 ? what->user.id : what->user.name;
    base_bytes text = BASE_BYTES_INIT;
    bool same;

    if (size > ROOM_NAME_MAX) {
        return false;
    }
    if (!who.guest) {
        return user->size == size + 2 && user->text[0] == 'u'
               && memcmp(user->text + 2, id, size) == 0;
    }
    chat_person_write_id(&text, &who); /* with its quotes */
    same = text.len == user->size + 2
           && memcmp(text.data + 1, user->text, user->size) == 0;
    base_bytes_free(&text);
    return same;
}

/* The sanctions against the user. */
typedef struct {
    const chat_command_user *user;
    const uint64_t *realm; /* NULL: of any */
    base_bytes found;      /* room_sanction */
} search;

static bool find_one(void *context, const room_sanction *what)
{
    search *it = context;

    if ((!it->realm || *it->realm == what->realm)
        && is_about(what, it->user)) {
        base_bytes_append(&it->found, what, sizeof(*what));
    }
    return true;
}

static bool has_any(const act_answer *answer, uint64_t realm)
{
    search it = { .user = &answer->asked->command.user, .realm = &realm };
    bool any;

    (void)room_sanction_all(answer->store, base_clock_mono(), find_one, &it);
    any = it.found.len > 0;
    base_bytes_free(&it.found);
    return any;
}

/* In the realm of one room. False: a pardon of nothing. */
static bool decree(act_answer *answer, const act_answer_room *room,
                   chat_error *error)
{
    static const act_settings settings;
    static const act_address nowhere;
    const act_room_key key = { .key = room->key, .key_size = room->key_size,
                               .archive = answer->archive };
    chat_person owner;
    act_call call = { .store = answer->store, .slot = answer->slot,
                      .settings = &settings, .from = &nowhere, .who = &owner,
                      .key = &key, .realm = room->realm,
                      .relay = answer->relay };
    act_result result;

    act_answer_by(answer, &owner);
    order(&call, &answer->asked->command, &result);
    act_await(&call, &answer->asked->command, &result);
    if (answer->archive && !answer->relay && result.purge.user != 0) {
        do {
            result.error = act_purge_past(&call, &result.purge);
        } while (result.purge.left);
    }
    while (result.purge.left) {
        act_purge_step(&call, &result.purge);
    }
    *error = result.error;
    return result.ended
           || answer->asked->command.kind != CHAT_COMMAND_PARDON;
}

static void tell_room(act_answer *answer, const act_answer_room *room)
{
    base_bytes line = BASE_BYTES_INIT;

    base_bytes_append_text(&line, "{\"room\":");
    chat_control_write_room(&line, room->key, room->key_size);
    base_bytes_append_text(&line, "}");
    (void)act_answer_line(answer, &line);
    base_bytes_free(&line);
}

static bool is_new(base_bytes *realms, uint64_t realm)
{
    for (size_t at = 0; at < realms->len; at += sizeof(realm)) {
        if (memcmp(realms->data + at, &realm, sizeof(realm)) == 0) {
            return false;
        }
    }
    base_bytes_append(realms, &realm, sizeof(realm));
    return true;
}

/* Ends all of a user in a realm without a room; for the other hosts, too. */
static bool pardon_one(const act_answer *answer, const room_sanction *what,
                       chat_error *error)
{
    const chat_command *command = &answer->asked->command;
    room_notice notice = { .kind = ROOM_NOTICE_PARDON, .what = *what };
    act_call call = { .store = answer->store, .slot = answer->slot,
                      .relay = answer->relay };
    act_result result = { .error = CHAT_OK };
    chat_person owner;
    unsigned count = 0;

    act_answer_by(answer, &owner);
    act_sanction_keep_person(&owner, &notice.what.by);
    (void)room_sanction_end(answer->store, what->realm, what->user.user,
                            ALL_KINDS, &count);
    if (count > 0) {
        act_share_sanction(&call, &notice, 0, &result);
        act_await(&call, command, &result);
        *error = result.error != CHAT_OK ? result.error : *error;
    }
    return count > 0;
}

/* What is left in realms without a room that anybody uses; so many. */
static unsigned pardon_rest(act_answer *answer, chat_error *error)
{
    search it = { .user = &answer->asked->command.user };
    unsigned ended = 0;
    room_sanction what;

    (void)room_sanction_all(answer->store, base_clock_mono(), find_one, &it);
    for (size_t at = 0; at < it.found.len; at += sizeof(what)) {
        memcpy(&what, it.found.data + at, sizeof(what));
        ended += pardon_one(answer, &what, error);
    }
    base_bytes_free(&it.found);
    return ended;
}

/* As a moderator's: it is done when it outlives a stop. */
static void finish(act_answer *answer, uint64_t count)
{
    uint32_t version = room_sanction_version(answer->store);

    if (room_ack_wait_sanctions(answer->store, version,
                                base_clock_mono() + ACK_US)
        != ROOM_OK) {
        act_answer_error(answer, "unavailable",
                         "It holds, but the archive does not have it yet: the "
                         "error log says why.");
        return;
    }
    act_answer_end(answer, "realms", count);
}

/* `known`: why there is no such room, if there is none. */
static void refuse_room(act_answer *answer, bool known)
{
    if (!known) {
        act_answer_error(answer, "unavailable",
                         "No such room is in use, and the archive cannot be "
                         "asked now: the error log says why.");
        return;
    }
    act_answer_error(answer, "not_found",
                     answer->archive
                         ? "There is no such room."
                         : "No such room is in use: name one in which "
                           "somebody has been since httpd was started.");
}

void act_decree_obey(act_answer *answer)
{
    const chat_control *asked = answer->asked;
    bool pardon = asked->command.kind == CHAT_COMMAND_PARDON;
    base_bytes rooms = BASE_BYTES_INIT;
    base_bytes realms = BASE_BYTES_INIT;
    const act_answer_room *room;
    chat_error error = CHAT_OK;
    uint64_t done = 0;
    size_t count;
    bool known;

    (void)act_answer_rooms(answer, &rooms);
    known = act_answer_add_archived(answer, &rooms);
    count = rooms.len / sizeof(act_answer_room);
    room = (const void *)rooms.data;
    for (size_t i = 0; i < count && error == CHAT_OK; i++) {
        if (room[i].realm != 0 && is_new(&realms, room[i].realm)
            /* Other hosts may have what this one does not. */
            && (!pardon || answer->relay || has_any(answer, room[i].realm))
            && decree(answer, &room[i], &error) && error == CHAT_OK) {
            done++;
            tell_room(answer, &room[i]);
        }
    }
    if (pardon && asked->room.size == 0 && asked->site.size == 0) {
        done += pardon_rest(answer, &error);
    }
    if (error != CHAT_OK) {
        act_answer_error(answer, chat_error_code(error),
                         chat_error_text(error));
    }
    else if (done == 0 && !pardon) {
        refuse_room(answer, known);
    }
    else {
        finish(answer, done);
    }
    base_bytes_free(&realms);
    base_bytes_free(&rooms);
}
