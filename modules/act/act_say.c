/* act_say.c - storing a message; see act_say.h. */
#include "act/act_say.h"

#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/relay/act_store.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "room/log/room_log.h"
#include "room/relay/room_relay.h"

/* How often a room that vanished between opening and storing is reopened. */
#define TRIES 5

/* What is told of a wait is rounded up to this, in microseconds. */
#define TENTH INT64_C(100000)

/* What the message answers, if anything. It may be gone by now; ROOM_DENIED: it
 * never was, unless another host had it just now. */
static room_status find_re(const act_call *call, room_handle room,
                           const chat_command_id *re, chat_event_said *said,
                           char text[ROOM_ID_TEXT])
{
    room_log_state now;
    room_status status;
    room_id id;

    if (re->size == 0) {
        return ROOM_OK;
    }
    if (!room_id_parse(re->text, re->size, &id)) {
        return ROOM_DENIED;
    }
    status = room_log_info(call->store, room, base_clock_mono(), &now);
    if (status == ROOM_OK && room_id_compare(&id, &now.newest) > 0
        && !room_relay_on(call->store)) {
        status = ROOM_DENIED;
    }
    room_id_format(&id, text);
    said->re = text;
    return status;
}

/* Stores the message under `who`'s name. The tail of the event is written here,
 * once for all readers; the head with the id is the log's. */
static room_status store_message(const act_call *call, room_handle room,
                                 const chat_person *who,
                                 const chat_command *command,
                                 act_result *result)
{
    base_bytes tail = BASE_BYTES_INIT;
    char re[ROOM_ID_TEXT];
    chat_event_said said = { .from = who,
                             .text = command->text.data,
                             .text_size = command->text.len,
                             .ref = command->ref,
                             .ref_size = command->ref_size };
    chat_event_text text;
    room_log_entry entry;
    room_status status = find_re(call, room, &command->re, &said, re);

    if (status != ROOM_OK) {
        return status;
    }
    text = chat_event_message_tail(&tail, &said);
    entry = (room_log_entry){
        .kind = ROOM_LOG_MESSAGE,
        .text_at = text.at,
        .text_size = text.size,
        .head = CHAT_EVENT_MESSAGE_HEAD,
        .head_size = sizeof(CHAT_EVENT_MESSAGE_HEAD) - 1,
        .tail = tail.data,
        .tail_size = tail.len,
        .user = who->user,
        .ref = command->ref,
        .ref_size = command->ref_size,
        .tag = call->from->tag,
        .wall_ms = base_clock_wall(),
        .mono_us = base_clock_mono(),
        .wait_us = who->moderator ? NULL : &result->retry,
    };
    status = act_store(call, room, &entry, NULL, result);
    if (status == ROOM_OK && !result->order) {
        room_log_wake_readers(call->store, room,
                              call->seated ? call->slot : -1);
    }
    base_bytes_free(&tail);
    return status;
}

static room_status try_once(const act_call *call, const chat_command *command,
                            act_result *result)
{
    chat_person named = *call->who;
    room_handle room = call->room;
    room_status status = ROOM_OK;

    if (!call->seated) {
        status = act_room_open(call->store, call->key, call->settings, &room);
    }
    if (status == ROOM_OK) {
        named.moderator = act_settings_rights(call->settings, named.guest)
                              .moderate;
        status = act_member_name(call->store, room, &named);
    }
    if (status == ROOM_OK) {
        status = store_message(call, room, &named, command, result);
    }
    return status;
}

/* What came of it, as an error of the protocol. */
static void tell(const act_call *call, room_status status, act_result *result)
{
    if (status == ROOM_DENIED) {
        result->error = CHAT_BAD_MEMBER;
        return;
    }
    if (status == ROOM_LOCKED || status == ROOM_SLOW) {
        result->error = status == ROOM_SLOW ? CHAT_SLOW : CHAT_LOCKED;
        result->retry = (result->retry + TENTH - 1) / TENTH * TENTH;
        return;
    }
    act_refusal_fill(result, status);
    if (status == ROOM_ABSENT && !call->seated) {
        result->error = CHAT_NOT_FOUND; /* and may not be made */
        result->retry = 0;
    }
    result->repeated = status == ROOM_REPEATED;
    /* Also a repeated one: its ack comes after the message that it names. */
    result->news = result->error == CHAT_OK;
}

void act_say_finish(const act_call *call, const chat_command *command,
                    const struct relay_order *order, act_result *result)
{
    (void)command;
    tell(call, act_store_finish(order, result), result);
}

void act_say(const act_call *call, const chat_command *command,
             act_result *result)
{
    room_status status = ROOM_GONE;

    if (!call->seated
        && !act_address_room(call->store, call->slot, call->settings,
                             call->from, call->key, &result->retry)) {
        result->error = CHAT_RATE_LIMITED;
        return;
    }
    /* A room in which nobody is may be given to another key between being
     * opened and written to. */
    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        status = try_once(call, command, result);
    }
    if (!result->order) {
        tell(call, status, result);
    }
}
