/* hub_meter.c - see hub_meter.h. */
#include "hub/hub_meter.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base_check.h"
#include "chat/chat_event.h"
#include "loop/loop_tcp.h"
#include "room/room_meter.h"
#include "ws/ws_frame.h"

/* How often clients with a key are counted. */
#define SAMPLE_US 500000

/* How long the end of a connection is waited for, and how soon it is looked
 * for; the pause between two looks doubles. */
#define FOLLOW_US 3000000
#define FIRST_LOOK_US 2000

/* What is shown of a frame. */
#define FRAME_MOST 256

/* The client's first text frame on its way in, as it came. */
typedef struct {
    ws_frame_parser parser;
    uint64_t left;  /* payload bytes to come */
    size_t size;    /* bytes of `bytes` */
    bool complete;
    unsigned char bytes[FRAME_MOST];
} heard_frame;

/* What a reading is compared with, and where the difference goes. */
typedef struct {
    int fd;
    uint64_t key;
    uint16_t tag;
    room_meter_transport transport;
    base_traffic last;
} account;

/* Of a client that has a key, or whose connection had requests before. */
struct hub_meter {
    hub_meter *next; /* in hub->meters, if it has a key */
    hub_meter *prev;
    account of;
    base_bytes event;
    heard_frame *frame; /* NULL: not wanted, or told */
};

/* A connection that is at its end. */
struct hub_tail {
    hub_tail *next;
    account of;
    int64_t due;
    int64_t pause;
    int64_t until;
};

/* Adds what came since the last reading; true when nothing can come any more,
 * or nothing can be told: then nothing is added either. (A client that waits
 * on a worker has no TCP; httpd_tally counts it.) */
static bool count(hub *core, account *of, uint64_t requests)
{
    room_meter_figures more = { .requests = requests };
    loop_tcp_state now;

    if (!loop_tcp_read(of->fd, &now)) {
        return true;
    }
    more.traffic = base_traffic_since(&now.traffic, &of->last);
    of->last = now.traffic;
    if (requests > 0 || more.traffic.packets_sent > 0
        || more.traffic.packets_received > 0) {
        room_meter_add(core->options.store, of->key, of->tag, of->transport,
                       &more, core->now);
    }
    return now.closed;
}

static void make_due(hub *core, int64_t due)
{
    if (due < core->meter_due) {
        core->meter_due = due;
    }
}

static room_meter_transport transport_of(const hub_client *client)
{
    static const room_meter_transport meters[HUB_TRANSPORTS] = {
        [HUB_WEBSOCKET] = ROOM_METER_WEBSOCKET,
        [HUB_SSE] = ROOM_METER_SSE,
        [HUB_SSE_PLAIN] = ROOM_METER_SSE,
        [HUB_LONGPOLL] = ROOM_METER_LONGPOLL,
    };

    return meters[client->transport];
}

static void enlist(hub *core, hub_meter *meter)
{
    meter->next = core->meters;
    if (meter->next) {
        meter->next->prev = meter;
    }
    core->meters = meter;
    make_due(core, core->now + SAMPLE_US);
}

static void delist(hub *core, const hub_meter *meter)
{
    *(meter->prev ? &meter->prev->next : &core->meters) = meter->next;
    if (meter->next) {
        meter->next->prev = meter->prev;
    }
}

void hub_meter_begin(hub_client *client, hub_measure *measure)
{
    hub *core = client->hub;
    hub_meter *meter;

    if (!core->options.store
        || (measure->key == 0 && measure->base.packets_sent == 0)) {
        return;
    }
    meter = calloc(1, sizeof(*meter));
    BASE_CHECK(meter != NULL);
    meter->of = (account){ .fd = client->stream.fd,
                           .key = measure->key,
                           .tag = measure->tag,
                           .transport = transport_of(client),
                           .last = measure->base };
    client->meter = meter;
    if (measure->key == 0) {
        return;
    }
    enlist(core, meter);
    (void)count(core, &meter->of, 1);
    if (measure->event.len > 0) {
        meter->event = measure->event;
        measure->event = (base_bytes)BASE_BYTES_INIT;
        meter->frame = calloc(1, sizeof(*meter->frame));
        BASE_CHECK(meter->frame != NULL);
        ws_frame_init(&meter->frame->parser, WS_FRAME_RSV1);
    }
}

