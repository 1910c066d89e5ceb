/* hub_command.c - a member's commands; see hub_command.h. */
#include "hub/room/hub_command.h"

#include "act/act_obey.h"
#include "act/act_refusal.h"
#include "act/past/act_written.h"
#include "chat/chat_command.h"
#include "chat/chat_event.h"
#include "chat/moderation/chat_order.h"
#include "hub/archive/hub_ack.h"
#include "hub/archive/hub_past.h"
#include "hub/hub_input.h"
#include "hub/hub_member.h"
#include "hub/hub_output.h"
#include "hub/room/hub_order.h"
#include "hub/room/hub_presence.h"
#include "hub/room/hub_room.h"
#include "room/set/room_sanction.h"
#include "ws/ws_close.h"

/* Who sends ten times ChatRate for ten seconds is closed. */
#define FLOOD_FACTOR 10
#define FLOOD_MS 10000
#define FLOOD_BYTES (UINT32_C(1) << 31)

/* Who says something after the rooms moved to another segment comes back to
 * say it there. */
#define MOVED_RETRY_S 1

/* What has to be archived, or to have come back from the relay, which says
 * whether there is an archive to wait for, before the answer. What was stored
 * by somebody else, or with this ref before, may be on its way there. */
static hub_ack_due due_of(const hub_client *client,
                          const chat_command *command, const act_result *done)
{
    const hub *core = client->shared->hub;
    hub_ack_due due = { .seq = 0 };

    if (core->relay) {
        due.id = done->id;
        due.archived = done->archived;
    }
    if (core->relay || !core->archive.ack) {
        return due;
    }
    switch (command->kind) {
    case CHAT_COMMAND_MESSAGE:
    case CHAT_COMMAND_DELETE:
    case CHAT_COMMAND_EDIT:
    case CHAT_COMMAND_ROOM:
    case CHAT_COMMAND_CLEAR:
        due.seq = done->seq > 0
                      ? done->seq
                      : act_written_number(core->store,
                                           client->seat.room->handle,
                                           &done->id);
        break;
    case CHAT_COMMAND_MUTE:
    case CHAT_COMMAND_BAN:
    case CHAT_COMMAND_KICK:
    case CHAT_COMMAND_PARDON:
        due.sanctions = true;
        due.version = room_sanction_version(core->store);
        break;
    default:
        break;
    }
    return due;
}

/* The event in hub->text. `done`: an answer that confirms it, or NULL. */
static void answer(hub_client *client, const chat_command *command,
                   const act_result *done)
{
    hub_ack_due due = { .seq = 0 };

    if (done) {
        due = due_of(client, command, done);
    }
    hub_ack_answer(client, &due, command->ref, command->ref_size);
}

/* Behind the message in what the sender is sent: who reads its own message
 * before the ack knows it by its `ref`. */
static void send_ack(hub_client *client, const chat_command *command,
                     const act_result *done)
{
    const room_id *id = &done->id;
    char text[ROOM_ID_TEXT];

    room_id_format(id, text);
    client->shared->hub->text.len = 0;
    chat_event_ack(&client->shared->hub->text, command->ref, command->ref_size,
                   id->ms > 0 ? text : NULL);
    answer(client, command, done);
}

/* The ack of a ban that was to be of the address too. */
static void send_address(hub_client *client, const chat_command *command,
                         const act_result *done)
{
    client->shared->hub->text.len = 0;
    chat_order_ack(&client->shared->hub->text, command->ref,
                   command->ref_size, done->address);
    answer(client, command, done);
}

static void send_you(hub_client *client, const chat_command *command,
                     const chat_person *you)
{
    client->shared->hub->text.len = 0;
    chat_event_you(&client->shared->hub->text, you);
    answer(client, command, NULL);
}

static void answer_command(hub_client *client, const chat_command *command,
                           const act_result *done)
{
    hub_room *room = client->seat.room;

    room->stored += done->size;
    room->hub->stored = room->hub->stored || done->size > 0;
    if (done->news) {
        hub_room_mark(room);
    }
    if (done->purge.left) {
        hub_order_purge(client, done);
    }
    switch (command->kind) {
    case CHAT_COMMAND_MESSAGE: send_ack(client, command, done); break;
    case CHAT_COMMAND_NAME: send_you(client, command, &done->you); break;
    case CHAT_COMMAND_TYPING: break;
    default:
        if (done->has_address) {
            send_address(client, command, done);
        }
        else {
            send_ack(client, command, done);
        }
        break;
    }
}

