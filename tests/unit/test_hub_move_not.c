/* test_hub_move_not.c - hub/: connections that cannot go to the next hub, or
 * cannot stay there, are told to come back; whatever comes through the queue,
 * nothing is left open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/move/hub_ticket.h"
#include "hub_hands_stage.h"
#include "loop/loop_pass.h"

#define HELLO "{\"type\":\"hello\",\"room\":\"/lobby\","
#define BYE "{\"type\":\"bye\",\"code\":1012,"

static void join(hub_peer *peer, hub_hands_stage *made, uint64_t user)
{
    hub_hands_join(peer, &made->stage, 0, &hub_way_ws, user);
    hub_peer_expect_text(peer, HELLO);
}

static void expect_bye(hub_peer *peer)
{
    hub_peer_expect_text(peer, BYE);
    hub_peer_expect_close(peer, 1012);
    hub_peer_leave(peer);
}

/* Its configuration is not there any more. It is told so within ChatDrain. */
static void test_another_configuration(void **state)
{
    hub_hands_stage made;
    hub_peer peers[2];

    (void)state;
    hub_hands_open(&made);
    join(&peers[0], &made, 1);
    made.stage.settings.print = HUB_HANDS_PRINT + 1;
    join(&peers[1], &made, 2);
    hub_hands_restart(&made);
    expect_bye(&peers[1]);
    assert_int_equal(hub_stage_publish(&made.stage, "/lobby", 9, "x",
                                       NULL).error, CHAT_OK);
    hub_peer_expect_text(&peers[0], "{\"type\":\"message\"");
    hub_peer_leave(&peers[0]);
    hub_hands_close(&made);
}

/* What it may not say is not known there. */
static void test_without_its_filter(void **state)
{
    static char filter;
    hub_hands_stage made;
    hub_peer peer;

    (void)state;
    hub_hands_open(&made);
    made.stage.settings.filter = (struct act_filter *)(void *)&filter;
    join(&peer, &made, 1);
    hub_hands_give(&made);
    hub_hands_begin_second(&made);
    hub_peer_expect_close(&peer, 1012);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_hands_close(&made);
}

/* The other end is of this machine: it is behind a pipe. */
static void test_no_tcp(void **state)
{
    hub_hands_stage made;
    hub_peer peer;

    (void)state;
    hub_hands_open(&made);
    hub_peer_join(&peer, &made.stage, 0, "/lobby", 1);
    hub_peer_expect_text(&peer, HELLO);
    hub_hands_give(&made);
    assert_int_equal(atomic_load(&made.in_flight), 0);
    expect_bye(&peer);
    hub_hands_close(&made);
}

/* Nobody has the other end of the queue. */
static void test_no_queue(void **state)
{
    hub_hands_stage made;
    hub_peer peer;

    (void)state;
    hub_hands_open(&made);
    join(&peer, &made, 1);
    close(made.hands.next.take); /* the hub's poll forgets it with that */
    atomic_store(&made.restarted, true);
    hub_stage_stop(&made.stage, 0, true);
    expect_bye(&peer);
    made.hands.next.take = dup(made.hands.next.give);
    hub_hands_close(&made);
}

/* Whom no child has a place for is told so. */
static void test_no_place(void **state)
{
    enum { PEERS = 5, PLACES = 2 };
    hub_hands_stage made;
    hub_peer peers[PEERS];
    int stay = 0;

    (void)state;
    hub_hands_open(&made);
    for (int i = 0; i < PEERS; i++) {
        hub_offer_hand_over(
            hub_peer_offer(&peers[i], &made.stage, 0, HUB_PEER_TCP));
    }
    HUB_STAGE_WAIT(hub_stage_count(&made.stage, ACT_COUNT_CONNECTIONS)
                   == PEERS);
    hub_hands_give(&made);
    made.stage.max_connections = PLACES;
    hub_hands_begin_second(&made);
    HUB_STAGE_WAIT(atomic_load(&made.in_flight) == 0);
    for (int i = 0; i < PEERS; i++) {
        hub_peer_frame frame;

        hub_peer_say(&peers[i], "x");
        assert_true(hub_peer_next(&peers[i], &frame));
        stay += frame.opcode == WS_FRAME_TEXT;
        assert_true(frame.opcode == WS_FRAME_TEXT
                    || memcmp(frame.data, "\x03\xf4", 2) == 0);
        hub_peer_leave(&peers[i]);
    }
    assert_int_equal(stay, PLACES);
    hub_hands_close(&made);
}

