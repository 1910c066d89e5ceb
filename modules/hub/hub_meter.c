/* hub_meter.c - see hub_meter.h. */
#include "hub/hub_meter.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base_check.h"
#include "hub/hub_first_frame.h"
#include "hub/hub_output.h"
#include "loop/loop_tcp.h"

/* How often clients with a key are counted. */
#define SAMPLE_US 500000

/* How long the end of a connection is waited for, and how soon it is looked
 * for; the pause between two looks doubles. */
#define FOLLOW_US 3000000
#define FIRST_LOOK_US 2000

/* What a reading is compared with, and where the difference goes. */
typedef struct {
    int fd;
    uint64_t key;
    uint16_t tag;
    act_traffic line;
    base_traffic last;
    const hub_client *client; /* NULL: it is gone */
    bool tls;
    uint64_t plain_sent; /* over TLS, without what the client has sent */
    uint64_t plain_received;
} account;

/* How far a client's opening is. */
typedef enum {
    OPENING, /* all that comes is of it */
    OPENED,  /* but for the last ACK */
    RUNNING
} phase;

/* Of a client that has a key, or whose connection had requests before. */
struct hub_meter {
    base_list link; /* in hub->meters, if it has a key */
    account of;
    phase phase;
    uint64_t opened;    /* what the client has sent when it is open */
    uint64_t end;       /* bytes on the wire that are of the opening, */
    uint64_t heard;     /* and packets with payload that had come by then */
    base_bytes event;
    hub_first_frame *frame; /* NULL: not wanted, or told */
};

/* A connection that is at its end. */
struct hub_tail {
    hub_tail *next;
    account of;
    int64_t due;
    int64_t pause;
    int64_t until;
};

/* The kernel's figures, with what the client knows of TLS. */
static bool reading(const account *of, loop_tcp_state *now)
{
    const hub_client *client = of->client;

    if (!loop_tcp_read(of->fd, now)) {
        return false;
    }
    if (client && client->io.given) { /* what comes next is httpd's */
        loop_tcp_leave_unread(of->fd, of->tls, now);
    }
    if (of->tls) {
        now->traffic.plain_sent =
            of->plain_sent + (client ? client->account.sent : 0);
        now->traffic.plain_received =
            of->plain_received + (client ? client->account.received : 0);
    }
    return true;
}

/* Adds `more` to a sum that has requests, connections and an opening. */
static void add(hub *core, const account *of, const room_meter_figures *more)
{
    if (more->requests > 0 || more->connections > 0
        || more->traffic.packets_sent > 0
        || more->traffic.packets_received > 0) {
        room_meter_add(core->store, of->key, of->tag, of->line,
                       more, core->now);
    }
}

/* Adds what came since the last reading; true when nothing can come any more,
 * or nothing can be told: then nothing is added either. (A client that waits
 * on a worker has no TCP; httpd_traffic counts it.) */
static bool count(hub *core, account *of, uint64_t requests)
{
    room_meter_figures more = { .requests = requests };
    loop_tcp_state now;

    if (!reading(of, &now)) {
        return true;
    }
    more.traffic = base_traffic_since(&now.traffic, &of->last);
    of->last = now.traffic;
    add(core, of, &more);
    return now.closed;
}

/* What is of the opening when more than that has come: the end of the hello, if
 * that had to wait. */
static base_traffic late_hello(const hub_meter *meter,
                               const loop_tcp_state *now)
{
    uint64_t sent = meter->of.last.sent;
    uint64_t late = meter->end > sent ? meter->end - sent : 0;

    return (base_traffic){ .sent = late,
                           .packets_sent = late > 0,
                           .wire_sent = late > 0 ? late + now->head : 0 };
}

/* The same for a client that opens or runs. After the hello, packets without
 * payload acknowledge it as long as nothing else has been sent or heard. */
static void count_client(hub *core, hub_meter *meter)
{
    account *of = &meter->of;
    room_meter_figures more = { .requests = 0 };
    loop_tcp_state now;

    if (!reading(of, &now)) {
        return;
    }
    more.traffic = base_traffic_since(&now.traffic, &of->last);
    if (meter->phase == OPENED
        && (now.traffic.sent + now.unsent > meter->end
            || now.data_packets_received != meter->heard)) {
        meter->phase = RUNNING;
        more.opening = late_hello(meter, &now);
    }
    else if (meter->phase != RUNNING) {
        more.opening = more.traffic;
    }
    of->last = now.traffic;
    add(core, of, &more);
}

