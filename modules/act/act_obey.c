/* act_obey.c - one table of commands; see act_obey.h. */
#include "act/act_obey.h"

#include <inttypes.h>
#include <stdio.h>

#include "act/act_count.h"
#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/act_say.h"
#include "act/filter/act_wording.h"
#include "act/moderation/act_amend.h"
#include "act/moderation/act_ban.h"
#include "act/moderation/act_report.h"
#include "act/moderation/act_sanction.h"
#include "act/relay/act_share.h"
#include "act/relay/act_store.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "relay/relay.h"
#include "relay/relay_room.h"
#include "room/log/room_log.h"
#include "room/log/room_state.h"
#include "room/people/room_typing.h"
#include "room/set/room_rate.h"
#include "room/table/room_table.h"

#define SECOND INT64_C(1000000)

/* The room of a member. ROOM_ABSENT: there is no such room or member. */
static room_status find_room(const act_call *call, room_handle *room)
{
    room_member member;
    room_status status;

    *room = call->room;
    if (call->seated) {
        return ROOM_OK;
    }
    status = room_table_find(call->store, call->key->key, call->key->key_size,
                             room);
    if (status == ROOM_OK) {
        status = room_member_find(call->store, *room, call->who->user,
                                  &member);
    }
    return status == ROOM_GONE ? ROOM_ABSENT : status;
}

/* A verified user's name is the site's business. */
static void rename_guest(const act_call *call, const chat_command *command,
                         act_result *result)
{
    room_handle room;
    room_status status;

    if (act_settings_silent(call->settings)) {
        result->error = CHAT_READ_ONLY;
        return;
    }
    if (!call->who->guest) {
        result->error = CHAT_FORBIDDEN;
        return;
    }
    status = find_room(call, &room);
    if (status == ROOM_ABSENT) {
        result->error = CHAT_FORBIDDEN;
        result->stranger = true;
        return;
    }
    if (status != ROOM_OK) {
        act_refusal_fill(result, status);
        return;
    }
    result->you = *call->who;
    chat_person_set_name(&result->you, command->name.data, command->name.len);
    result->error = act_member_rename(call->store, room, call->settings,
                                      &result->you);
    result->retry = act_refusal_retry(result->error);
}

/* As for the list of members: when they came by locations with different
 * values, the largest counts. */
static uint32_t presence_most(const act_call *call)
{
    uint32_t own = call->settings->presence_most;

    return own > 0 && own < call->presence_most ? call->presence_most : own;
}

/* Nobody waits for it: what is lost on the way is not missed. */
static void tell_hosts(const act_call *call)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    base_bytes channel = BASE_BYTES_INIT;
    relay_room room;
    char text[2 + 16 + 1];

    act_room_relayed(call->store, call->key, call->settings, call->relay,
                     &room);
    relay_room_channel(&room, &channel);
    snprintf(text, sizeof(text), "T %016" PRIx64, call->who->user);
    relay_order_add_text(order, "PUBLISH");
    relay_order_add(order, channel.data, channel.len);
    relay_order_add_text(order, text);
    relay_send(call->relay, order);
    base_bytes_free(&channel);
}

/* A hint that nobody misses: whatever hinders it is no error. Where the members
 * are only counted, nobody is told who types either. */
static void note_typing(const act_call *call, const chat_command *command,
                        act_result *result)
{
    uint32_t most = presence_most(call);
    room_handle room;

    (void)command;
    result->news = most > 0 && find_room(call, &room) == ROOM_OK
                   && room_member_count(call->store, room) <= most
                   && room_typing_note(call->store, room, call->who->user,
                                       base_clock_mono()) == ROOM_OK;
    if (result->news) {
        room_log_wake_readers(call->store, room,
                              call->seated ? call->slot : -1);
        if (call->relay) {
            tell_hosts(call);
        }
    }
}

/* What somebody needs who wants that to be done. */
enum {
    VOICE = 1,    /* the right to speak, */
    NAMED = 2,    /* or at least not to be one of those who only read */
    UNMUTED = 4,  /* not to be muted */
    UNLOCKED = 8, /* that the room is not locked */
    MODERATOR = 16,
    ROOM = 32     /* the room, if only the archive or the relay has it */
};

