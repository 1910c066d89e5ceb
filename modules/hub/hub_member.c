/* hub_member.c - a client as a member of a room; see hub_member.h. */
#include "hub/hub_member.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "act/act_obey.h"
#include "act/act_refusal.h"
#include "act/moderation/act_state.h"
#include "chat/chat_command.h"
#include "chat/chat_event.h"
#include "chat/moderation/chat_order.h"
#include "hub/archive/hub_ack.h"
#include "hub/hub_input.h"
#include "hub/hub_meter.h"
#include "hub/hub_output.h"
#include "hub/room/hub_backlog.h"
#include "hub/room/hub_leaving.h"
#include "hub/room/hub_order.h"
#include "hub/room/hub_presence.h"
#include "hub/room/hub_room.h"
#include "room/log/room_log.h"
#include "ws/ws_close.h"

/* Who sends ten times ChatRate for ten seconds is closed. */
#define FLOOD_FACTOR 10
#define FLOOD_MS 10000
#define FLOOD_BYTES (UINT32_C(1) << 31)

/* Who says something after the rooms moved to another segment comes back to
 * say it there. */
#define MOVED_RETRY_S 1

/* Who had come back in time is waited for so long at least, whatever its
 * address has used up: many who long-poll from one address are answered, and
 * come back, with each message. */
#define BACK_US INT64_C(2000000)

/* Sends the event that stands in hub->text. */
static void send_text(hub_client *client)
{
    hub_output_tell(client, &client->shared->hub->text, NULL);
}

static void send_hello(hub_client *client, const chat_person *you,
                       const room_log_position *from)
{
    hub_room *room = client->seat.room;
    const char *path = memchr(room->key, '\n', room->key_size);
    const act_room_key key = { room->key, room->key_size };
    char cursor[ROOM_ID_TEXT];
    act_state state;
    chat_event_greeting greeting = {
        .room = path + 1,
        .room_size = room->key_size - (size_t)(path + 1 - room->key),
        .you = you,
        .cursor = cursor,
        .resumed = from->resumed,
        .gap = from->gap,
        .rights =
            act_settings_rights(&client->shared->settings, client->life.guest),
        .state = &state.told,
        .max_text = client->shared->settings.max_message,
        .rate_milli = (int64_t)client->shared->settings.rate * 1000,
        .burst = client->shared->settings.burst,
    };
    chat_person *list = hub_presence_greet(client, &greeting);

    act_state_read(room->hub->store, room->handle, &key,
                   &client->shared->settings, you, &state);
    room_id_format(&from->cursor, cursor);
    client->shared->hub->text.len = 0;
    chat_event_hello(&client->shared->hub->text, &greeting);
    hub_output_tell(client, &client->shared->hub->text, &from->cursor);
    free(list);
}

/* What the log has lost comes from the archive: it was found to have all of it
 * when the client was handed over. */
static void prefer_archive(const hub *core, const act_start *start,
                           room_log_position *from)
{
    if (from->gap && start->archived && core->archive.read_after) {
        from->gap = false;
        from->resumed = true;
        from->cursor = start->after;
        from->seq = HUB_MEMBER_ARCHIVED;
    }
}

/* Finds where the client starts, and pumps its stream so far that the window
 * begins no later than what it will have read by then. */
static bool seek(hub_room *room, const hub_way *way, const act_start *start,
                 room_log_position *from)
{
    hub_stream *stream = &room->streams[way->stream];

    if (act_start_seek(room->hub->store, room->handle, start, from)
        != ROOM_OK) {
        return false;
    }
    prefer_archive(room->hub, start, from);
    hub_room_mark(room);
    if (way->single) {
        return true;
    }
    for (uint64_t before = 0;
         stream->next_seq < from->next_seq && stream->next_seq != before;) {
        before = stream->next_seq;
        hub_backlog_pump(stream);
    }
    return stream->next_seq >= from->next_seq;
}