void hub_meter_greet(hub_client *client)
{
    hub_meter *meter = client->meter;

    if (meter && meter->event.len > 0) {
        hub_client_tell(client, &meter->event, NULL);
        base_bytes_free(&meter->event);
    }
}

static void keep(heard_frame *frame, const unsigned char *data, size_t size)
{
    size_t room = sizeof(frame->bytes) - frame->size;

    size = size < room ? size : room;
    memcpy(frame->bytes + frame->size, data, size);
    frame->size += size;
}

/* Takes bytes up to the end of a header or of a payload; how many, or 0 when
 * the client breaks the protocol. */
static size_t take(heard_frame *frame, const unsigned char *data, size_t size)
{
    ws_frame_result result = WS_FRAME_HEADER;
    size_t used = 0;

    if (frame->left > 0) {
        used = size < frame->left ? size : (size_t)frame->left;
        frame->left -= used;
    }
    else {
        if (frame->parser.have == 0) {
            frame->size = 0;
        }
        result = ws_frame_parse(&frame->parser, data, size, &used);
        if (result == WS_FRAME_HEADER) {
            frame->left = frame->parser.length;
        }
    }
    keep(frame, data, used);
    frame->complete = result == WS_FRAME_HEADER && frame->left == 0
                      && ws_frame_get_opcode(&frame->parser) == WS_FRAME_TEXT;
    return result > WS_FRAME_HEADER ? 0 : used;
}

void hub_meter_hear(hub_client *client, const unsigned char *data,
                    size_t size)
{
    hub_meter *meter = client->meter;

    while (meter && meter->frame && !meter->frame->complete && size > 0) {
        size_t used = take(meter->frame, data, size);

        if (used == 0) {
            free(meter->frame);
            meter->frame = NULL;
        }
        data += used;
        size -= used;
    }
}

void hub_meter_tell(hub_client *client)
{
    hub_meter *meter = client->meter;
    base_bytes *text = &client->hub->text;

    if (!meter || !meter->frame || !meter->frame->complete) {
        return;
    }
    text->len = 0;
    chat_event_meter_frame(text, meter->frame->bytes, meter->frame->size);
    hub_client_tell(client, text, NULL);
    free(meter->frame);
    meter->frame = NULL;
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
    of->fd = fcntl(of->fd, F_DUPFD_CLOEXEC, 0);
    if (of->fd >= 0) {
        (void)shutdown(of->fd, SHUT_WR); /* if it has not been */
        atomic_fetch_add(&core->connections, 1);
        follow(core, of);
    }
}

void hub_meter_end(hub_client *client, bool reset)
{
    hub *core = client->hub;
    hub_meter *meter = client->meter;
    account all = { .fd = client->stream.fd,
                    .transport = transport_of(client) };
    bool ended;

    if (!core->options.store) {
        return;
    }
    ended = count(core, meter ? &meter->of : &all,
                  !meter || meter->of.key == 0);
    if (!meter) {
        return;
    }
    if (meter->of.key != 0) {
        delist(core, meter);
        if (!ended && !reset) {
            follow_client(core, &meter->of);
        }
    }
    base_bytes_free(&meter->event);
    free(meter->frame);
    free(meter);
    client->meter = NULL;
}

bool hub_meter_follow(hub *core, int fd, const hub_measure *measure)
{
    hub_offer *offer = hub_offer_create(core);

    if (!offer) {
        return false;
    }
    offer->role = HUB_FOLLOWED;
    offer->fd = fd;
    offer->measure = *measure;
    hub_adopt(core, offer);
    return true;
}

void hub_meter_adopt(hub *core, hub_offer *offer)
{
    account of = { .fd = offer->fd,
                   .key = offer->measure.key,
                   .tag = offer->measure.tag,
                   .transport = offer->measure.transport,
                   .last = offer->measure.base };

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
    if (core->meters && core->now - core->metered >= SAMPLE_US) {
        core->metered = core->now;
        for (hub_meter *meter = core->meters; meter; meter = meter->next) {
            (void)count(core, &meter->of, 0);
        }
    }
    if (core->meters) {
        make_due(core, core->metered + SAMPLE_US);
    }
    count_tails(core);
}

int64_t hub_meter_wait(const hub *core)
{
    return core->meter_due == INT64_MAX ? INT64_MAX
                                        : core->meter_due - core->now;
}

void hub_meter_stop(hub *core)
{
    while (core->tails) {
        (void)count(core, &core->tails->of, 0);
        end_tail(core, &core->tails);
    }
}
