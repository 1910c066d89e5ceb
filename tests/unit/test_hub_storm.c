/* test_hub_storm.c - hub/ under 200 clients that do anything at any time. What
 * it is for are the sanitizers, and that everything is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub_peer.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define PEERS 200
#define SECONDS 4
#define ENOUGH 1000 /* heard, however long that takes on a busy machine */

typedef struct {
    hub_stage stage;
    hub_peer peers[PEERS];
    bool there[PEERS];
    base_bytes frame;
    uint32_t seed;
    unsigned heard;
} storm;

static unsigned dice(storm *s, unsigned sides)
{
    s->seed = s->seed * 1664525 + 1013904223;
    return (s->seed >> 8) % sides;
}

static void come(storm *s, unsigned i)
{
    hub_peer *peer = &s->peers[i];
    int which = (int)dice(s, 2);
    hub_offer *offer;
    int size = 4096;
    char path[16];

    snprintf(path, sizeof(path), "/room%u", dice(s, 5));
    switch (dice(s, 8)) {
    case 0:
        offer = hub_peer_offer(peer, &s->stage, which, HUB_PEER_LOCAL);
        break;
    case 1:
        offer = hub_peer_offer(peer, &s->stage, which,
                               dice(s, 2) ? HUB_PEER_TLS12 : HUB_PEER_TLS13);
        break;
    case 2:
        offer = hub_peer_offer_room(peer, &s->stage, which, path, dice(s, 50));
        offer->start.given = true;
        offer->start.after.ms = (uint64_t)base_clock_wall() - dice(s, 3000);
        break;
    default:
        offer = hub_peer_offer_room(peer, &s->stage, which, path, dice(s, 50));
        break;
    }
    if (dice(s, 3) == 0) {
        setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    if (dice(s, 20) == 0) {
        hub_offer_destroy(offer);
        hub_peer_leave(peer);
        return;
    }
    hub_offer_hand_over(offer);
    s->there[i] = true;
}

static void go(storm *s, unsigned i)
{
    hub_peer_leave(&s->peers[i]);
    s->there[i] = false;
}

/* Sends as much as the server takes now; who was cut short leaves. */
static void play(storm *s, unsigned i, size_t size)
{
    hub_peer *peer = &s->peers[i];
    ssize_t sent = peer->pair.peer
                       ? SSL_write(peer->pair.peer, s->frame.data, (int)size)
                       : send(peer->pair.fd, s->frame.data, size,
                              MSG_NOSIGNAL);

    if (sent < (ssize_t)size) {
        go(s, i);
    }
}

static void listen_to(storm *s, unsigned i)
{
    hub_peer *peer = &s->peers[i];
    hub_peer_frame frame;

    while (hub_peer_read(peer, 0)) {
        while (hub_peer_take(peer, &frame)) {
            s->heard++;
        }
    }
    if (peer->ended) {
        go(s, i);
    }
}

static void talk(storm *s, unsigned i)
{
    static char text[4000];
    unsigned size = dice(s, sizeof(text));

    s->frame.len = 0;
    memset(text, 'a', sizeof(text));
    switch (dice(s, 9)) {
    case 0:
        ws_stream_text(&s->frame, FIN | WS_FRAME_TEXT, "{\"type\":\"typing\"}");
        break;
    case 1:
        ws_stream_frame(&s->frame, FIN | WS_FRAME_PING, text, size % 126);
        break;
    case 2:
        ws_stream_frame(&s->frame, WS_FRAME_BINARY, text, size);
        ws_stream_frame(&s->frame, FIN | WS_FRAME_CONTINUATION, text, size);
        break;
    case 3:
        snprintf(text, sizeof(text), "{\"type\":\"name\",\"name\":\"n%u\"}",
                 size);
        ws_stream_text(&s->frame, FIN | WS_FRAME_TEXT, text);
        break;
    default:
        size = size < 100 ? 100 : size;
        memcpy(text, "{\"type\":\"message\",\"text\":\"", 26);
        memcpy(text + size - 2, "\"}", 2);
        ws_stream_frame(&s->frame, FIN | WS_FRAME_TEXT, text, size);
        break;
    }
    play(s, i, s->frame.len);
}

static void act(storm *s, unsigned i)
{
    hub_peer *peer = &s->peers[i];

    switch (dice(s, 40)) {
    case 0:
        go(s, i);
        break;
    case 1:
        loop_pair_peer_leaves(&peer->pair, true);
        go(s, i);
        break;
    case 2:
        shutdown(peer->pair.fd, SHUT_WR);
        break;
    case 3:
        s->frame.len = 0;
        ws_stream_frame(&s->frame, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
        play(s, i, s->frame.len);
        break;
    case 4:
        s->frame.len = 0;
        ws_stream_header(&s->frame, FIN | dice(s, 16), dice(s, 100000));
        play(s, i, 1 + dice(s, (unsigned)s->frame.len));
        break;
    case 5: case 6: case 7: case 8: case 9: case 10: case 11: case 12:
        listen_to(s, i);
        break;
    default:
        talk(s, i);
        break;
    }
}

static void test_storm(void **state)
{
    static storm s;
    int64_t end = base_clock_mono() + SECONDS * 1000000;

    (void)state;
    hub_stage_open(&s.stage, 0);
    s.stage.settings.ping_interval = 300000;
    s.stage.settings.ping_timeout = 300000;
    s.stage.settings.slow_client = 500000;
    s.stage.settings.rate = 100;
    s.stage.settings.presence_most = 20;
    s.stage.drain = 300000;
    hub_stage_start(&s.stage, 0);
    hub_stage_start(&s.stage, 1);
    while (base_clock_mono() < end || s.heard <= ENOUGH) {
        unsigned i = dice(&s, PEERS);

        if (s.there[i]) {
            act(&s, i);
        }
        else {
            come(&s, i);
        }
        if (base_clock_mono() > end + 2 * HUB_STAGE_PATIENCE) {
            fail_msg("heard only %u", s.heard);
        }
    }
    hub_stage_stop(&s.stage, 0, true); /* with all that are there */
    for (unsigned i = 0; i < PEERS; i++) {
        if (s.there[i]) {
            go(&s, i);
        }
    }
    for (unsigned i = 0; i < 5; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/room%u", i);
        HUB_STAGE_WAIT(hub_stage_members(&s.stage, path) == 0);
    }
    base_bytes_free(&s.frame);
    hub_stage_close(&s.stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
