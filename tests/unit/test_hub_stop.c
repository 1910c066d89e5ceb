/* test_hub_stop.c - how a child of hub/ sends its connections away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "hub/hub_deadline.h"
#include "hub/hub_relief.h"
#include "hub_peer.h"

#define FIN WS_FRAME_FIN
#define PEERS 20

static void answer_close(hub_peer *peer)
{
    hub_peer_send(peer, FIN | WS_FRAME_CLOSE, "\x03\xf4", 2);
    hub_peer_expect_end(peer);
    assert_false(peer->broken);
}

/* Reads what is there; true when the Close came: after a bye, in a room. */
static bool sent_away(hub_peer *peer, bool in_room)
{
    static const char bye[] = "{\"type\":\"bye\",\"code\":1012,"
                              "\"retry\":[0,1]}";
    hub_peer_frame frame;
    bool any = false;

    hub_peer_read(peer, 0);
    while (hub_peer_take(peer, &frame)) {
        any = true;
        if (in_room && frame.opcode == WS_FRAME_TEXT) {
            assert_int_equal(frame.size, sizeof(bye) - 1);
            assert_memory_equal(frame.data, bye, sizeof(bye) - 1);
            in_room = false;
            continue;
        }
        assert_false(in_room);
        assert_int_equal(frame.opcode, WS_FRAME_CLOSE);
        assert_int_equal(frame.data[0] << 8 | frame.data[1], 1012);
    }
    assert_false(any && in_room);
    assert_false(peer->ended);
    return any;
}

static void crowd(hub_stage *stage, hub_peer peers[PEERS])
{
    for (int i = 0; i < PEERS; i++) {
        if (i % 2) {
            hub_peer_join(&peers[i], stage, 0, "/lobby", 1u + (unsigned)i);
            hub_peer_expect_text(&peers[i], "{\"type\":\"hello\"");
        }
        else {
            hub_peer_echo(&peers[i], stage, 0);
        }
    }
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == PEERS);
}

/* The child has begun to end when this returns. An echo is asked, and its turn
 * sees that, before it is sent away. */
static void begin_to_stop(hub_stage *stage, hub_peer *echo)
{
    hub_stop(stage->hubs[0], true);
    hub_peer_say(echo, "still there");
    hub_peer_expect(echo, WS_FRAME_TEXT, "still there", 11);
}

/* Spread over the window: never more are away than the part that has passed
 * asks for, and the last go at its end. One does not answer its Close. */
static void test_graceful(void **state)
{
    hub_stage stage;
    hub_peer peers[PEERS];
    bool away[PEERS] = { false };
    int64_t start = stage_clock_real();
    int64_t passed = 0;
    int gone = 0;

    (void)state;
    hub_stage_open(&stage, 0);
    stage.drain = 1000000;
    hub_stage_start(&stage, 0);
    crowd(&stage, peers);
    stage_clock_hold();
    begin_to_stop(&stage, &peers[0]);
    while (gone < PEERS) {
        for (int i = 0; i < PEERS; i++) {
            if (!away[i] && sent_away(&peers[i], i % 2 == 1)) {
                away[i] = true;
                gone++;
                if (i != 0) {
                    answer_close(&peers[i]);
                    hub_peer_leave(&peers[i]);
                }
            }
        }
        assert_true(gone * stage.drain <= PEERS * passed);
        if (passed < stage.drain) {
            stage_clock_pass(stage.drain / 200);
            passed += stage.drain / 200;
        }
        hub_stage_pause(start + HUB_STAGE_PATIENCE, "the Closes", __FILE__,
                        __LINE__);
    }
    stage_clock_pass(HUB_CLOSE_ANSWER_MS * 1000 + 100000);
    hub_peer_expect_end(&peers[0]);
    hub_peer_leave(&peers[0]);
    hub_stage_stop(&stage, 0, true);
    stage_clock_release();
    hub_stage_close(&stage);
}

/* Few need no long window: as many as the rate asks for. */
static void test_few(void **state)
{
    hub_stage stage;
    hub_peer peers[PEERS];
    int64_t start = stage_clock_real();

    (void)state;
    hub_stage_open(&stage, 0);
    stage.drain = 60000000;
    stage.drain_rate = 5 * PEERS;
    hub_stage_start(&stage, 0);
    crowd(&stage, peers);
    stage_clock_hold();
    begin_to_stop(&stage, &peers[0]);
    stage_clock_pass(300000);
    for (int i = 0; i < PEERS; i++) {
        while (!sent_away(&peers[i], i % 2 == 1)) {
            hub_stage_pause(start + HUB_STAGE_PATIENCE, "the Close", __FILE__,
                            __LINE__);
        }
        answer_close(&peers[i]);
        hub_peer_leave(&peers[i]);
    }
    hub_stage_stop(&stage, 0, true);
    stage_clock_release();
    hub_stage_close(&stage);
}

/* All at once; it ends though nobody answers, also when it was graceful
 * before. */
static void stop_now(bool graceful_before)
{
    hub_stage stage;
    hub_peer peers[PEERS];

    hub_stage_open(&stage, 0);
    stage.drain = 60000000;
    hub_stage_start(&stage, 0);
    crowd(&stage, peers);
    stage_clock_hold();
    if (graceful_before) {
        begin_to_stop(&stage, &peers[0]);
    }
    hub_stop(stage.hubs[0], false);
    for (int i = 0; i < PEERS; i++) {
        if (i % 2) {
            hub_peer_expect_text(&peers[i], "{\"type\":\"bye\"");
        }
        hub_peer_expect_close(&peers[i], 1012);
    }
    stage_clock_release();
    hub_stage_stop(&stage, 0, false);
    for (int i = 0; i < PEERS; i++) {
        hub_peer_expect_end(&peers[i]);
        hub_peer_leave(&peers[i]);
    }
    hub_stage_close(&stage);
}

