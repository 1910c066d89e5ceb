/* hub_take.c - see hub_take.h. */
#include "hub/move/hub_take.h"

#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "hub/hub_client.h"
#include "hub/hub_input.h"
#include "hub/hub_session.h"
#include "hub/hub_unfinished.h"
#include "hub/move/hub_drain.h"
#include "hub/move/hub_moving.h"
#include "hub/move/hub_ticket.h"
#include "hub/room/hub_order.h"
#include "loop/loop_pass.h"
#include "loop/loop_socket.h"
#include "ws/ws_close.h"

_Static_assert(HUB_TICKET_MOST <= HUB_SHARE, "a ticket fits the scratch");

/* So long others have to take what one that is full may not. */
#define CROWDED_US INT64_C(1000000)

/* httpd looks once in a second whether children are missing. What few there are
 * one child may have. */
#define OTHERS_US INT64_C(1200000)
#define SHARE_SLACK 64

/* Nobody here can go on with it. Behind a whole frame it can be told so; it
 * comes back. */
static void say_farewell(int fd, hub_farewell how)
{
    static const char chunk[] = "0\r\n\r\n";
    unsigned char frame[WS_CLOSE_FRAME_MAX];
    struct iovec part = { NULL, 0 };
    size_t sent;

    if (how == HUB_FAREWELL_CLOSE) {
        part.iov_base = frame;
        part.iov_len = ws_close_write(frame, WS_CLOSE_RESTART,
                                      ws_close_sentence(WS_CLOSE_RESTART));
    }
    else if (how == HUB_FAREWELL_CHUNK) {
        part.iov_base = (void *)chunk;
        part.iov_len = sizeof(chunk) - 1;
    }
    if (part.iov_len > 0) {
        (void)loop_socket_send(fd, &part, 1, false, &sent);
    }
}

bool hub_take_turn_away(hub *core, const hub_queue_ends *queue)
{
    int64_t end = base_clock_mono() + HUB_SLICE_US;
    bool any = false;
    size_t size;
    int fd;

    while (base_clock_mono() < end
           && loop_pass_take(queue->take, core->scratch, HUB_TICKET_MOST,
                             &size, &fd)
                  == LOOP_IO_OK) {
        hub_farewell farewell = HUB_FAREWELL_NONE;
        bool same;

        atomic_fetch_sub(queue->in_flight, 1);
        if (fd >= 0) {
            (void)hub_ticket_look(core->scratch, size, &farewell, &same);
            say_farewell(fd, farewell);
            close(fd);
        }
        any = true;
    }
    return any;
}

bool hub_take_is_current(const hub *core)
{
    return core->current && atomic_load(&core->stop) == 0
           && core->current(core->context);
}

static bool has_place(hub *core)
{
    int64_t full = atomic_load(&core->full_until);

    return atomic_load(&core->connections) < core->max_connections
           && (full == 0 || base_clock_mono() >= full)
           && loop_pass_ready(core->hands.next.take);
}

bool hub_take_possible(hub *core)
{
    return hub_take_is_current(core) && has_place(core);
}

/* The first child of its generation would have all of them before the next one
 * begins, and one thread would do what as many have done as have given: so it
 * leaves the others theirs, for as long as they may take to come. */
static bool has_its_share(const hub *core)
{
    int64_t own = (int64_t)atomic_load(&core->connections);
    int64_t all = own + atomic_load(core->hands.next.in_flight);

    return core->now - core->begun < OTHERS_US
           && own * core->hands.givers() >= all + SHARE_SLACK;
}

static bool may_take(hub *core, const hub_queue_ends *queue)
{
    return hub_take_possible(core)
           && (queue != &core->hands.next || !has_its_share(core));
}

/* Nobody in the queue may wait for ever: whom no child has a place for comes
 * back, and is refused or not like all others. */
static void look_at_crowd(hub *core)
{
    int64_t crowd;

    if (core->takes || !hub_take_is_current(core) || has_its_share(core)) {
        core->crowded = 0;
        return;
    }
    crowd = atomic_load(core->hands.next.in_flight);
    if (crowd <= 0) {
        core->crowded = 0;
    }
    else if (core->crowded == 0 || crowd != core->crowd) { /* it goes on */
        core->crowded = core->now;
        core->crowd = crowd;
    }
    else if (core->now - core->crowded >= CROWDED_US) {
        (void)hub_take_turn_away(core, &core->hands.next);
        core->crowd = atomic_load(core->hands.next.in_flight);
    }
}

void hub_take_watch(hub *core)
{
    bool takes = may_take(core, &core->hands.next);

    if (takes && !core->takes) {
        core->takes = loop_poll_add(core->poll, core->hands.next.take,
                                    LOOP_READ, &core->hands);
    }
    else if (!takes && core->takes) {
        loop_poll_remove(core->poll, core->hands.next.take);
        core->takes = false;
    }
    look_at_crowd(core);
}

/* ------------------------------------------------------ what becomes of one */

/* The configuration is another one for it: it comes back, and is asked anew who
 * it is and what it may do. Those that come together are spread. */
static void recall(hub_client *client)
{
    const hub *core = client->shared->hub;
    uint32_t now = hub_core_ms(core);
    uint32_t window = (uint32_t)(hub_drain_window(core) / 1000) + 1;
    uint32_t random = 0;

    (void)RAND_bytes((unsigned char *)&random, (int)sizeof(random));
    if (client->shared->way->single) {
        client->deadline.until = now + random % window;
    }
    else {
        client->deadline.recall = now + random % window;
        client->deadline.recall += client->deadline.recall == 0;
    }
}

