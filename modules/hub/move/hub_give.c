/* hub_give.c - see hub_give.h. */
#include "hub/move/hub_give.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/act_member.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "hub/archive/hub_ack.h"
#include "hub/archive/hub_past.h"
#include "hub/hub_input.h"
#include "hub/hub_member.h"
#include "hub/hub_meter.h"
#include "hub/move/hub_moving.h"
#include "hub/move/hub_ticket.h"
#include "hub/room/hub_backlog.h"
#include "hub/room/hub_presence.h"
#include "hub/way/hub_poll_kept.h"
#include "loop/loop_pass.h"
#include "ws/ws_carry.h"

/* So long the others have: a queue that is full is read soon, and so is an
 * archive. */
#define GIVE_US INT64_C(1500000)

/* Whoever has so much to read from us has stopped: it comes back for that. */
#define UNSENT_MOST (48 * 1024)

/* A child that ends for another reason has nobody to give to. */
static bool is_succeeded(const hub *core)
{
    return core->current && !core->current(core->context);
}

/* Another end of a pair of ours is not worth more than this process. */
static bool is_tcp(const hub_client *client)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof(own);

    return getsockname(client->stream.fd, (struct sockaddr *)&own, &size) == 0
           && (own.ss_family == AF_INET || own.ss_family == AF_INET6);
}

static bool lost_something(const hub_client *client)
{
    const hub_backlog *backlog = hub_client_backlog(client);
    const hub_stream *stream = hub_stream_of(client);

    return backlog ? backlog->lost || backlog->once
                   : stream && (stream->hole || stream->parted);
}

/* What can be told of it without any effort. */
static hub_fate look(const hub_client *client)
{
    const hub_way *way = client->shared->way;
    base_traffic counted;

    if (client->life.state != HUB_CLIENT_OPEN || client->stream.tls
        || client->io.deaf || client->life.parted || !way->resume
        || (way->greet && !client->seat.room)
        || (way->single && !client->way_state.wait.kept->waits)
        || (!way->one_way && !ws_carry_possible(&client->way_state.reader))
        || !hub_meter_carry(client, &counted) || lost_something(client)) {
        return HUB_STAYS;
    }
    return hub_ack_waits(client) || hub_past_waits(client) ? HUB_LATER
                                                           : HUB_GONE;
}

/* --------------------------------------------------------------- the ticket */

static void write_flags(const hub_client *client, hub_ticket *ticket)
{
    const act_address *from = &client->account.from;
    uint32_t flags = 0;

    flags |= client->life.guest ? HUB_TICKET_GUEST : 0;
    flags |= client->life.back ? HUB_TICKET_BACK : 0;
    flags |= from->proxied ? HUB_TICKET_PROXIED : 0;
    flags |= from->keyless ? HUB_TICKET_KEYLESS : 0;
    flags |= hub_backlog_archived(client) ? HUB_TICKET_ARCHIVED : 0;
    ticket->flags = flags;
}

static void write_facts(const hub_client *client, hub_ticket *ticket)
{
    const hub *core = client->shared->hub;
    const act_settings *settings = &client->shared->settings;

    ticket->way = hub_moving_number(client->shared->way);
    memcpy(&ticket->settings, settings, sizeof(*settings));
    ticket->filter =
        settings->filter ? core->hands.filter_name(settings->filter) : 0;
    ticket->settings.filter = NULL;
    ticket->address = client->account.from.address;
    ticket->address_key = client->account.from.key;
    ticket->address_tag = client->account.from.tag;
    ticket->user = client->account.user;
    ticket->received = client->account.received;
    ticket->sent = client->account.sent;
    ticket->started = client->life.started;
    ticket->flood_since = client->input.flood_since;
    ticket->flood_count = client->input.flood_count;
    ticket->flood_bytes = client->input.flood_bytes;
    ticket->deadline = client->deadline;
    (void)hub_meter_carry(client, &ticket->counted);
    write_flags(client, ticket);
}

/* It goes on behind what it has got of its room. A frame of which a part is
 * sent stays with it. */
