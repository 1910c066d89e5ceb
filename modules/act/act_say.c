/* act_say.c - storing a message; see act_say.h. */
#include "act/act_say.h"

#include <string.h>

#include "act/act_count.h"
#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/act_store.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "room/log/room_log.h"
#include "room/segment/room_slot.h"
#include "room/set/room_rate.h"
#include "room/table/room_table.h"

/* How often a room that vanished between opening and storing is reopened. */
#define TRIES 5

void act_store_count(room_store *store, int slot, act_count which)
{
    if (slot >= 0) {
        atomic_fetch_add_explicit(&room_slot_counters(store, slot)[which], 1,
                                  memory_order_relaxed);
    }
}

bool act_store_allowed(room_store *store, int slot,
                       const act_settings *settings, const act_address *from,
                       const chat_person *who, chat_error error,
                       act_said *result)
{
    memset(result, 0, sizeof(*result));
    if ((settings->rate > 0
         && !room_rate_take(store, who->user, from->tag, base_clock_mono(),
                            1000000 / settings->rate, settings->burst,
                            &result->retry))
        || !act_address_command(store, slot, settings, from,
                                &result->retry)) {
        result->error = CHAT_RATE_LIMITED;
    }
    else {
        result->error = error;
    }
    return result->error == CHAT_OK;
}

void act_store_refuse(act_said *result, room_status status)
{
    result->error = act_refusal_error(status);
    result->retry = act_refusal_retry(result->error);
    result->moved = status == ROOM_MOVED;
}

room_status act_store_message(room_store *store, room_handle room, int except,
                              const act_address *from, const chat_person *who,
                              const chat_command *command,
                              act_said *result)
{
    base_bytes tail = BASE_BYTES_INIT;
    room_log_entry entry;
    uint64_t seq;
    room_status status;

    chat_event_message_tail(&tail, who, command->text.data, command->text.len,
                            command->ref, command->ref_size);
    entry = (room_log_entry){
        .head = CHAT_EVENT_MESSAGE_HEAD,
        .head_size = sizeof(CHAT_EVENT_MESSAGE_HEAD) - 1,
        .tail = tail.data,
        .tail_size = tail.len,
        .user = who->user,
        .ref = command->ref,
        .ref_size = command->ref_size,
        .tag = from->tag,
        .wall_ms = base_clock_wall(),
        .mono_us = base_clock_mono(),
    };
    status = room_log_append(store, room, &entry, &result->id, &seq);
    if (status == ROOM_OK) {
        room_log_wake_readers(store, room, except);
    }
    act_store_refuse(result, status);
    result->repeated = status == ROOM_REPEATED;
    result->size = status == ROOM_OK ? entry.head_size + entry.tail_size : 0;
    base_bytes_free(&tail);
    return status;
}

/* The room may be given to another key between being opened and written to,
 * as long as nobody is in it: then it is opened again. */
static void open_and_store(room_store *store, const act_room_key *key,
                           const act_settings *settings,
                           const act_address *from, chat_person *who,
                           const chat_command *command, act_said *result)
{
    room_status status = ROOM_GONE;
    room_handle room;

    for (int i = 0; i < TRIES && status == ROOM_GONE; i++) {
        status = room_table_open(store, key->key, key->key_size,
                                 settings->history_count,
                                 settings->history_age, base_clock_now(),
                                 &room);
        if (status == ROOM_OK) {
            status = act_member_name(store, room, who);
        }
        if (status == ROOM_OK) {
            status = act_store_message(store, room, -1, from, who, command,
                                       result);
        }
        else {
            act_store_refuse(result, status);
        }
    }
}

act_said act_say(room_store *store, int slot,
                          const act_room_key *room,
                          const act_settings *settings,
                          const act_address *from, const chat_person *who,
                          const chat_command *command)
{
    act_said result;
    chat_person named = *who;

    if (act_store_allowed(store, slot, settings, from, who, command->error,
                          &result)) {
        if (!act_settings_rights(settings, who->guest).speak) {
            result.error = CHAT_READ_ONLY;
        }
        else if (!act_address_room(store, slot, settings, from, room,
                                   &result.retry)) {
            result.error = CHAT_RATE_LIMITED;
        }
        else {
            open_and_store(store, room, settings, from, &named, command,
                           &result);
        }
    }
    act_store_count(store, slot, act_store_counter(&result));
    return result;
}

act_count act_store_counter(const act_said *result)
{
    if (result->error == CHAT_RATE_LIMITED) {
        return ACT_COUNT_RATE_LIMITED;
    }
    if (result->error != CHAT_OK) {
        return ACT_COUNT_COMMAND_ERRORS;
    }
    return result->repeated ? ACT_COUNT_REPEATED : ACT_COUNT_MESSAGES;
}
