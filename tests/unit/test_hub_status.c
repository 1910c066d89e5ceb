/* test_hub_status.c - those who watch the server's figures: an event a second,
 * written once for all; who is too many, late, or sent away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/way/hub_way_status.h"
#include "hub_board_stage.h"
#include "hub_text.h"

#define EVENT "{\"type\":\"status\",\"n\":"

/* How often the event was written, and when the first and the last time; and
 * how much is behind it. */
static atomic_uint written;
static _Atomic int64_t first;
static _Atomic int64_t last;
static atomic_size_t padding;

static void figures(base_bytes *out)
{
    last = base_clock_mono();
    if (written == 0) {
        first = last;
    }
    base_bytes_append_format(out, EVENT "%u,\"pad\":\"",
                             atomic_fetch_add(&written, 1) + 1);
    for (size_t i = 0; i < padding; i++) {
        base_bytes_append(out, "x", 1);
    }
    base_bytes_append_text(out, "\"}");
}

static void begin(hub_stage *stage)
{
    written = 0;
    padding = 0;
    hub_board_stage_open(stage, 0);
    stage->figures = figures;
    hub_stage_start(stage, 0);
}

static hub_offer *offer_status(hub_peer *peer, hub_stage *stage, bool chunked)
{
    hub_offer *offer = hub_peer_offer(peer, stage, 0, HUB_PEER_LOCAL);

    offer->way = chunked ? &hub_way_status : &hub_way_status_plain;
    peer->chunked = chunked;
    return offer;
}

static void watch(hub_peer *peer, hub_stage *stage, bool chunked)
{
    hub_offer_hand_over(offer_status(peer, stage, chunked));
}

/* Takes the next event and returns its number. */
static unsigned next_event(hub_peer *peer)
{
    const char *event = hub_text_until(peer, "\n\n");
    const char *from = strstr(event, "data: " EVENT);
    unsigned number = 0;

    if (!from || sscanf(from + strlen("data: " EVENT), "%u", &number) != 1) {
        fail_msg("no event: %s", event);
    }
    return number;
}

/* At once, and from then on each second; two who watch have the same ones. */
static void test_each_second(void **state)
{
    hub_stage stage;
    hub_peer one;
    hub_peer other;
    unsigned numbers[2];

    (void)state;
    begin(&stage);
    watch(&one, &stage, true);
    assert_int_equal(next_event(&one), 1);
    watch(&other, &stage, false);
    (void)next_event(&other);
    numbers[1] = next_event(&other);
    do {
        numbers[0] = next_event(&one);
    } while (numbers[0] < numbers[1]);
    assert_int_equal(numbers[0], numbers[1]);
    for (unsigned i = 1; i < 3; i++) {
        assert_int_equal(next_event(&one), numbers[0] + i);
        assert_int_equal(next_event(&other), numbers[0] + i);
    }
    assert_true(last - first > 1500000);
    hub_peer_leave(&one);
    hub_peer_leave(&other);
    hub_board_stage_close(&stage);
}

/* When the loop has begun what it does at a sweep. */
static int64_t seen(const hub_stage *stage)
{
    int64_t last_seen = 0;

    for (unsigned i = 0; i < HUB_BOARD_STAGE_PLACES; i++) {
        int64_t at = atomic_load(&stage->board->page->heads[i].alive);

        last_seen = at > last_seen ? at : last_seen;
    }
    return last_seen;
}

/* Nobody watches: nothing is written, though it is time. */
static void test_nobody(void **state)
{
    hub_stage stage;
    hub_peer peer;
    unsigned before;
    int64_t time;

    (void)state;
    begin(&stage);
    watch(&peer, &stage, true);
    (void)next_event(&peer);
    hub_peer_leave(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    before = written;
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 0);
    time = last + 1500000;
    HUB_STAGE_WAIT(seen(&stage) > time);
    time = seen(&stage);
    HUB_STAGE_WAIT(seen(&stage) > time); /* that sweep is over */
    assert_int_equal(written, before);
    hub_board_stage_close(&stage);
}

static void expect_once(hub_peer *peer)
{
    const char *event = hub_text_until(peer, "\n\n");

    assert_int_equal(strncmp(event, "retry: 5000\ndata: " EVENT, 26), 0);
    hub_text_expect_end(peer);
    hub_peer_leave(peer);
}