void hub_member_greet(hub_client *client, const chat_person *you,
                      const room_log_position *from)
{
    send_hello(client, you, from);
    hub_meter_greet(client);
    client->output.mark = (uint32_t)client->output.bytes.len;
    if (from->seq == HUB_MEMBER_ARCHIVED) {
        hub_backlog_start_archived(client, from->cursor);
    }
    else {
        hub_backlog_start(client, from->seq, from->cursor);
    }
}

void hub_member_feed(hub_client *client, const hub_fetch_piece *piece)
{
    bool once = client->seat.backlog->once;

    if (piece->away) {
        client->shared->way->refuse(client, CHAT_UNAVAILABLE);
        return;
    }
    hub_backlog_take(client, piece);
    if (once) {
        hub_output_close(client, WS_CLOSE_NORMAL, false);
    }
}

void hub_member_feed_once(hub_client *client)
{
    if (hub_backlog_waits(client)) {
        client->seat.backlog->once = true;
    }
    else {
        hub_output_close(client, WS_CLOSE_NORMAL, false);
    }
}

void hub_member_refuse(hub_client *client, chat_error error)
{
    client->shared->hub->text.len = 0;
    chat_event_error(&client->shared->hub->text, &(chat_event_failure){
        .error = error, .retry_us = act_refusal_retry(error) });
    send_text(client);
}

/* What a connection may do stays what it was when it came. */
static bool moderates(const hub_client *client)
{
    return act_settings_rights(&client->shared->settings, client->life.guest)
        .moderate;
}

static chat_person person_of(const hub_client *client, const hub_offer *offer)
{
    chat_person who = offer->who;

    who.moderator = moderates(client);
    return who;
}

void hub_member_enter(hub_client *client, const hub_offer *offer)
{
    hub *core = client->shared->hub;
    act_room_key key = { offer->key, offer->key_size };
    chat_person you = person_of(client, offer);
    chat_error error = CHAT_ROOMS_FULL;
    bool back = false;
    room_log_position from;
    hub_room *room = NULL;

    if (core->slot >= 0 && hub_order_refuse(client, &key)) {
        return;
    }
    if (core->slot >= 0) {
        room = hub_room_enter(core, &key, client->shared->way,
                              &client->shared->settings, &error);
    }

    if (room) {
        error = hub_leaving_full(core)
                    ? CHAT_UNAVAILABLE
                    : act_member_join(core->store, room->handle,
                                      core->slot, &you,
                                      client->account.from.key, &back);
    }
    if (error == CHAT_OK
        && !seek(room, client->shared->way, &offer->start, &from)) {
        hub_leaving_take(core, room->handle,
                         &(room_member_leaving){ you.user, moderates(client),
                                                 0 });
        error = CHAT_UNAVAILABLE;
    }
    if (error != CHAT_OK) {
        client->shared->way->refuse(client, error);
        return;
    }
    /* From here on it is a member: whatever ends it takes it out again. */
    client->life.back = back;
    hub_room_seat(room, client);
    hub_count_add(core, ACT_COUNT_ROOM_CLIENTS, 1);
    client->shared->way->greet(client, &you, &from);
}

/* A guest who waits for a single answer and has no key yet may never come back
 * with the one it gets: whoever keeps no cookies is a new guest each time. */
static int64_t stays_until(hub_client *client)
{
    hub *core = client->shared->hub;
    int64_t until = hub_presence_until(client);
    int64_t soon = client->life.back ? core->now + BACK_US : 0;

    if (client->account.from.keyless && client->shared->way->single) {
        return 0;
    }
    /* Who was here until it was sent away, to come back at once, is no more
     * than it was. */
    if (client->deadline.recalled) {
        return until;
    }
    if (act_address_lingers(core->store, &client->shared->settings,
                            &client->account.from)) {
        return until;
    }
    return soon < until ? soon : until;
}

static void part(hub_client *client, int64_t until_us)
{
    client->life.parted = true;
    hub_leaving_take(client->shared->hub, client->seat.room->handle,
                     &(room_member_leaving){ client->account.user,
                                             moderates(client), until_us });
}