/* The person is made anew for each command: act_obey fills in the name that
 * the user has now, which another connection of the same user may change. */
static act_result obey(hub_client *client, const chat_command *command)
{
    hub *core = client->shared->hub;
    chat_person who = { .user = client->account.user,
                        .guest = client->life.guest };
    act_room_key key = { .key = client->seat.room->key,
                         .key_size = client->seat.room->key_size };
    act_call call = { .store = core->store,
                      .relay = core->relay,
                      .backed = core->archive.archive != NULL,
                      .slot = core->slot,
                      .settings = &client->shared->settings,
                      .from = &client->account.from,
                      .who = &who,
                      .key = &key,
                      .seated = true,
                      .room = client->seat.room->handle,
                      .presence_most = hub_presence_most(client->seat.room) };

    return act_obey(&call, command);
}

/* True when the client has sent more than ten times what it may for as long as
 * ten seconds. What it has sent but we have not read counts by the commands so
 * far. Whenever the average falls below that, the count starts anew. */
static bool floods(hub_client *client)
{
    uint64_t most = (uint64_t)client->shared->settings.rate * FLOOD_FACTOR;
    uint32_t now = hub_core_ms(client->shared->hub);
    uint32_t passed = now - client->input.flood_since;
    uint64_t count = client->input.flood_count
                     + hub_input_waiting(client) * client->input.flood_count
                           / client->input.flood_bytes;

    if (count * 1000 <= most * passed) {
        client->input.flood_since = now;
        client->input.flood_count = client->input.flood_bytes = 0;
        passed = 0;
    }
    return most > 0 && passed >= FLOOD_MS;
}

static void count_command(hub_client *client, size_t size)
{
    client->input.flood_bytes += (uint32_t)size + WS_FRAME_HEADER_MAX;
    client->input.flood_count++;
    if (client->input.flood_bytes > FLOOD_BYTES) { /* the average stays */
        client->input.flood_bytes /= 2;
        client->input.flood_count = client->input.flood_count / 2 + 1;
    }
}

/* What is over the rate is answered once, and the client is not read before it
 * may send again: it waits, and costs nobody anything meanwhile. */
static void refuse_command(hub_client *client, const chat_command *command,
                           const act_result *done)
{
    if (done->moved) {
        hub_member_bye(client, MOVED_RETRY_S);
        return;
    }
    if (done->error == CHAT_RATE_LIMITED) {
        if (floods(client)) {
            hub_count_add(client->shared->hub, ACT_COUNT_CLOSED_FLOOD, 1);
            hub_output_close(client, WS_CLOSE_POLICY, true);
            return;
        }
        hub_input_halt(client, done->retry);
    }
    client->shared->hub->text.len = 0;
    chat_event_error(&client->shared->hub->text, &(chat_event_failure){
        .error = done->error, .ref = command->ref,
        .ref_size = command->ref_size, .retry_us = done->retry,
        .rest_s = done->rest });
    answer(client, command, NULL);
}

static void tell_done(hub_client *client, const chat_command *command,
                      const act_result *done)
{
    if (done->error == CHAT_OK) {
        answer_command(client, command, done);
    }
    else {
        refuse_command(client, command, done);
    }
}

/* What the archive has to be asked for, and cannot be now. */
static void refuse_past(hub_client *client, const chat_command *command)
{
    act_result done = { .error = CHAT_UNAVAILABLE };

    done.retry = act_refusal_retry(done.error);
    refuse_command(client, command, &done);
}

void hub_command_take(hub_client *client, const ws_message_event *event)
{
    chat_command command = { .error = CHAT_BAD_TYPE };
    act_result done;

    if (!client->seat.room) {
        return;
    }
    count_command(client, event->size);
    if (event->kind == WS_MESSAGE_TEXT) {
        chat_command_parse(event->data, event->size,
                           client->shared->settings.max_message, &command);
    }
    done = obey(client, &command);
    if (!done.order && !done.past && !hub_order_has_past(client, &done)) {
        tell_done(client, &command, &done);
    }
    else if (!hub_past_send(client, &command, &done, tell_done)) {
        refuse_past(client, &command);
    }
    chat_command_destroy(&command);
}