/* Where two children have given, the first one that takes leaves a part to
 * others, and has it when none has come. Nobody is turned away. */
static void test_the_others_share(void **state)
{
    enum { PEERS = 200 };
    hub_hands_stage made;
    hub_peer *peers = calloc(PEERS, sizeof(*peers));
    int64_t begun;

    (void)state;
    assert_non_null(peers);
    hub_hands_open(&made);
    for (unsigned i = 0; i < PEERS; i++) {
        join(&peers[i], &made, i + 1);
    }
    hub_hands_give(&made);
    hub_hands_givers = 2;
    begun = base_clock_mono();
    hub_hands_begin_second(&made);
    HUB_STAGE_WAIT(hub_stage_count(&made.stage, ACT_COUNT_MOVED) == PEERS);
    assert_true(base_clock_mono() - begun >= 1200000);
    hub_hands_givers = 1;
    assert_int_equal(hub_stage_publish(&made.stage, "/lobby", 9, "x",
                                       NULL).error, CHAT_OK);
    for (unsigned i = 0; i < PEERS; i++) {
        hub_peer_expect_text(&peers[i], "{\"type\":\"message\"");
        hub_peer_leave(&peers[i]);
    }
    free(peers);
    hub_hands_close(&made);
}

/* A packet as it is, with one end of a pair. */
static void put(hub_hands_stage *made, const void *packet, size_t size,
                hub_peer *peer)
{
    int fds[2];

    memset(peer, 0, sizeof(*peer));
    loop_pair_sockets(fds, true);
    peer->stage = &made->stage;
    peer->pair.fd = fds[1];
    peer->pair.ours = (loop_stream)LOOP_STREAM_INIT;
    atomic_fetch_add(&made->in_flight, 1);
    assert_int_equal(loop_pass_give(made->hands.next.give, packet, size,
                                    fds[0]), LOOP_IO_OK);
    close(fds[0]);
}

static void put_head(hub_hands_stage *made, hub_farewell how, uint32_t more,
                     hub_peer *peer)
{
    hub_ticket_head head = hub_ticket_head_of(sizeof(head), how);

    head.version += more;
    put(made, &head, sizeof(head), peer);
}

static void test_strange_packets(void **state)
{
    hub_hands_stage made;
    hub_peer peers[6];
    char text[6] = "";

    (void)state;
    hub_hands_open(&made);
    put_head(&made, HUB_FAREWELL_CLOSE, 1, &peers[0]);
    put_head(&made, HUB_FAREWELL_NONE, 1, &peers[1]);
    put_head(&made, HUB_FAREWELL_CHUNK, 1, &peers[2]);
    put_head(&made, HUB_FAREWELL_CLOSE, 0, &peers[3]); /* nothing behind it */
    put(&made, "x", 1, &peers[4]);
    put(&made, made.stage.memory, HUB_TICKET_MOST + 1, &peers[5]);
    hub_peer_expect_close(&peers[0], 1012);
    assert_true(loop_pair_ready(peers[2].pair.fd, POLLIN,
                                (int)(HUB_STAGE_PATIENCE / 1000)));
    assert_int_equal(recv(peers[2].pair.fd, text, 5, MSG_WAITALL), 5);
    assert_string_equal(text, "0\r\n\r\n");
    for (int i = 0; i < 6; i++) {
        hub_peer_expect_end(&peers[i]);
        hub_peer_leave(&peers[i]);
    }
    HUB_STAGE_WAIT(atomic_load(&made.in_flight) == 0);
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_MOVED), 0);
    hub_hands_close(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_configuration),
        cmocka_unit_test(test_without_its_filter),
        cmocka_unit_test(test_no_tcp),
        cmocka_unit_test(test_no_queue),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_the_others_share),
        cmocka_unit_test(test_strange_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