#define SPEECH (VOICE | UNMUTED | UNLOCKED)

static const struct {
    unsigned needs;
    void (*obey)(const act_call *call, const chat_command *command,
                 act_result *result);
    /* Of those that make an order. */
    void (*finish)(const act_call *call, const chat_command *command,
                   const relay_order *order, act_result *result);
} commands[CHAT_COMMANDS] = {
    /* A command without `obey` is not known here. */
    /* Whether the room is locked or slow is looked at where it is stored: one
     * that was stored before is acked. */
    [CHAT_COMMAND_MESSAGE] = { VOICE | UNMUTED, act_say, act_say_finish },
    [CHAT_COMMAND_TYPING] = { SPEECH, note_typing, NULL },
    [CHAT_COMMAND_NAME] = { NAMED | UNMUTED, rename_guest, NULL },
    [CHAT_COMMAND_DELETE] = { ROOM, act_amend_delete, act_amend_finish },
    [CHAT_COMMAND_EDIT] = { SPEECH | ROOM, act_amend_edit,
                            act_amend_finish },
    [CHAT_COMMAND_REPORT] = { VOICE | UNMUTED | ROOM, act_report,
                              act_report_finish },
    [CHAT_COMMAND_MUTE] = { MODERATOR, act_sanction_mute, act_share_finish },
    [CHAT_COMMAND_BAN] = { MODERATOR, act_sanction_ban, act_share_finish },
    [CHAT_COMMAND_KICK] = { MODERATOR, act_sanction_kick, act_share_finish },
    [CHAT_COMMAND_PARDON] = { MODERATOR, act_sanction_pardon,
                              act_share_finish },
    [CHAT_COMMAND_ROOM] = { MODERATOR, act_amend_room, act_amend_finish },
    [CHAT_COMMAND_CLEAR] = { MODERATOR | ROOM, act_amend_clear,
                             act_amend_finish },
};

/* What the person may not send costs the address nothing, so that one who
 * floods takes from the others behind that address no more than ChatRate. */
static bool charge(const act_call *call, int64_t *retry)
{
    const act_settings *settings = call->settings;

    return (settings->rate == 0
            || room_rate_take(call->store, call->who->user, call->from->tag,
                              base_clock_mono(), SECOND / settings->rate,
                              settings->burst, retry))
           && act_address_command(call->store, call->slot, settings,
                                  call->from, retry);
}

/* What the configuration says. */
static chat_error check_rights(const act_call *call, unsigned needs)
{
    chat_rights has = act_settings_rights(call->settings, call->who->guest);

    if ((needs & MODERATOR) && !has.moderate) {
        return CHAT_NO_MODERATOR;
    }
    return ((needs & VOICE) && !has.speak)
                   || ((needs & NAMED) && act_settings_silent(call->settings))
               ? CHAT_READ_ONLY : CHAT_OK;
}

static bool is_locked(const act_call *call)
{
    room_handle room = call->room;
    room_state state;

    if (act_settings_rights(call->settings, call->who->guest).moderate
        || (!call->seated
            && room_table_find(call->store, call->key->key,
                               call->key->key_size, &room) != ROOM_OK)) {
        return false;
    }
    return room_state_read(call->store, room, &state) == ROOM_OK
           && state.locked;
}

/* What moderators say. Whoever is banned may have had a request on its way, or
 * a connection that has not ended yet. */
static void check_order(const act_call *call, unsigned needs,
                        act_result *result)
{
    int64_t muted = 0;

    result->error = act_ban_check(call->store, call->key, call->settings,
                                  call->from, call->who->user,
                                  call->who->guest, &result->rest);
    if (result->error == CHAT_OK && (needs & UNMUTED)) {
        muted = act_ban_muted(call->store, call->key, call->settings,
                              call->who->user, call->who->guest);
    }
    if (muted > 0) {
        result->error = CHAT_MUTED;
        result->rest = muted < ACT_BAN_FOREVER_S ? muted : 0;
    }
    else if (result->error == CHAT_OK && (needs & UNLOCKED)
             && is_locked(call)) {
        result->error = CHAT_LOCKED;
    }
}

