/* hub_way_longpoll.c - long-polls: clients that wait for one answer.
 *
 * Whoever comes here has everything up to its cursor: httpd answers all others
 * itself. When the room has something new every waiter gets all of it in one
 * answer, the same bytes for all; at the end of its wait, or when the server
 * stops, it gets an empty one. If its connection cannot go on
 * (hub_poll_kept.h), the answer has no Content-Length: it ends with the
 * connection, as JSON does by itself.
 *
 * If the log has lost something that a waiter lacks, and there is an archive,
 * its answer is an empty page with "more": httpd answers its next poll from the
 * archive.
 */
#include "hub/way/hub_way.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_page.h"
#include "act/act_refusal.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "hub/hub_input.h"
#include "hub/hub_member.h"
#include "hub/hub_output.h"
#include "hub/move/hub_ticket.h"
#include "hub/way/hub_poll_kept.h"
#include "ws/ws_close.h"

static void begin(hub_client *client, hub_offer *offer)
{
    client->way_state.wait.kept = hub_poll_kept_create(client, offer);
    client->deadline.until =
        hub_core_ms(client->shared->hub) + (uint32_t)(offer->wait / 1000);
    hub_member_enter(client, offer);
}

static void resume(hub_client *client, hub_offer *offer)
{
    const hub_ticket_part *lines = &offer->ticket->parts[HUB_TICKET_LINES];

    base_bytes_append(&offer->lines, lines->data, lines->size);
    offer->keep = offer->ticket->keep;
    offer->first_only = offer->ticket->first_only;
    offer->until_us = offer->ticket->until_us;
    client->way_state.wait.kept = hub_poll_kept_create(client, offer);
    client->way_state.wait.kept->waits =
        (offer->ticket->flags & HUB_TICKET_RESTS) == 0;
    hub_member_enter(client, offer);
}

static void destroy(hub_client *client)
{
    hub_poll_kept_destroy(client->way_state.wait.kept);
}

/* All is said when `body` is written: it rests, or leaves the room and the
 * connection finishes. `retry`: see hub_offer_head. */
static void send_answer(hub_client *client, const base_bytes *body, int retry)
{
    const hub_poll_kept *kept = client->way_state.wait.kept;
    bool goes_on = retry == 0 && hub_poll_kept_goes_on(client);

    client->io.early = false; /* the rest is the next poll, or is drained */
    hub_client_buffer(client);
    if (kept->head) {
        kept->head(&client->output.bytes, &kept->lines, retry,
                   goes_on ? (int64_t)body->len : -1);
    }
    base_bytes_append(&client->output.bytes, body->data, body->len);
    if (goes_on) {
        hub_poll_kept_rest(client);
    }
    else {
        hub_output_close(client, WS_CLOSE_NORMAL, false);
    }
    hub_output_flush(client);
}

/* True of one that rests: it has no request that could be answered, and its
 * connection just ends. */
static bool end_resting(hub_client *client)
{
    const hub_poll_kept *kept = client->way_state.wait.kept;
    bool rests = !kept->waits;

    if (rests && kept->seen > 0) { /* what comes is read and dropped now */
        (void)loop_stream_want(&client->stream, 1);
    }
    if (rests) {
        hub_output_close(client, WS_CLOSE_NORMAL, false);
    }
    return rests;
}

static void refuse(hub_client *client, chat_error error)
{
    base_bytes *body = &client->shared->hub->text;
    int64_t retry = act_refusal_retry(error);

    if (end_resting(client)) {
        return;
    }
    retry = retry > 0 ? retry : ACT_REFUSAL_FULL_US;
    body->len = 0;
    chat_event_error(body, &(chat_event_failure){ .error = error,
                                                 .retry_us = retry });
    send_answer(client, body, (int)(retry / 1000000));
}

static void oust(hub_client *client, const hub_way_ban *why)
{
    base_bytes *body = &client->shared->hub->text;

    hub_member_forget(client);
    if (end_resting(client)) {
        return;
    }
    body->len = 0;
    chat_event_error(body, &(chat_event_failure){ .error = CHAT_BANNED,
                                                  .rest_s = why->rest_s,
                                                  .reason = why->reason });
    send_answer(client, body, HUB_OFFER_FORBIDDEN);
}

static void send_page(hub_client *client, const act_page *page)
{
    base_bytes *body = &client->shared->hub->text;

    hub_count_deliver(client->shared->hub, (int64_t)page->count);
    body->len = 0;
    act_page_write(page, body);
    send_answer(client, body, 0);
}