static void write_place(hub_client *client, hub_ticket_place *place)
{
    const hub_room *room = client->seat.room;
    const hub_stream *stream = hub_stream_of(client);
    const hub_backlog *backlog;

    place->segment = client->shared->hub->hands.segment;
    place->index = room->handle.index;
    place->generation = room->handle.generation;
    place->notices = client->shared->hub->notices_seen;
    if (!stream) {
        place->seq = client->way_state.wait.seq;
        place->after = client->way_state.wait.after;
        return;
    }
    place->members = hub_presence_known(client);
    hub_backlog_fall_off(client, hub_stream_end(stream));
    backlog = hub_client_backlog(client);
    place->seq = hub_backlog_archived(client) ? HUB_MEMBER_ARCHIVED
                 : backlog                    ? backlog->at.seq
                                              : stream->next_seq;
    place->after = backlog ? backlog->last : stream->last_id;
}

static void write_part(hub_ticket *ticket, hub_ticket_part_name name,
                       const void *data, size_t size)
{
    ticket->parts[name] = (hub_ticket_part){ data, size };
}

/* What it has still to be sent, and has sent so far. */
static void write_bytes(const hub_client *client, hub_ticket *ticket)
{
    const hub_backlog *backlog = hub_client_backlog(client);
    const base_bytes *out = &client->output.bytes;
    size_t mark = backlog ? out->len : client->output.mark;
    const void *input;
    size_t size;

    if (out->len > 0) {
        write_part(ticket, HUB_TICKET_BEFORE, out->data + client->output.sent,
                   mark - client->output.sent);
    }
    if (backlog) {
        write_part(ticket, HUB_TICKET_LATER, backlog->later.data,
                   backlog->later.len);
    }
    else if (out->len > mark) {
        write_part(ticket, HUB_TICKET_LATER, out->data + mark,
                   out->len - mark);
    }
    input = hub_input_rest(client, &size);
    write_part(ticket, HUB_TICKET_INPUT, input, size);
}

/* False: what it is answered with is not known there, or a part of its next
 * request has come, for which the socket waits differently. */
static bool write_poll(const hub_client *client, hub_ticket *ticket)
{
    const hub_poll_kept *kept = client->way_state.wait.kept;
    const hub_hands *hands = &client->shared->hub->hands;

    write_part(ticket, HUB_TICKET_LINES, kept->lines.data, kept->lines.len);
    ticket->keep = kept->keep;
    ticket->until_us = kept->until_us;
    ticket->first_only = (uint32_t)kept->first_only;
    ticket->flags |= kept->waits ? 0 : HUB_TICKET_RESTS;
    for (uint8_t i = 0; kept->head && i < HUB_HANDS_HEADS; i++) {
        if (hands->heads[i] == kept->head) {
            ticket->head = (uint8_t)(i + 1);
        }
    }
    return kept->seen == 0 && (ticket->head > 0 || !kept->head);
}

/* False: it cannot go on there. */
static bool write_way(const hub_client *client, hub_ticket *ticket)
{
    const hub_way_state *state = &client->way_state;

    if (!client->shared->way->one_way) {
        ticket->reader = state->reader;
        ticket->reader.bytes = (base_bytes)BASE_BYTES_INIT;
        write_part(ticket, HUB_TICKET_MESSAGE, state->reader.bytes.data,
                   state->reader.bytes.len);
        return true;
    }
    return !client->shared->way->single || write_poll(client, ticket);
}

/* Who it is in its room. */
static hub_fate write_person(const hub_client *client, hub_ticket *ticket,
                             chat_person *who)
{
    const hub_room *room = client->seat.room;
    room_status status;

    if (!room) {
        return HUB_GONE;
    }
    status = act_member_find(room->hub->store, room->handle,
                             client->account.user, who);
    if (status != ROOM_OK) {
        return status == ROOM_BUSY ? HUB_LATER : HUB_STAYS;
    }
    write_part(ticket, HUB_TICKET_KEY, room->key, room->key_size);
    write_part(ticket, HUB_TICKET_NAME, who->name, who->name_size);
    write_part(ticket, HUB_TICKET_ID, who->id, who->id_size);
    return HUB_GONE;
}