void hub_member_part(hub_client *client)
{
    if (client->seat.room && !client->life.parted) {
        part(client, stays_until(client));
    }
}

void hub_member_forget(hub_client *client)
{
    if (client->seat.room && !client->life.parted) {
        part(client, 0);
    }
}

void hub_member_leave(hub_client *client)
{
    if (client->seat.room) {
        hub_member_part(client);
        hub_count_add(client->shared->hub, ACT_COUNT_ROOM_CLIENTS, -1);
        hub_room_leave(client);
    }
}

/* The number of what was stored before; it may be newer than it was. */
static uint64_t find_seq(const hub_client *client, const room_id *id)
{
    hub *core = client->shared->hub;
    room_handle room = client->seat.room->handle;
    room_log_position at;

    if (id->ms > 0
        && room_log_seek(core->store, room, id, 0, core->now, &at) == ROOM_OK
        && at.resumed) {
        return at.seq - 1;
    }
    return room_log_next(core->store, room) - 1;
}

/* The record that has to be archived before the answer; 0: it confirms none.
 * What was stored by somebody else, or with this ref before, may be on its way
 * there. */
static uint64_t due_of(const hub_client *client, const chat_command *command,
                       const act_result *done)
{
    if (!client->shared->hub->archive.ack) {
        return 0;
    }
    switch (command->kind) {
    case CHAT_COMMAND_MESSAGE:
    case CHAT_COMMAND_DELETE:
    case CHAT_COMMAND_EDIT:
    case CHAT_COMMAND_ROOM:
    case CHAT_COMMAND_CLEAR:
        return done->seq > 0 ? done->seq : find_seq(client, &done->id);
    default:
        return 0;
    }
}

static void answer(hub_client *client, const chat_command *command,
                   uint64_t seq)
{
    hub_ack_answer(client, seq, command->ref, command->ref_size);
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
    answer(client, command, due_of(client, command, done));
}

/* The ack of a ban that was to be of the address too. */
static void send_address(hub_client *client, const chat_command *command,
                         bool address)
{
    client->shared->hub->text.len = 0;
    chat_order_ack(&client->shared->hub->text, command->ref,
                   command->ref_size, address);
    answer(client, command, 0);
}

static void send_you(hub_client *client, const chat_command *command,
                     const chat_person *you)
{
    client->shared->hub->text.len = 0;
    chat_event_you(&client->shared->hub->text, you);
    answer(client, command, 0);
}

static void answer_command(hub_client *client, const chat_command *command,
                           const act_result *done)
{
    hub_room *room = client->seat.room;

    room->stored += done->size;
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
            send_address(client, command, done->address);
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
    act_room_key key = { client->seat.room->key, client->seat.room->key_size };
    act_call call = { .store = core->store,
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
    answer(client, command, 0);
}

void hub_member_command(hub_client *client, const ws_message_event *event)
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
    if (done.error == CHAT_OK) {
        answer_command(client, &command, &done);
    }
    else {
        refuse_command(client, &command, &done);
    }
    chat_command_destroy(&command);
}

/* What waits for the archive and may not be told yet is not told: who comes
 * back sends it again with its ref. */
void hub_member_bye(hub_client *client, int seconds)
{
    if (client->seat.room) {
        hub_ack_release(client->seat.room);
    }
    client->shared->hub->text.len = 0;
    chat_event_bye(&client->shared->hub->text, WS_CLOSE_RESTART, 0, seconds);
    send_text(client);
    hub_output_close(client, WS_CLOSE_RESTART, true);
}

void hub_member_oust(hub_client *client, const hub_way_ban *why)
{
    hub_member_forget(client);
    client->shared->hub->text.len = 0;
    chat_order_bye(&client->shared->hub->text, WS_CLOSE_POLICY, why->reason,
                   strlen(why->reason), why->rest_s);
    send_text(client);
}