/* What is missing may be in the archive. */
static bool send_on(hub_client *client)
{
    const hub_way_wait *wait = &client->way_state.wait;
    act_page page = { .last = wait->after, .more = true };

    if (!client->shared->hub->archive.read_after) {
        return false;
    }
    send_page(client, &page);
    return true;
}

/* Answers with what there is for the client, which was read for the one before
 * if that waited for the same. */
static void tell_news(hub_client *client, act_page *page)
{
    hub_room *room = client->seat.room;
    uint64_t from = client->way_state.wait.seq;

    if (page->from != from
        && !act_page_from(room->hub->store, room->handle, from, page)) {
        refuse(client, CHAT_UNAVAILABLE);
        return;
    }
    if (!page->gap || !send_on(client)) {
        hub_count_add(client->shared->hub, ACT_COUNT_GAPS, page->gap);
        send_page(client, page);
    }
}

/* Somewhere else than after the newest message: everything that a poll would
 * have got. */
static void tell_at_once(hub_client *client, bool gap)
{
    hub_room *room = client->seat.room;
    act_page page = { .most = HUB_SHARE };

    if (act_page_from(room->hub->store, room->handle,
                      client->way_state.wait.seq, &page)) {
        page.gap = page.gap || gap;
        if (!page.gap || gap || !send_on(client)) {
            send_page(client, &page);
        }
    }
    else {
        refuse(client, CHAT_UNAVAILABLE);
    }
    base_bytes_free(&page.events);
}

/* Answers at once when there is something for it already. */
static void begin_wait(hub_client *client, const room_log_position *from)
{
    hub_room *room = client->seat.room;

    client->way_state.wait.seq = from->seq;
    client->way_state.wait.after = from->cursor;
    if (from->seq == HUB_MEMBER_ARCHIVED && send_on(client)) {
        return;
    }
    if (from->gap || from->seq < from->next_seq) {
        tell_at_once(client, from->gap);
        return;
    }
    if (room->single_count == 1 || from->seq < room->single_next) {
        room->single_next = from->seq;
    }
}

static void greet(hub_client *client, const chat_person *you,
                  const room_log_position *from)
{
    (void)you;
    if (client->way_state.wait.kept->waits) {
        begin_wait(client, from);
    }
    else {
        client->way_state.wait.seq = UINT64_MAX;
    }
}

static bool look(hub_client *client)
{
    room_log_position from;
    hub_poll_look found = hub_poll_kept_look(client, &from);

    if (found == HUB_POLL_NEXT) {
        begin_wait(client, &from);
    }
    return found != HUB_POLL_READ;
}

static void input_end(hub_client *client)
{
    if (!end_resting(client)) {
        hub_member_part(client);
    }
}

/* A room that the relay has given anew has other numbers: what a client has it
 * need not be told again. */
static void find_again(hub_client *client)
{
    const hub_room *room = client->seat.room;
    hub_way_wait *wait = &client->way_state.wait;
    room_log_position found;

    if (room_log_seek(room->hub->store, room->handle, &wait->after, 0,
                      base_clock_mono(), &found) == ROOM_OK
        && found.resumed) {
        wait->seq = found.seq;
    }
}

static void deliver(hub_room *room)
{
    uint64_t end = room_log_next(room->hub->store, room->handle);
    act_page page = { .most = HUB_SHARE };
    room_log_state now = { .first_seq = 0 };

    (void)room_log_info(room->hub->store, room->handle, base_clock_mono(),
                        &now);
    BASE_LIST_EACH(link, &room->seats) {
        hub_client *client = hub_client_seated(link);
        hub_way_wait *wait = &client->way_state.wait;

        if (client->shared->way != &hub_way_longpoll
            || client->life.state != HUB_CLIENT_OPEN) {
            continue;
        }
        if (wait->seq < now.first_seq) {
            find_again(client);
        }
        if (wait->seq < end) {
            tell_news(client, &page);
        }
    }
    room->single_next = end;
    base_bytes_free(&page.events);
}

/* The wait is over: an answer without messages. */
static void bye(hub_client *client, int seconds)
{
    (void)seconds;
    if (end_resting(client)) {
        return;
    }
    if (client->seat.room) {
        tell_at_once(client, false);
    }
    else {
        refuse(client, CHAT_UNAVAILABLE);
    }
}

const hub_way hub_way_longpoll = {
    .name = "longpoll",
    .traffic = ACT_TRAFFIC_LONGPOLL,
    .single = true,
    .one_way = true,
    .begin = begin,
    .resume = resume,
    .greet = greet,
    .refuse = refuse,
    .look = look,
    .feed = hub_input_ignore,
    .input_end = input_end,
    .deliver = deliver,
    .bye = bye,
    .oust = oust,
    .destroy = destroy,
};