static hub_fate write_ticket(hub_client *client, hub_ticket *ticket,
                             chat_person *who)
{
    hub_fate ends;

    memset(ticket, 0, sizeof(*ticket));
    ends = write_person(client, ticket, who);
    if (ends != HUB_GONE) {
        return ends;
    }
    write_facts(client, ticket);
    if (ticket->way == 0 || !write_way(client, ticket)) {
        return HUB_STAYS;
    }
    if (client->seat.room) {
        write_place(client, &ticket->place);
    }
    write_bytes(client, ticket);
    return ticket->parts[HUB_TICKET_BEFORE].size
                       + ticket->parts[HUB_TICKET_LATER].size
                   <= UNSENT_MOST
               ? HUB_GONE : HUB_STAYS;
}

/* -------------------------------------------------------------- the giving */

/* Of what was counted as given to it in the room's window it has not got all:
 * that is counted where it is sent. */
static void count_rest(const hub_client *client)
{
    const hub_backlog *backlog = hub_client_backlog(client);
    const hub_stream *stream = hub_stream_of(client);

    if (backlog) {
        uint64_t from = backlog->at.seq > backlog->counted ? backlog->at.seq
                                                           : backlog->counted;

        hub_count_deliver(client->shared->hub,
                          -(int64_t)(stream->next_seq - from));
    }
}

/* Its user has not left: this child has, and another one has it or will. */
static void leave(hub_client *client)
{
    count_rest(client);
    hub_meter_leave(client);
    client->deadline.recalled = true;
    close(hub_client_release(client));
}

hub_fate hub_give_to(hub_client *client, const hub_queue_ends *queue)
{
    hub *core = client->shared->hub;
    hub_ticket ticket;
    chat_person who;
    hub_fate ends = look(client);
    size_t size;
    loop_io io;

    if (ends != HUB_GONE) {
        return ends;
    }
    ends = is_tcp(client) ? write_ticket(client, &ticket, &who) : HUB_STAYS;
    size = ends == HUB_GONE ? hub_ticket_write(&ticket, core->scratch) : 0;
    if (size == 0) {
        return ends == HUB_GONE ? HUB_STAYS : ends;
    }
    atomic_fetch_add(queue->in_flight, 1);
    io = loop_pass_give(queue->give, core->scratch, size, client->stream.fd);
    if (io == LOOP_IO_OK) {
        leave(client);
        return HUB_GONE;
    }
    atomic_fetch_sub(queue->in_flight, 1);
    if (io == LOOP_IO_ERROR) {
        base_log_limited(BASE_LOG_WARN, "CW0517",
                         "connections cannot be given to another child: they "
                         "stay, and are told to come back at a restart");
        return HUB_STAYS;
    }
    return HUB_FULL;
}

bool hub_give_client(hub_client *client)
{
    hub *core = client->shared->hub;

    return core->giving.since != 0
           && atomic_load(&core->stop) == HUB_STOP_GRACEFUL
           && hub_give_to(client, &core->hands.next) == HUB_GONE;
}

/* From the first on as long as the slice lasts; those that go stand behind all
 * others then. True: some are left that may go. */
static bool give_slice(hub *core)
{
    int64_t end = base_clock_mono() + HUB_SLICE_US;
    bool later = false;

    BASE_LIST_EACH(link, &core->clients) {
        hub_client *client = BASE_LIST_OWNER(link, hub_client, links.all);
        hub_fate ends;

        if (client->life.state != HUB_CLIENT_OPEN) {
            break;
        }
        ends = hub_give_to(client, &core->hands.next);
        core->giving.given += ends == HUB_GONE;
        later = later || ends == HUB_LATER;
        if (ends == HUB_FULL || base_clock_mono() > end) {
            return true;
        }
    }
    return later;
}

static void end_giving(hub *core)
{
    core->giving.over = true;
    if (core->giving.given > 0) {
        base_log(BASE_LOG_INFO, "CW0516",
                 "gave %lu connections to the next generation of children in "
                 "%ld ms; %lu are told to come back",
                 (unsigned long)core->giving.given,
                 (long)((core->now - core->giving.since) / 1000),
                 (unsigned long)(core->client_count - core->ended_count));
    }
}

bool hub_give_run(hub *core)
{
    if (core->giving.over || !is_succeeded(core)) {
        return false;
    }
    if (core->giving.since == 0) {
        core->giving.since = core->now;
        core->hands.note_giver();
    }
    if (give_slice(core) && core->now - core->giving.since < GIVE_US) {
        return true;
    }
    end_giving(core);
    return false;
}