/* A new name and typing are not counted: nothing was stored for others. */
static void count(const act_call *call, const act_result *result)
{
    if (result->error == CHAT_RATE_LIMITED) {
        act_count_add(call->store, call->slot, ACT_COUNT_RATE_LIMITED);
    }
    else if (result->error != CHAT_OK) {
        act_count_add(call->store, call->slot, ACT_COUNT_COMMAND_ERRORS);
    }
    else if (result->repeated) {
        act_count_add(call->store, call->slot, ACT_COUNT_REPEATED);
    }
    else if (result->size > 0) {
        act_count_add(call->store, call->slot, ACT_COUNT_MESSAGES);
    }
}

/* The last look of all: it costs the most, and only at what would be done. */
static void obey_worded(const act_call *call, const chat_command *command,
                        act_result *result)
{
    act_wording wording;

    result->error = act_wording_check(call->settings, call->who->guest,
                                      command, &wording);
    if (result->error == CHAT_OK) {
        commands[command->kind].obey(call, wording.command, result);
        act_wording_destroy(&wording);
    }
}

/* A room that is not in memory is read in, so that it is found. */
static void read_in(const act_call *call, act_result *result)
{
    room_table_nowhere nowhere;
    room_handle room;
    room_status status;

    if (!call->seated && (call->key->archive || call->key->relay)) {
        status = act_room_seek(call->store, call->key, call->settings, &room,
                               &nowhere);
        if (status != ROOM_OK && status != ROOM_ABSENT) {
            act_refusal_fill(result, status);
        }
    }
}

static void obey_checked(const act_call *call, const chat_command *command,
                         act_result *result)
{
    unsigned needs = commands[command->kind].needs;

    result->error = check_rights(call, needs);
    if (result->error == CHAT_OK && (needs & ROOM)) {
        read_in(call, result);
    }
    if (result->error == CHAT_OK) {
        check_order(call, needs, result);
    }
    if (result->error == CHAT_OK) {
        obey_worded(call, command, result);
    }
}

act_result act_obey(const act_call *call, const chat_command *command)
{
    act_result result = { .error = command->error };

    /* The charge first, also for what is no command: what is not charged could
     * be sent without end. */
    if (!charge(call, &result.retry)) {
        result.error = CHAT_RATE_LIMITED;
    }
    else if (result.error == CHAT_OK
             && !commands[command->kind].obey) {
        result.error = CHAT_BAD_TYPE;
    }
    else if (result.error == CHAT_OK) {
        obey_checked(call, command, &result);
    }
    if (!result.past && !result.order) {
        count(call, &result);
    }
    return result;
}

void act_obey_finish(const act_call *call, const chat_command *command,
                     act_result *result)
{
    relay_order *order = result->order;

    BASE_CHECK(commands[command->kind].finish != NULL);
    result->order = NULL;
    if (order->status == RELAY_OK) {
        if (!act_store_rated(call, order, result)) {
            commands[command->kind].finish(call, command, order, result);
        }
    }
    else {
        result->size = 0;
        act_refusal_fill(result, ROOM_BUSY);
        result->error = result->here ? CHAT_HERE_ONLY : result->error;
    }
    relay_order_free(order);
    if (!result->order && !result->past) {
        count(call, result);
    }
}

void act_obey_past(const act_call *call, const chat_command *command,
                   act_result *result)
{
    act_call again = *call;

    again.past = true;
    *result = (act_result){ .tries = result->tries };
    obey_checked(&again, command, result);
    if (!result->order) {
        count(call, result);
    }
}

bool act_obey_charge(const act_call *call, int64_t *retry)
{
    bool good = charge(call, retry);

    if (!good) {
        act_count_add(call->store, call->slot, ACT_COUNT_RATE_LIMITED);
    }
    return good;
}