static void make_due(hub *core, int64_t due)
{
    if (due < core->meter_due) {
        core->meter_due = due;
    }
}

/* A request has come that is counted from now on. Of a long-poll only what
 * opened its connection is opening; of a stream all is until its hello. */
static void begin_counting(hub *core, hub_meter *meter,
                           const hub_measure *measure)
{
    account *of = &meter->of;
    room_meter_figures more = { .requests = 1 };
    loop_tcp_state now;

    if (of->client->shared->way->single) {
        meter->phase = RUNNING;
        more.opening = measure->opening;
        more.connections = !base_traffic_is_none(&more.opening);
    }
    if (!reading(of, &now)) {
        return;
    }
    more.traffic = base_traffic_since(&now.traffic, &of->last);
    if (measure->taken) {
        base_traffic_add(&more.traffic, &measure->opening);
    }
    if (meter->phase == OPENING) {
        more.opening = more.traffic;
    }
    of->last = now.traffic;
    add(core, of, &more);
}

/* Before the first byte is written, so that all of the hello is counted. */
void hub_meter_begin(hub_client *client, hub_measure *measure)
{
    hub *core = client->shared->hub;
    hub_meter *meter;

    if (!core->store
        || (measure->key == 0 && measure->base.packets_sent == 0)) {
        return;
    }
    meter = calloc(1, sizeof(*meter));
    BASE_CHECK(meter != NULL);
    meter->of = (account){ .fd = client->stream.fd,
                           .key = measure->key,
                           .tag = measure->tag,
                           .line = client->shared->way->traffic,
                           .last = measure->base,
                           .client = client,
                           .tls = measure->tls,
                           .plain_sent = measure->plain_sent,
                           .plain_received = measure->plain_received };
    client->account.meter = meter;
    if (measure->key == 0) {
        return;
    }
    base_list_add_first(&core->meters, &meter->link);
    make_due(core, core->now + SAMPLE_US);
    begin_counting(core, meter, measure);
    if (measure->event.len > 0) {
        meter->event = measure->event;
        measure->event = (base_bytes)BASE_BYTES_INIT;
        meter->frame = hub_first_frame_create();
    }
}

void hub_meter_greet(hub_client *client)
{
    hub_meter *meter = client->account.meter;

    if (meter && meter->event.len > 0) {
        hub_output_tell(client, &meter->event, NULL);
        base_bytes_free(&meter->event);
    }
    if (meter) {
        meter->opened = client->account.sent + client->output.bytes.len
                        - client->output.sent;
    }
}

void hub_meter_request(hub_client *client)
{
    const hub_meter *meter = client->account.meter;
    account of = { .line = client->shared->way->traffic };
    room_meter_figures more = { .requests = 1 };

    add(client->shared->hub, meter ? &meter->of : &of, &more);
}

void hub_meter_opened(hub_client *client)
{
    hub_meter *meter = client->account.meter;
    room_meter_figures more = { .connections = 1 };
    base_traffic *opening = &more.opening;
    uint64_t beyond;
    loop_tcp_state now;

    if (!meter || meter->of.key == 0 || meter->phase != OPENING
        || !reading(&meter->of, &now)) {
        return;
    }
    /* Messages that went out with the hello are not of the opening. */
    beyond = meter->opened > 0 && client->account.sent > meter->opened
                 ? client->account.sent - meter->opened
                 : 0;
    more.traffic = base_traffic_since(&now.traffic, &meter->of.last);
    *opening = more.traffic;
    beyond = beyond < opening->plain_sent ? beyond : opening->plain_sent;
    opening->sent -= beyond;
    opening->plain_sent -= beyond;
    opening->wire_sent -= beyond;
    meter->of.last = now.traffic;
    meter->end = now.traffic.sent + now.unsent;
    meter->heard = now.data_packets_received;
    meter->phase = OPENED;
    add(client->shared->hub, &meter->of, &more);
}

void hub_meter_hear(hub_client *client, const unsigned char *data,
                    size_t size)
{
    hub_meter *meter = client->account.meter;

    if (meter && meter->frame
        && !hub_first_frame_take(meter->frame, data, size)) {
        hub_first_frame_destroy(meter->frame);
        meter->frame = NULL;
    }
}

void hub_meter_tell(hub_client *client)
{
    hub_meter *meter = client->account.meter;
    base_bytes *text = &client->shared->hub->text;

    text->len = 0;
    if (meter && meter->frame && hub_first_frame_tell(meter->frame, text)) {
        hub_output_tell(client, text, NULL);
        hub_first_frame_destroy(meter->frame);
        meter->frame = NULL;
    }
}