static void resume_input(hub_client *client, const hub_ticket *ticket)
{
    const hub_ticket_part *input = &ticket->parts[HUB_TICKET_INPUT];

    client->input.flood_since = ticket->flood_since;
    client->input.flood_count = ticket->flood_count;
    client->input.flood_bytes = ticket->flood_bytes;
    if (input->size > 0) {
        hub_input_keep(client, input->data, input->size);
    }
}

static void resume_output(hub_client *client, const hub_ticket *ticket)
{
    const hub_ticket_part *before = &ticket->parts[HUB_TICKET_BEFORE];
    const hub_ticket_part *later = &ticket->parts[HUB_TICKET_LATER];
    base_bytes *out = &client->output.bytes;

    base_bytes_append(out, before->data, before->size);
    client->output.mark = (uint32_t)out->len;
    if (!client->shared->way->greet) { /* else behind its room's messages */
        base_bytes_append(out, later->data, later->size);
    }
}

/* hub_offer.resume. */
static void resume(hub_client *client, hub_offer *offer)
{
    const hub_ticket *ticket = offer->ticket;
    hub *core = client->shared->hub;

    client->account.received = ticket->received;
    client->account.sent = ticket->sent;
    client->life.started = ticket->started;
    client->deadline = ticket->deadline;
    if (core->store) {
        act_address_resume(core->store, core->slot, &offer->settings,
                           &client->account.from);
    }
    resume_output(client, ticket);
    resume_input(client, ticket);
    client->shared->way->resume(client, offer);
    if (!core->hands.known(ticket->settings.print)) {
        recall(client);
    }
    hub_unfinished_note(client);
    hub_count_add(core, ACT_COUNT_MOVED, 1);
}

static void set_person(hub_offer *offer, const hub_ticket *ticket)
{
    const hub_ticket_part *name = &ticket->parts[HUB_TICKET_NAME];
    const hub_ticket_part *id = &ticket->parts[HUB_TICKET_ID];
    const hub_ticket_part *key = &ticket->parts[HUB_TICKET_KEY];

    offer->who.user = ticket->user;
    offer->who.guest = (ticket->flags & HUB_TICKET_GUEST) != 0;
    if (name->size > 0) {
        chat_person_set_name(&offer->who, name->data, name->size);
    }
    if (id->size > 0) {
        chat_person_set_id(&offer->who, id->data, id->size);
    }
    offer->key_size = key->size;
    memcpy(offer->key, key->data, key->size);
}

static void set_address(hub_offer *offer, const hub_ticket *ticket)
{
    offer->from.address = ticket->address;
    offer->from.key = ticket->address_key;
    offer->from.tag = ticket->address_tag;
    offer->from.proxied = (ticket->flags & HUB_TICKET_PROXIED) != 0;
    offer->from.keyless = (ticket->flags & HUB_TICKET_KEYLESS) != 0;
}

/* As if it came from a worker. Where its room is not what it was there, its
 * position is found by its id. */
static void fill(hub_offer *offer, const hub_ticket *ticket)
{
    const hub *core = offer->hub;

    offer->ticket = ticket;
    offer->resume = resume;
    offer->way = hub_moving_way(ticket->way);
    memcpy(&offer->settings, &ticket->settings, sizeof(offer->settings));
    offer->measure.base = ticket->counted;
    offer->start.given = true;
    offer->start.archived = true;
    offer->start.after = ticket->place.after;
    if (ticket->head > 0) {
        offer->head = core->hands.heads[ticket->head - 1];
    }
    set_person(offer, ticket);
    set_address(offer, ticket);
}

/* A filter that is not there any more would let everything pass. */
static bool find_filter(const hub *core, hub_ticket *ticket)
{
    if (ticket->filter != 0) {
        ticket->settings.filter = core->hands.filter(ticket->filter);
    }
    return ticket->filter == 0 || ticket->settings.filter;
}

static void arrive(hub *core, hub_offer *offer, size_t size)
{
    hub_farewell farewell = HUB_FAREWELL_NONE;
    bool same = false;
    hub_ticket ticket;

    if (offer->fd < 0
        || !hub_ticket_look(core->scratch, size, &farewell, &same)
        || (same && !hub_ticket_read(&ticket, core->scratch, size))) {
        base_log_limited(BASE_LOG_WARN, "CW0518",
                         "a connection came without what belongs to it: it is "
                         "closed");
        hub_offer_destroy(offer);
        return;
    }
    if (!same || !find_filter(core, &ticket)) {
        say_farewell(offer->fd, farewell);
        hub_offer_destroy(offer);
        return;
    }
    fill(offer, &ticket);
    hub_session_adopt(core, offer);
}

/* False: there is none now. */
static bool take_one(hub *core, const hub_queue_ends *queue)
{
    hub_offer *offer = hub_offer_create(core);
    size_t size;
    loop_io io;

    if (!offer) {
        return false;
    }
    if (core->slot >= 0) {
        hub_order_look(core); /* who comes has perhaps been told more */
    }
    io = loop_pass_take(queue->take, core->scratch, HUB_TICKET_MOST, &size,
                        &offer->fd);
    if (io != LOOP_IO_OK) {
        hub_offer_destroy(offer);
        if (io != LOOP_IO_AGAIN) {
            core->current = NULL; /* there is no queue any more */
        }
        return false;
    }
    atomic_fetch_sub(queue->in_flight, 1);
    arrive(core, offer, size);
    return true;
}

bool hub_take_slice(hub *core, const hub_queue_ends *queue)
{
    int64_t end = base_clock_mono() + HUB_SLICE_US;
    bool any = false;

    while (may_take(core, queue) && base_clock_mono() < end
           && take_one(core, queue)) {
        any = true;
    }
    return any;
}

void hub_take_ready(hub *core)
{
    (void)hub_take_slice(core, &core->hands.next);
    hub_take_watch(core);
}