/* One more than may gets one event and the end; until one has gone. */
static void test_ninth(void **state)
{
    hub_stage stage;
    hub_peer peers[HUB_WAY_STATUS_MOST];
    hub_peer more;
    hub_offer *offer;

    (void)state;
    begin(&stage);
    offer = offer_status(&more, &stage, true);
    offer->once = true;
    hub_offer_hand_over(offer);
    expect_once(&more);
    for (int i = 0; i < HUB_WAY_STATUS_MOST; i++) {
        watch(&peers[i], &stage, i % 2);
        (void)next_event(&peers[i]);
    }
    watch(&more, &stage, true);
    expect_once(&more);
    watch(&more, &stage, false);
    expect_once(&more);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all,
                           HUB_WAY_STATUS_MOST);
    hub_peer_leave(&peers[3]);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all,
                           HUB_WAY_STATUS_MOST - 1);
    watch(&peers[3], &stage, true);
    (void)next_event(&peers[3]);
    (void)next_event(&peers[3]);
    for (int i = 0; i < HUB_WAY_STATUS_MOST; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_board_stage_close(&stage);
}

/* One that does not read has what was begun, and nothing is kept for it. */
static void test_late(void **state)
{
    hub_stage stage;
    hub_peer slow;
    hub_peer fast;
    hub_board_stage_list got;
    hub_offer *offer;
    int small = 4096;
    uint64_t waiting;

    (void)state;
    begin(&stage);
    padding = 100000;
    offer = offer_status(&slow, &stage, true);
    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &small,
                                sizeof(small)), 0);
    hub_offer_hand_over(offer);
    watch(&fast, &stage, true);
    for (unsigned i = 0; i < 3; i++) {
        (void)next_event(&fast);
    }
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    assert_int_equal(got.count, 2);
    assert_string_equal(got.rows[0].transport, "status");
    assert_true(got.rows[0].late_ms > 0);
    waiting = got.rows[0].waiting;
    assert_true(waiting > 0 && waiting < 2 * padding);
    base_bytes_free(&got.bytes);
    padding = 0;
    assert_int_equal(next_event(&slow), 1);
    assert_true(next_event(&slow) > 3);
    hub_peer_leave(&slow);
    hub_peer_leave(&fast);
    hub_board_stage_close(&stage);
}

/* Who comes again and again has it written four times a second at most. */
static void test_again_and_again(void **state)
{
    int64_t begun = base_clock_mono();
    hub_stage stage;
    hub_peer peer;
    unsigned count = 0;

    (void)state;
    begin(&stage);
    for (int i = 0; i < 50; i++) {
        hub_offer *offer = offer_status(&peer, &stage, i % 2);

        offer->once = true;
        hub_offer_hand_over(offer);
        expect_once(&peer);
    }
    count = written;
    assert_true(count <= (base_clock_mono() - begun) / 250000 + 1);
    watch(&peer, &stage, true);
    (void)next_event(&peer);
    while (next_event(&peer) <= count) { /* it is not the old one for ever */
        continue;
    }
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

/* The server stops: the browser is told when to come back. */
static void test_bye(void **state)
{
    hub_stage stage;
    hub_peer peer;
    const char *event;

    (void)state;
    begin(&stage);
    watch(&peer, &stage, true);
    (void)next_event(&peer);
    hub_stop(stage.hubs[0], true);
    event = hub_text_until(&peer, "\"retry\":[0,1]}\n\n");
    assert_int_equal(strncmp(event, "retry: ", 7), 0);
    assert_non_null(strstr(event, "data: {\"type\":\"bye\",\"code\":1012,"));
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_stage_stop(&stage, 0, true);
    hub_board_stage_close(&stage);
}

/* So that it is asked anew who may see it. */
static void test_recalled(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    begin(&stage);
    offer = offer_status(&peer, &stage, true);
    offer->until_us = base_clock_mono() + 2000000;
    hub_offer_hand_over(offer);
    (void)hub_text_until(&peer, "{\"type\":\"bye\",\"code\":1012,");
    hub_text_until(&peer, "\n\n");
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

/* Without figures there is nothing to watch. */
static void test_none(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_board_stage_open(&stage, 1);
    watch(&peer, &stage, true);
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_second),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_ninth),
        cmocka_unit_test(test_again_and_again),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_bye),
        cmocka_unit_test(test_recalled),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
