/* test_hub_time.c - the deadlines of hub/: pings, slow senders, slow readers,
 * a Close that is not answered. Who is in time: test_hub_steady.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/hub_deadline.h"
#include "hub_peer.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define LATE_MS 50 /* more than a tick of the timers */

/* One hub, whose clock stands still, and somebody that is always there. */
static void begin(hub_stage *stage, hub_peer *other)
{
    hub_stage_open(stage, 1);
    stage_clock_hold();
    hub_peer_echo(other, stage, 0);
}

/* So many milliseconds pass, and the hub has seen that. */
static void pass(hub_peer *other, int64_t ms)
{
    stage_clock_pass(ms * 1000);
    hub_peer_say(other, "there");
    hub_peer_expect(other, WS_FRAME_TEXT, "there", 5);
}

/* Nobody else is there any more. */
static void finish(hub_stage *stage, hub_peer *other)
{
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == 1);
    stage_clock_release();
    hub_peer_leave(other);
    hub_stage_close(stage);
}

/* The hub has read so much since it began. */
static void expect_read(hub_stage *stage, uint64_t bytes)
{
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_BYTES_IN) >= bytes);
}

/* An answered ping keeps the connection; silence ends it without a Close. */
static void test_ping(void **state)
{
    hub_stage stage;
    hub_peer other;
    hub_peer peer;

    (void)state;
    begin(&stage, &other);
    stage.settings.ping_interval = 300000;
    stage.settings.ping_timeout = 400000;
    hub_peer_echo(&peer, &stage, 0);
    for (int i = 1; i <= 3; i++) {
        hub_peer_say(&peer, "heard");
        hub_peer_expect(&peer, WS_FRAME_TEXT, "heard", 5);
        pass(&other, 290);
        assert_false(hub_peer_read(&peer, 0));
        pass(&other, 10 + LATE_MS);
        hub_peer_expect(&peer, WS_FRAME_PING, "", 0);
        hub_peer_send(&peer, FIN | WS_FRAME_PONG, "", 0);
    }
    hub_peer_say(&peer, "heard");
    hub_peer_expect(&peer, WS_FRAME_TEXT, "heard", 5);
    pass(&other, 300 + LATE_MS);
    hub_peer_expect(&peer, WS_FRAME_PING, "", 0);
    pass(&other, 390 - LATE_MS);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS), 2);
    pass(&other, 10 + 2 * LATE_MS);
    hub_peer_expect_end(&peer);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_PING), 1);
    hub_peer_leave(&peer);
    finish(&stage, &other);
}

/* A message that does not get finished; pings and their like do not help. */
static void slow_message(const void *first, size_t size)
{
    hub_stage stage;
    hub_peer other;
    hub_peer peer;
    uint64_t read;

    begin(&stage, &other);
    stage.settings.slow_client = 600000;
    hub_peer_echo(&peer, &stage, 0);
    hub_peer_say(&peer, "whole");
    hub_peer_expect(&peer, WS_FRAME_TEXT, "whole", 5);
    read = hub_stage_count(&stage, ACT_COUNT_BYTES_IN) + size;
    hub_peer_write(&peer, first, size);
    expect_read(&stage, read);
    for (int i = 0; i < 11; i++) {
        pass(&other, 50);
        assert_false(hub_peer_read(&peer, 0));
        hub_peer_write(&peer, "\0", 1);
    }
    pass(&other, 50 + LATE_MS);
    hub_peer_expect_close(&peer, 1008);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_UPLOAD), 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_FLOOD), 0);
    pass(&other, HUB_CLOSE_ANSWER_MS + LATE_MS);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    finish(&stage, &other);
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
    hub_peer other;
    hub_peer peer;

    (void)state;
    begin(&stage, &other);
    stage.settings.slow_client = 500000;
    hub_offer_hand_over(small_offer(&peer, &stage));
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, big, sizeof(big));
    expect_read(&stage, 8 + sizeof(big));
    pass(&other, 0); /* its answer has been tried to be written */
    pass(&other, 490);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW), 0);
    pass(&other, 10 + LATE_MS);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW) == 1);
    hub_peer_expect(&peer, WS_FRAME_BINARY, big, sizeof(big));
    hub_peer_expect_close(&peer, 1013);
    pass(&other, HUB_CLOSE_ANSWER_MS + LATE_MS);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    finish(&stage, &other);
}

/* Our Close is not answered. */
static void test_close_unanswered(void **state)
{
    hub_stage stage;
    hub_peer other;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    begin(&stage, &other);
    offer = hub_peer_offer_room(&peer, &stage, 0, "/nowhere", 1);
    offer->key_size = 0; /* there can be no such room: it is told and closed */
    hub_offer_hand_over(offer);
    hub_peer_expect_text(&peer, "{\"type\":\"error\"");
    hub_peer_expect_close(&peer, 1013);
    pass(&other, HUB_CLOSE_ANSWER_MS - 10);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS), 2);
    pass(&other, 10 + LATE_MS);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 1);
    hub_peer_leave(&peer);
    finish(&stage, &other);
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
