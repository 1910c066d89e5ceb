/* test_hub_meter.c - hub_meter.h: what is counted when, and that nothing is
 * kept open. tests/integration/test_meter.py looks at the figures themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub_peer.h"

#define KEY UINT64_C(0x123456789abcdef0)
#define EVENT "{\"type\":\"meter\",\"request\":\"\"}"

static room_meter_figures figures(hub_stage *stage, uint64_t key,
                                  act_traffic line)
{
    room_meter_figures all[ROOM_METER_LINES];

    (void)room_meter_read(stage->store, key, base_clock_mono(), all);
    return all[line];
}

static void open_measured(hub_peer *peer, hub_stage *stage, uint64_t key)
{
    hub_offer *offer = hub_peer_offer(peer, stage, 0, HUB_PEER_TCP);

    offer->measure.key = key;
    hub_offer_hand_over(offer);
}

/* In a room; event: NULL, or what the server tells after the hello. */
static void enter_measured(hub_peer *peer, hub_stage *stage, const char *event)
{
    hub_offer *offer = hub_peer_offer(peer, stage, 0, HUB_PEER_TCP);
    static const char path[] = "/measured";

    offer->measure.key = KEY;
    if (event) {
        base_bytes_append_text(&offer->measure.event, event);
    }
    offer->way = &hub_way_ws;
    offer->who = (chat_person){ .user = 5, .guest = true };
    offer->start.history = 0;
    offer->key_size = hub_stage_key(offer->key, path);
    hub_offer_hand_over(offer);
}

static void echo(hub_peer *peer, const char *text)
{
    hub_peer_say(peer, text);
    hub_peer_expect(peer, WS_FRAME_TEXT, text, strlen(text));
}

/* With a key: at once and while it lives; without one: when it has ended. */
static void live_and_at_the_end(void **state)
{
    hub_stage stage;
    hub_peer with;
    hub_peer without;
    room_meter_figures all;

    (void)state;
    hub_stage_open(&stage, 1);
    open_measured(&with, &stage, KEY);
    open_measured(&without, &stage, 0);
    echo(&with, "hello");
    echo(&without, "hello");
    HUB_STAGE_WAIT(figures(&stage, KEY, ACT_TRAFFIC_WEBSOCKET).traffic.received
                   == 11); /* a masked frame of 5 bytes */
    all = figures(&stage, 0, ACT_TRAFFIC_WEBSOCKET);
    assert_int_equal(all.requests, 1);
    assert_int_equal(all.traffic.received, 11);
    hub_peer_leave(&without);
    HUB_STAGE_WAIT(figures(&stage, 0, ACT_TRAFFIC_WEBSOCKET).requests == 2);
    assert_int_equal(
        figures(&stage, 0, ACT_TRAFFIC_WEBSOCKET).traffic.received, 22);
    hub_peer_leave(&with);
    hub_stage_close(&stage);
}