static void test_now(void **state)
{
    (void)state;
    stop_now(false);
    stop_now(true);
}

/* At whatever moment of a turn it comes. */
static void test_now_at_any_moment(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame;

    (void)state;
    hub_stage_open(&stage, 0);
    stage.drain = 0;
    for (int i = 0; i < 10; i++) {
        hub_stage_start(&stage, 0);
        hub_peer_echo(&peer, &stage, 0);
        hub_peer_say(&peer, "x");
        hub_peer_expect(&peer, WS_FRAME_TEXT, "x", 1);
        for (int j = 0; j < 100 * i; j++) {
            hub_peer_say(&peer, "y");
        }
        stage_clock_hold(); /* it reads in time */
        hub_stop(stage.hubs[0], i % 2);
        do {
            assert_true(hub_peer_next(&peer, &frame));
        } while (frame.opcode == WS_FRAME_TEXT);
        assert_int_equal(frame.opcode, WS_FRAME_CLOSE);
        assert_int_equal(frame.data[0] << 8 | frame.data[1], 1012);
        answer_close(&peer);
        stage_clock_release();
        hub_peer_leave(&peer);
        hub_stage_stop(&stage, 0, i % 2);
    }
    hub_stage_close(&stage);
}

/* One that is closing on its own does not hold the others up, and who comes
 * after the stop is sent away too: httpd had accepted him before. Only a stop
 * at once refuses. */
static void test_mixed(void **state)
{
    hub_stage stage;
    hub_peer lingering;
    hub_peer before;
    hub_peer after;
    hub_peer late;
    hub_offer *offers[2];

    (void)state;
    hub_stage_open(&stage, 0);
    stage.drain = 500000;
    hub_stage_start(&stage, 0);
    offers[0] = hub_peer_offer(&after, &stage, 0, HUB_PEER_LOCAL);
    offers[1] = hub_peer_offer(&late, &stage, 0, HUB_PEER_LOCAL);
    hub_peer_echo(&lingering, &stage, 0);
    hub_peer_echo(&before, &stage, 0);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 2);
    hub_peer_send(&lingering, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_expect_close(&lingering, 1000);
    stage_clock_hold();
    begin_to_stop(&stage, &before);
    stage_clock_pass(stage.drain);
    hub_peer_expect_close(&before, 1012);
    hub_offer_hand_over(offers[0]);
    hub_peer_expect_close(&after, 1012);
    answer_close(&after);
    answer_close(&before);
    hub_peer_leave(&after);
    hub_peer_leave(&before);
    hub_peer_leave(&lingering);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_offer_hand_over(offers[1]);
    hub_peer_expect_close(&late, 1012);
    hub_peer_leave(&late);
    hub_stop(stage.hubs[0], false);
    assert_null(hub_offer_create(stage.hubs[0]));
    stage_clock_release();
    hub_stage_stop(&stage, 0, true);
    hub_stage_close(&stage);
}

static bool is_stopping(void *context)
{
    return atomic_load((atomic_bool *)context);
}

/* Under an MPM that does not tell, the hub asks. */
static void test_asks_itself(void **state)
{
    atomic_bool stopping = false;
    hub_options options = { .max_connections = 10, .drain = 0,
                            .stopping = is_stopping, .context = &stopping };
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 0);
    options.store = stage.store;
    stage.hubs[0] = hub_create(&options);
    assert_non_null(stage.hubs[0]);
    hub_peer_echo(&peer, &stage, 0);
    hub_peer_say(&peer, "x");
    hub_peer_expect(&peer, WS_FRAME_TEXT, "x", 1);
    atomic_store(&stopping, true);
    hub_peer_expect_close(&peer, 1012);
    answer_close(&peer);
    hub_peer_leave(&peer);
    hub_join(stage.hubs[0]);
    hub_destroy(stage.hubs[0]);
    stage.hubs[0] = NULL;
    hub_stage_close(&stage);
}

/* httpd is short of descriptors: the youngest go at once, those who do not
 * answer their Close too, and nobody is taken for a while. */
static void test_relief(void **state)
{
    hub_stage stage;
    hub_peer peers[PEERS];
    int gone = 0;

    (void)state;
    hub_stage_open(&stage, 1);
    crowd(&stage, peers);
    assert_true(hub_relief_is_done(stage.hubs[0]));
    hub_relief_ask(stage.hubs[0], 3);
    hub_relief_ask(stage.hubs[0], 2); /* is part of the same */
    HUB_STAGE_WAIT(hub_relief_is_done(stage.hubs[0]));
    gone = PEERS - (int)hub_stage_count(&stage, ACT_COUNT_CONNECTIONS);
    assert_in_range(gone, 3, 5); /* the second may have come later */
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_DESCRIPTORS),
                     gone);
    assert_null(hub_offer_create(stage.hubs[0]));
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_REFUSED_FULL), 1);
    for (int i = PEERS - gone; i < PEERS; i++) {
        if (i % 2) {
            hub_peer_expect_text(&peers[i], "{\"type\":\"bye\"");
        }
        hub_peer_expect_close(&peers[i], 1012);
        hub_peer_expect_end(&peers[i]);
    }
    hub_peer_say(&peers[0], "still");
    hub_peer_expect(&peers[0], WS_FRAME_TEXT, "still", 5);
    for (int i = 0; i < PEERS; i++) {
        hub_peer_leave(&peers[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_relief_ask(stage.hubs[0], 5); /* there are none */
    HUB_STAGE_WAIT(hub_relief_is_done(stage.hubs[0]));
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graceful),
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_now_at_any_moment),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_asks_itself),
        cmocka_unit_test(test_relief),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
