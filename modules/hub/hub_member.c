/* hub_member.c - a client as a member of a room; see hub_member.h. */
#include "hub/hub_member.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/moderation/act_state.h"
#include "chat/chat_event.h"
#include "chat/moderation/chat_order.h"
#include "hub/archive/hub_ack.h"
#include "hub/hub_meter.h"
#include "hub/hub_output.h"
#include "hub/move/hub_ticket.h"
#include "hub/room/hub_backlog.h"
#include "hub/room/hub_leaving.h"
#include "hub/room/hub_order.h"
#include "hub/room/hub_presence.h"
#include "hub/room/hub_room.h"
#include "room/log/room_log.h"
#include "ws/ws_close.h"

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
    const act_room_key key = { .key = room->key,
                               .key_size = room->key_size };
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
        .archived = room->hub->archive.read_after
                    && client->shared->settings.archive_keep > 0,
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

/* One that goes on reads by its number, as every running stream does: the log
 * has more than its history for those. In another segment, or when the room was
 * made anew, there are only the ids. */
static bool find_place(const hub_room *room, const hub_ticket_place *place,
                       room_log_position *from)
{
    uint64_t next = room_log_next(room->hub->store, room->handle);

    if ((place->seq == HUB_MEMBER_ARCHIVED && !room->hub->archive.read_after)
        || place->segment != room->hub->hands.segment
        || place->index != room->handle.index
        || place->generation != room->handle.generation
        || next == UINT64_MAX) {
        return false;
    }
    *from = (room_log_position){ .seq = place->seq, .next_seq = next,
                                 .cursor = place->after, .resumed = true };
    return true;
}

/* Finds where the client starts, and pumps its stream so far that the window
 * begins no later than what it will have read by then. */
static bool seek(hub_room *room, const hub_offer *offer,
                 room_log_position *from)
{
    const hub_way *way = offer->way;
    hub_stream *stream = room->streams[way->stream];

    if (!offer->ticket || !find_place(room, &offer->ticket->place, from)) {
        if (act_start_seek(room->hub->store, room->handle, &offer->start, from)
            != ROOM_OK) {
            return false;
        }
        prefer_archive(room->hub, &offer->start, from);
    }
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

/* Without a word, but for what is lost: what it has been told before is in
 * front of its mark. */
static void go_on(hub_client *client, const hub_ticket *ticket,
                  const room_log_position *from)
{
    const hub_ticket_part *later = &ticket->parts[HUB_TICKET_LATER];
    const hub *core = client->shared->hub;
    bool there = ticket->place.segment == core->hands.segment;
    bool archived = from->seq == HUB_MEMBER_ARCHIVED
                    || (ticket->flags & HUB_TICKET_ARCHIVED) != 0;

    client->life.back = (ticket->flags & HUB_TICKET_BACK) != 0;
    hub_presence_resume(client, there ? ticket->place.members : 0);
    if (from->gap) {
        hub_way_gap(client->shared->way, &client->output.bytes,
                    ticket->place.after, room_id_after(&from->cursor, 0));
        hub_count_add(client->shared->hub, ACT_COUNT_GAPS, 1);
    }
    client->output.mark = (uint32_t)client->output.bytes.len;
    if (archived && core->archive.read_after) {
        hub_backlog_start_archived(client, from->cursor);
    }
    else {
        hub_backlog_start(client, from->seq, from->cursor);
    }
    base_bytes_append(&client->seat.backlog->later, later->data, later->size);
    if (there) {
        hub_order_catch_up(client, ticket->place.notices);
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
    if (hub_backlog_archived(client)) {
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
    act_room_key key = { .key = offer->key, .key_size = offer->key_size };
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
        && !seek(room, offer, &from)) {
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
    if (offer->ticket && !client->shared->way->single) {
        go_on(client, offer->ticket, &from);
    }
    else {
        client->shared->way->greet(client, &you, &from);
    }
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