/* The last ACK comes after the client was dropped. */
static void the_end_is_waited_for(void **state)
{
    hub_stage stage;
    hub_peer peer;
    room_meter_figures found;

    (void)state;
    hub_stage_open(&stage, 1);
    open_measured(&peer, &stage, KEY);
    echo(&peer, "hello");
    hub_peer_send(&peer, WS_FRAME_FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_expect_close(&peer, 1000);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    /* Its last: data, Close, FIN; the handshake; ACKs in between. */
    HUB_STAGE_WAIT(figures(&stage, KEY, ACT_TRAFFIC_WEBSOCKET)
                       .traffic.packets_received >= 5);
    found = figures(&stage, KEY, ACT_TRAFFIC_WEBSOCKET);
    assert_int_equal(found.traffic.received, 11 + 8);
    assert_in_range(found.traffic.sent, 7 + 4, 7 + 4 + 123);
    assert_int_equal(found.requests, 1);
    hub_stage_close(&stage);
}

/* What httpd has served: the difference to what is known already, until both
 * sides have ended, or the hub does. */
static void connections_of_httpd(void **state)
{
    hub_stage stage;
    hub_measure measure = { .key = KEY, .line = ACT_TRAFFIC_POLL,
                            .base = { .received = 3, .packets_received = 3 } };
    room_meter_figures found;
    int ending[2];
    int staying[2];

    (void)state;
    hub_stage_open(&stage, 1);
    loop_pair_sockets(ending, true);
    loop_pair_sockets(staying, true);
    assert_int_equal(write(ending[1], "abcde", 5), 5);
    assert_true(hub_offer_follow(stage.hubs[0], ending[0], &measure));
    HUB_STAGE_WAIT(figures(&stage, KEY, ACT_TRAFFIC_POLL).traffic.received
                   == 2);
    assert_int_equal(shutdown(ending[0], SHUT_WR), 0);
    close(ending[1]);
    HUB_STAGE_WAIT(fcntl(ending[0], F_GETFD) < 0);
    found = figures(&stage, KEY, ACT_TRAFFIC_POLL);
    assert_int_equal(found.requests, 0);
    assert_int_equal(found.traffic.received, 2);
    assert_true(found.traffic.packets_received >= 1);
    assert_true(hub_offer_follow(stage.hubs[0], staying[0], &measure));
    hub_stage_stop(&stage, 0, false);
    assert_int_equal(fcntl(staying[0], F_GETFD), -1);
    close(staying[1]);
    hub_stage_close(&stage);
}

/* They count against the limit of connections, and give their place back. */
static void there_is_a_limit(void **state)
{
    hub_stage stage;
    hub_measure measure = { .key = KEY, .line = ACT_TRAFFIC_POLL };
    int fds[2];
    int more[2];

    (void)state;
    hub_stage_open(&stage, 0);
    stage.max_connections = 1;
    hub_stage_start(&stage, 0);
    loop_pair_sockets(fds, true);
    loop_pair_sockets(more, true);
    assert_true(hub_offer_follow(stage.hubs[0], fds[0], &measure));
    assert_false(hub_offer_follow(stage.hubs[0], more[0], &measure));
    assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
    close(fds[1]);
    HUB_STAGE_WAIT(hub_offer_follow(stage.hubs[0], more[0], &measure));
    close(more[1]);
    hub_stage_close(&stage);
}

/* A peer that never ends its side is waited for no longer than three
 * seconds. */
static void nobody_is_waited_for_for_ever(void **state)
{
    hub_stage stage;
    hub_measure measure = { .key = KEY, .line = ACT_TRAFFIC_POLL };
    int64_t start = base_clock_mono();
    int fds[2];

    (void)state;
    hub_stage_open(&stage, 1);
    loop_pair_sockets(fds, true);
    assert_true(hub_offer_follow(stage.hubs[0], fds[0], &measure));
    HUB_STAGE_WAIT(fcntl(fds[0], F_GETFD) < 0);
    assert_true(base_clock_mono() - start >= 2900000);
    close(fds[1]);
    hub_stage_close(&stage);
}

/* Where there is no TCP nothing is counted, and all else works. */
static void local_sockets(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_LOCAL);
    offer->measure.key = KEY;
    hub_offer_hand_over(offer);
    echo(&peer, "hello");
    hub_peer_leave(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    assert_int_equal(figures(&stage, 0, ACT_TRAFFIC_WEBSOCKET).requests, 0);
    hub_stage_close(&stage);
}

/* The event comes after the hello, and the first text frame after what it
 * caused; control frames are passed over; the second one is not told. */
static void events_of_a_room(void **state)
{
    static const unsigned char frame[] = { 0x81, 0x82, 1, 2, 3, 4,
                                           '{' ^ 1, '}' ^ 2 };
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    enter_measured(&peer, &stage, EVENT);
    hub_peer_expect_text(&peer, "{\"type\":\"hello\"");
    hub_peer_expect_text(&peer, EVENT);
    hub_peer_send(&peer, WS_FRAME_FIN | WS_FRAME_PONG, "pong", 4);
    hub_peer_send(&peer, WS_FRAME_FIN | WS_FRAME_BINARY, NULL, 0);
    hub_peer_expect_text(&peer, "{\"type\":\"error\",\"code\":\"bad_type\"");
    for (size_t i = 0; i < sizeof(frame); i++) {
        hub_peer_write(&peer, frame + i, 1);
    }
    hub_peer_expect_text(&peer, "{\"type\":\"error\"");
    hub_peer_expect_text(&peer, "{\"type\":\"meter\",\"frame\":"
                                "\"8182010203047a7f\"}");
    hub_peer_say(&peer, "{}");
    hub_peer_expect_text(&peer, "{\"type\":\"error\"");
    hub_peer_say(&peer, "{\"type\":\"typing\"}");
    hub_peer_send(&peer, WS_FRAME_FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_expect_close(&peer, 1000);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Who is measured and did not ask for it is told nothing. */
static void nothing_is_told_unasked(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    enter_measured(&peer, &stage, NULL);
    hub_peer_expect_text(&peer, "{\"type\":\"hello\"");
    for (int i = 0; i < 2; i++) {
        hub_peer_say(&peer, "{}");
        hub_peer_expect_text(&peer, "{\"type\":\"error\"");
    }
    hub_peer_send(&peer, WS_FRAME_FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_expect_close(&peer, 1000);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_and_at_the_end),
        cmocka_unit_test(the_end_is_waited_for),
        cmocka_unit_test(connections_of_httpd),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(nobody_is_waited_for_for_ever),
        cmocka_unit_test(local_sockets),
        cmocka_unit_test(events_of_a_room),
        cmocka_unit_test(nothing_is_told_unasked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
