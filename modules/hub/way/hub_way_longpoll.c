/* hub_way_longpoll.c - long-polls; see hub_way_longpoll.h. */
#include "hub/way/hub_way_longpoll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "act/act_page.h"
#include "act/act_refusal.h"
#include "base/base_clock.h"
#include "chat/chat_event.h"
#include "hub/hub_input.h"
#include "hub/hub_talk.h"
#include "ws/ws_close.h"

/* RFC 9110 5.6.7. */
#define DATE_FORMAT "%a, %d %b %Y %H:%M:%S GMT"

/* When a client that found no room may try again, in microseconds. */
#define RETRY_US INT64_C(10000000)

#define HTTP_200 "200 OK\r\n"
#define HTTP_503 "503 Service Unavailable\r\nRetry-After: %d\r\n"

/* What one answer is made of. */
typedef struct {
    base_bytes events;
    uint64_t from;
    uint64_t next; /* the message after the last one */
    room_id last;
    bool gap;
    unsigned count; /* of events */
    bool more;      /* than fits */
} answer;

static void begin(hub_client *client, hub_offer *offer)
{
    hub_way_wait *wait = &client->way_state.wait;

    wait->lines = (char *)offer->lines.data;
    wait->lines_size = (uint32_t)offer->lines.len;
    client->deadline.until = hub_core_ms(client->hub)
                             + (uint32_t)(offer->wait / 1000);
    wait->bare = offer->bare;
    wait->lines_all = offer->lines_all;
    offer->lines = (base_bytes)BASE_BYTES_INIT;
    hub_talk_enter(client, offer);
}

static void destroy(hub_client *client)
{
    free(client->way_state.wait.lines);
}

static void write_date(base_bytes *out)
{
    time_t now = (time_t)(base_clock_wall() / 1000);
    struct tm parts;
    char text[40];

    if (gmtime_r(&now, &parts)
        && strftime(text, sizeof(text), DATE_FORMAT, &parts) > 0) {
        base_bytes_append_format(out, "Date: %s\r\n", text);
    }
}

/* The head, if it has one; the same headers as httpd_answer_json's. `status`:
 * its lines after the protocol. */
static void write_head(hub_client *client, const char *status)
{
    const hub_way_wait *wait = &client->way_state.wait;
    base_bytes *out = &client->out;

    if (wait->bare) {
        return;
    }
    base_bytes_append_format(out, "HTTP/1.1 %s", status);
    write_date(out);
    if (!wait->lines_all) {
        base_bytes_append_text(out, HUB_POLL_LINES "Content-Type: "
                                    HUB_POLL_TYPE "\r\n");
    }
    base_bytes_append(out, wait->lines, wait->lines_size);
    base_bytes_append_text(out, "Connection: close\r\n\r\n");
}

/* All is said when `body` is written: leaves the room, and the connection
 * finishes. */
static void send_answer(hub_client *client, const char *status,
                        const base_bytes *body)
{
    hub_client_buffer(client);
    write_head(client, status);
    base_bytes_append(&client->out, body->data, body->len);
    hub_output_close(client, WS_CLOSE_NORMAL, false);
    hub_output_flush(client);
}

static void refuse(hub_client *client, chat_error error)
{
    base_bytes *body = &client->hub->text;
    int64_t retry = act_refusal_retry(error);
    char status[80];

    retry = retry > 0 ? retry : RETRY_US;
    snprintf(status, sizeof(status), HTTP_503, (int)(retry / 1000000));
    body->len = 0;
    chat_event_error(body, error, NULL, NULL, 0, retry);
    send_answer(client, status, body);
}

static void send_page(hub_client *client, const answer *now)
{
    base_bytes *body = &client->hub->text;
    char cursor[ROOM_ID_TEXT];

    room_id_format(&now->last, cursor);
    body->len = 0;
    chat_event_poll_head(body, cursor, now->gap);
    base_bytes_append(body, now->events.data, now->events.len);
    chat_event_poll_tail(body, now->more);
    send_answer(client, HTTP_200, body);
}

static bool add_record(void *context, const room_log_record *record)
{
    answer *now = context;

    if (now->events.len > 0
        && (now->count >= ACT_PAGE_EVENTS
            || now->events.len + record->size > HUB_SHARE)) {
        now->more = true;
        return false;
    }
    now->count++;
    now->gap = now->gap || record->seq != now->next;
    if (now->events.len > 0) {
        base_bytes_append(&now->events, ",", 1);
    }
    base_bytes_reserve(&now->events, record->size);
    room_log_copy(record, now->events.data + now->events.len);
    now->events.len += record->size;
    now->next = record->seq + 1;
    now->last = record->id;
    return true;
}