/* Waits for the end on a descriptor that is ours. */
static void follow(hub *core, const account *of)
{
    hub_tail *tail = calloc(1, sizeof(*tail));

    BASE_CHECK(tail != NULL);
    tail->of = *of;
    tail->pause = FIRST_LOOK_US;
    tail->due = core->now + tail->pause;
    tail->until = core->now + FOLLOW_US;
    tail->next = core->tails;
    core->tails = tail;
    make_due(core, tail->due);
}

/* The client's descriptor is going to be closed: the socket is kept. */
static void follow_client(hub *core, account *of)
{
    of->plain_sent += of->client->account.sent;
    of->plain_received += of->client->account.received;
    of->client = NULL;
    of->fd = fcntl(of->fd, F_DUPFD_CLOEXEC, 0);
    if (of->fd >= 0) {
        (void)shutdown(of->fd, SHUT_WR); /* if it has not been */
        atomic_fetch_add(&core->connections, 1);
        follow(core, of);
    }
}

bool hub_meter_carry(const hub_client *client, base_traffic *counted)
{
    const hub_meter *meter = client->account.meter;

    *counted = meter ? meter->of.last : (base_traffic){ .sent = 0 };
    return !meter || meter->of.key == 0;
}

void hub_meter_leave(hub_client *client)
{
    free(client->account.meter); /* one without a key has nothing more */
    client->account.meter = NULL;
}

void hub_meter_end(hub_client *client, bool reset)
{
    hub *core = client->shared->hub;
    hub_meter *meter = client->account.meter;
    account all = { .fd = client->stream.fd,
                    .line = client->shared->way->traffic,
                    .client = client,
                    .tls = client->stream.tls != NULL };
    bool ended;

    if (!core->store) {
        return;
    }
    ended = count(core, meter ? &meter->of : &all,
                  !meter || meter->of.key == 0);
    if (!meter) {
        return;
    }
    if (meter->of.key != 0) {
        base_list_remove(&meter->link);
        if (!ended && !reset) {
            follow_client(core, &meter->of);
        }
    }
    base_bytes_free(&meter->event);
    hub_first_frame_destroy(meter->frame);
    free(meter);
    client->account.meter = NULL;
}

void hub_meter_adopt(hub *core, hub_offer *offer)
{
    account of = { .fd = offer->fd,
                   .key = offer->measure.key,
                   .tag = offer->measure.tag,
                   .line = offer->measure.line,
                   .last = offer->measure.base,
                   .tls = offer->measure.tls,
                   .plain_sent = offer->measure.base.plain_sent,
                   .plain_received = offer->measure.base.plain_received };

    follow(core, &of);
    free(offer);
}

static void end_tail(hub *core, hub_tail **link)
{
    hub_tail *tail = *link;

    *link = tail->next;
    close(tail->of.fd);
    atomic_fetch_sub(&core->connections, 1);
    free(tail);
}

static void count_tails(hub *core)
{
    hub_tail **link = &core->tails;

    while (*link) {
        hub_tail *tail = *link;

        if (tail->due <= core->now
            && (count(core, &tail->of, 0) || tail->until <= core->now)) {
            end_tail(core, link);
            continue;
        }
        if (tail->due <= core->now) {
            tail->pause *= 2;
            tail->due = core->now + tail->pause;
        }
        make_due(core, tail->due < tail->until ? tail->due : tail->until);
        link = &tail->next;
    }
}

void hub_meter_run(hub *core)
{
    if (core->now < core->meter_due) {
        return;
    }
    core->meter_due = INT64_MAX;
    if (core->now - core->metered >= SAMPLE_US) {
        core->metered = core->now;
        BASE_LIST_EACH(link, &core->meters) {
            count_client(core, BASE_LIST_OWNER(link, hub_meter, link));
        }
    }
    if (!base_list_empty(&core->meters)) {
        make_due(core, core->metered + SAMPLE_US);
    }
    count_tails(core);
}

int64_t hub_meter_wait(const hub *core)
{
    return core->meter_due == INT64_MAX ? INT64_MAX
                                        : core->meter_due - core->now;
}

/* Also when descriptors are short: a figure that is a little too low is better
 * than a server that cannot accept. */
void hub_meter_stop(hub *core)
{
    while (core->tails) {
        (void)count(core, &core->tails->of, 0);
        end_tail(core, &core->tails);
    }
}
