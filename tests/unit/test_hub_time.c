/* test_hub_time.c - the deadlines of hub/: pings, slow senders, slow readers,
 * a Close that is not answered. Who is in time: test_hub_steady.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/hub_deadline.h"
#include "hub_peer.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN

static int64_t start;

static void begin(void)
{
    start = base_clock_mono();
}

/* Since begin() so many milliseconds have passed, and not far more. */
static void expect_passed(int64_t ms)
{
    int64_t passed = (base_clock_mono() - start) / 1000;

    if (passed < ms - 5 || passed > ms + 700) {
        fail_msg("%lld ms instead of %lld", (long long)passed, (long long)ms);
    }
}

static void expect_gone(hub_stage *stage)
{
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == 0);
}

/* An answered ping keeps the connection; silence ends it without a Close. */
static void test_ping(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.ping_interval = 300000;
    stage.settings.ping_timeout = 400000;
    begin();
    hub_peer_echo(&peer, &stage, 0);
    for (int i = 1; i <= 3; i++) {
        hub_peer_expect(&peer, WS_FRAME_PING, "", 0);
        expect_passed(300);
        hub_peer_send(&peer, FIN | WS_FRAME_PONG, "", 0);
        begin();
    }
    hub_peer_expect(&peer, WS_FRAME_PING, "", 0);
    hub_peer_expect_end(&peer);
    expect_passed(700);
    expect_gone(&stage);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_PING), 1);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* A message that does not get finished; pings and their like do not help. */
static void slow_message(const void *first, size_t size)
{
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame = { .data = NULL };

    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 600000;
    hub_peer_echo(&peer, &stage, 0);
    hub_peer_say(&peer, "whole");
    hub_peer_expect(&peer, WS_FRAME_TEXT, "whole", 5);
    begin();
    hub_peer_write(&peer, first, size);
    while (!hub_peer_take(&peer, &frame) && !peer.ended) {
        hub_peer_read(&peer, 50);
        hub_peer_write(&peer, "\0", 1);
    }
    expect_passed(600);
    assert_int_equal(frame.opcode, WS_FRAME_CLOSE);
    assert_int_equal(frame.data[0] << 8 | frame.data[1], 1008);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_UPLOAD), 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_FLOOD), 0);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    expect_gone(&stage);
    hub_stage_close(&stage);
}

static void test_slow_message(void **state)
{
    (void)state;
    slow_message("\x82\xfe\x7f\xff....", 8); /* a long frame, bit by bit */
    slow_message("\x02\x80....\x00\xfe\x7f\xff....", 14); /* in fragments */
}

static hub_offer *small_offer(hub_peer *peer, hub_stage *stage)
{
    hub_offer *offer = hub_peer_offer(peer, stage, 0, HUB_PEER_LOCAL);
    int size = 4096;

    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                sizeof(size)), 0);
    return offer;
}

/* Who does not read at all is closed with 1013 after ChatSlowClient and can
 * still read that. */
static void test_slow_reader(void **state)
{
    static char big[60000];
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 500000;
    begin();
    hub_offer_hand_over(small_offer(&peer, &stage));
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, big, sizeof(big));
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW) == 1);
    expect_passed(500);
    hub_peer_expect(&peer, WS_FRAME_BINARY, big, sizeof(big));
    hub_peer_expect_close(&peer, 1013);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    expect_gone(&stage);
    hub_stage_close(&stage);
}

/* Our Close is not answered. */
static void test_close_unanswered(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    offer = hub_peer_offer_room(&peer, &stage, 0, "/nowhere", 1);
    offer->key_size = 0; /* there can be no such room: it is told and closed */
    begin();
    hub_offer_hand_over(offer);
    hub_peer_expect_text(&peer, "{\"type\":\"error\"");
    hub_peer_expect_close(&peer, 1013);
    expect_gone(&stage);
    expect_passed(HUB_CLOSE_ANSWER_MS);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_slow_message),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_close_unanswered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
