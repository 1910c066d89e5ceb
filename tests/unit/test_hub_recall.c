/* test_hub_recall.c - hub/: who has to come back is told so in time, on every
 * way, and stays a member meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "hub_peer.h"
#include "hub_text.h"
#include "room/people/room_member.h"
#include "room/table/room_table.h"

#define HELLO "{\"type\":\"hello\",\"room\":\"/lobby\","
#define BYE "{\"type\":\"bye\",\"code\":1012,\"retry\":[0,1]}"
#define PRESENCE "{\"type\":\"presence\",\"count\":"
#define SECOND INT64_C(1000000)

static void set_up(hub_stage *stage)
{
    hub_stage_open(stage, 1);
    stage->settings.presence_most = 200;
}

/* Joins for so many microseconds. */
static void join_for(hub_peer *peer, hub_stage *stage, uint64_t user,
                     int64_t time, const hub_way *way)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, 0, "/lobby", user);

    offer->way = way;
    offer->until_us = time > 0 ? base_clock_mono() + time : 0;
    hub_offer_hand_over(offer);
}

static void say(hub_stage *stage, const char *text)
{
    assert_int_equal(hub_stage_publish(stage, "/lobby", 9, text, NULL).error,
                     CHAT_OK);
}

/* Reads on to an event that begins so; true when `other` was among those before
 * it. */
static bool read_to(hub_peer *peer, const char *start, const char *other)
{
    hub_peer_frame frame;
    bool found = false;

    for (;;) {
        assert_true(hub_peer_next(peer, &frame));
        if (frame.size >= strlen(start)
            && memcmp(frame.data, start, strlen(start)) == 0) {
            return found;
        }
        found = found || memmem(frame.data, frame.size, other, strlen(other));
    }
}

/* So much time passes, and the hub looks at it; the client hears nothing. */
static void pass(hub_peer *peer, int64_t time)
{
    stage_clock_pass(time);
    hub_peer_send(peer, WS_FRAME_FIN | WS_FRAME_PING, "turn", 4);
    hub_peer_expect(peer, WS_FRAME_PONG, "turn", 4);
}

static bool was_told(hub_peer *peer)
{
    while (hub_peer_read(peer, 0)) {
        continue;
    }
    return memmem(peer->in.data, peer->in.len, BYE, strlen(BYE)) != NULL;
}

/* The one who watches hears of no leave and no join, but of every message. */
static void comes_back(void **state)
{
    hub_stage stage;
    hub_peer watch;
    hub_peer peer;

    (void)state;
    set_up(&stage);
    stage_clock_hold();
    join_for(&watch, &stage, 1, 0, &hub_way_ws);
    hub_peer_expect_text(&watch, HELLO);
    join_for(&peer, &stage, 2, 6 * SECOND, &hub_way_ws);
    hub_peer_expect_text(&peer, HELLO);
    stage_clock_pass(2 * SECOND);
    read_to(&watch, PRESENCE "2,", "");
    say(&stage, "before");
    hub_peer_expect_text(&watch, "{\"type\":\"message\"");
    pass(&watch, SECOND - 1000);
    assert_false(was_told(&peer));
    stage_clock_pass(2 * SECOND + 100000);
    assert_true(read_to(&peer, BYE, "before"));
    hub_peer_expect_close(&peer, 1012);
    hub_peer_leave(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 1);
    pass(&watch, 2 * SECOND);
    say(&stage, "meanwhile");
    hub_peer_expect_text(&watch, "{\"type\":\"message\"");
    join_for(&peer, &stage, 2, 0, &hub_way_ws);
    hub_peer_expect_text(&peer, HELLO);
    pass(&watch, 2 * SECOND);
    say(&stage, "after");
    hub_peer_expect_text(&watch, "{\"type\":\"message\"");
    stage_clock_release();
    hub_peer_leave(&peer);
    hub_peer_leave(&watch);
    hub_stage_close(&stage);
}

/* Joins from an address that may have two connections. */
static void join_limited(hub_peer *peer, hub_stage *stage, uint64_t user,
                         int64_t time)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, 0, "/lobby", user);

    offer->settings.address_connections = 2;
    offer->from.key = 77;
    offer->until_us = time > 0 ? base_clock_mono() + time : 0;
    hub_offer_hand_over(offer);
    hub_peer_expect_text(peer, HELLO);
}

static bool is_member(hub_stage *stage, uint64_t user)
{
    char key[ACT_KEY_MOST];
    size_t size = hub_stage_key(key, "/lobby");
    room_handle room;
    room_member member;

    assert_int_equal(room_table_find(stage->store, key, size, &room),
                     ROOM_OK);
    return room_member_find(stage->store, room, user, &member) == ROOM_OK;
}

/* However little of its address's share is left: it was here all the time. */
static void of_a_limited_address(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    set_up(&stage);
    stage_clock_hold(); /* or its share grows again */
    for (uint64_t user = 10; user < 20; user++) {
        join_limited(&peer, &stage, user, 0);
        hub_peer_leave(&peer);
        HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    }
    assert_false(is_member(&stage, 19));
    join_limited(&peer, &stage, 2, SECOND);
    stage_clock_pass(SECOND);
    stage_clock_release();
    read_to(&peer, BYE, "");
    hub_peer_expect_close(&peer, 1012);
    hub_peer_leave(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    assert_true(is_member(&stage, 2));
    hub_stage_close(&stage);
}

/* A browser is told when, and that it has everything. */
static void event_stream(void **state)
{
    hub_stage stage;
    hub_peer peer;
    const char *event;
    unsigned retry;

    (void)state;
    set_up(&stage);
    join_for(&peer, &stage, 2, 1 * SECOND, &hub_way_sse_plain);
    hub_text_until(&peer, "\n\n");
    do {
        event = hub_text_until(&peer, "\n\n");
    } while (strstr(event, PRESENCE));
    assert_int_equal(sscanf(event, "retry: %u\ndata: ", &retry), 1);
    assert_true(retry <= 1000);
    assert_non_null(strstr(event, "\ndata: " BYE "\n\n"));
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Its end was long before it came: it is told at once. */
static void too_late(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    set_up(&stage);
    offer = hub_peer_offer_room(&peer, &stage, 0, "/lobby", 2);
    offer->until_us = 1;
    hub_offer_hand_over(offer);
    hub_peer_expect_text(&peer, HELLO);
    read_to(&peer, BYE, "");
    hub_peer_expect_close(&peer, 1012);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(of_a_limited_address),
        cmocka_unit_test(event_stream),
        cmocka_unit_test(too_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