/* Reads what there is from `now->from` on, HUB_SHARE bytes at most. What has
 * been evicted before anybody read it is a gap. */
static bool read_news(hub_room *room, answer *now)
{
    room_store *store = room->hub->store;
    room_log_cursor at = { now->from, 0, 0 };
    room_log_state state;

    now->events.len = 0;
    now->count = 0;
    now->next = now->from;
    now->gap = now->more = false;
    if (room_log_info(store, room->handle, base_clock_mono(), &state)
        != ROOM_OK) {
        return false;
    }
    now->last = state.newest; /* so nothing is left out up to next_seq */
    while (at.seq < state.next_seq && !now->more) {
        uint64_t before = at.seq;

        if (room_log_read_on(store, room->handle, &at, state.next_seq,
                             HUB_SHARE, add_record, now) != ROOM_OK
            || (at.seq == before && !now->more)) {
            return false;
        }
    }
    now->gap = now->gap || now->next != at.seq;
    now->next = at.seq;
    return true;
}

/* Answers one client, with what was read for the one before if that fits. */
static void tell_news(hub_client *client, answer *now)
{
    hub *core = client->hub;

    if (now->next == 0 || now->from != client->way_state.wait.seq) {
        now->from = client->way_state.wait.seq;
        if (!read_news(client->seat.room, now)) {
            now->next = 0;
            refuse(client, CHAT_UNAVAILABLE);
            return;
        }
    }
    hub_count_deliver(core, (int64_t)(now->next - now->from));
    hub_count_add(core, ACT_COUNT_GAPS, now->gap);
    send_page(client, now);
}

/* Somewhere else than after the newest message: everything that a poll would
 * have got. */
static void tell_at_once(hub_client *client, const room_log_position *from)
{
    answer now = { .from = from->seq };

    if (!read_news(client->seat.room, &now)) {
        refuse(client, CHAT_UNAVAILABLE);
        base_bytes_free(&now.events);
        return;
    }
    now.gap = now.gap || from->gap;
    if (now.next == now.from) {
        now.last = from->cursor;
    }
    hub_count_deliver(client->hub, (int64_t)(now.next - now.from));
    send_page(client, &now);
    base_bytes_free(&now.events);
}

/* Answers at once when there is something for it already. */
static void greet(hub_client *client, const chat_person *you,
                  const room_log_position *from)
{
    hub_room *room = client->seat.room;

    (void)you;
    client->way_state.wait.seq = from->seq;
    if (from->gap || from->seq < from->next_seq) {
        tell_at_once(client, from);
        return;
    }
    if (room->waiters == 1 || from->seq < room->polled) {
        room->polled = from->seq;
    }
}

bool hub_way_longpoll_has_news(const hub_room *room)
{
    uint64_t next;

    if (room->waiters == 0) {
        return false;
    }
    next = room_log_next(room->hub->store, room->handle);
    return next != UINT64_MAX && next > room->polled;
}

void hub_way_longpoll_deliver(hub_room *room)
{
    uint64_t end = room_log_next(room->hub->store, room->handle);
    answer now = { 0 };
    hub_seat *next;

    if (!hub_way_longpoll_has_news(room)) {
        return;
    }
    for (hub_seat *seat = room->seats; seat; seat = next) {
        next = seat->next;
        if (seat->client->way == &hub_way_longpoll
            && seat->client->way_state.wait.seq < end) {
            tell_news(seat->client, &now);
        }
    }
    room->polled = end;
    base_bytes_free(&now.events);
}

/* The wait is over: an answer without messages. */
static void bye(hub_client *client, int seconds)
{
    answer now = { .from = client->way_state.wait.seq };

    (void)seconds;
    if (client->seat.room && read_news(client->seat.room, &now)) {
        send_page(client, &now);
    }
    else {
        refuse(client, CHAT_UNAVAILABLE);
    }
    base_bytes_free(&now.events);
}

const hub_way hub_way_longpoll = {
    .name = "longpoll",
    .traffic = ACT_TRAFFIC_LONGPOLL,
    .single = true,
    .one_way = true,
    .begin = begin,
    .greet = greet,
    .refuse = refuse,
    .feed = hub_input_ignore,
    .input_end = hub_talk_part,
    .bye = bye,
    .destroy = destroy,
};
