/* test_hub_move.c - hub/: connections go from a hub that ends to the next one,
 * and whoever is at the other end notices nothing: no byte is lost, none comes
 * twice, nobody has left or come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub_hands_stage.h"
#include "hub/room/hub_presence.h"
#include "hub_text.h"
#include "room/log/room_id.h"
#include "ws_stream.h"

#define HELLO "{\"type\":\"hello\",\"room\":\"/lobby\","
#define MESSAGE "{\"type\":\"message\""
#define FIN WS_FRAME_FIN

static void say(hub_stage *stage, const char *text)
{
    assert_int_equal(hub_stage_publish(stage, "/lobby", 9, text, NULL).error,
                     CHAT_OK);
}

/* The next event is a message with this text. */
static void expect_message(hub_peer *peer, const char *text)
{
    hub_peer_frame frame;

    if (!hub_peer_next(peer, &frame)) {
        fail_msg("the end (reset: %d) instead of %s", peer->broken, text);
    }
    if (frame.size < sizeof(MESSAGE)
        || memcmp(frame.data, MESSAGE, sizeof(MESSAGE) - 1) != 0
        || !memmem(frame.data, frame.size, text, strlen(text))) {
        fail_msg("%.*s instead of a message with %s", (int)frame.size,
                 (const char *)frame.data, text);
    }
}

static void join(hub_peer *peer, hub_stage *stage, uint64_t user)
{
    hub_hands_join(peer, stage, 0, &hub_way_ws, user);
    hub_peer_expect_text(peer, HELLO);
}

static void test_echo(void **state)
{
    hub_hands_stage made;
    hub_peer peer;

    (void)state;
    hub_hands_open(&made);
    hub_offer_hand_over(hub_peer_offer(&peer, &made.stage, 0, HUB_PEER_TCP));
    hub_peer_say(&peer, "one");
    hub_peer_expect(&peer, WS_FRAME_TEXT, "one", 3);
    hub_hands_restart(&made);
    hub_peer_say(&peer, "two");
    hub_peer_expect(&peer, WS_FRAME_TEXT, "two", 3);
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_MOVED), 1);
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_ADOPTED), 1);
    hub_peer_leave(&peer);
    hub_hands_close(&made);
}

/* Nobody hears of it, when the members are looked at neither; and what is said
 * between the two hubs comes. */
static void test_room(void **state)
{
    hub_hands_stage made;
    hub_peer peers[3];
    int64_t now;

    (void)state;
    hub_hands_open(&made);
    made.stage.settings.presence_most = 200;
    for (uint64_t user = 1; user <= 3; user++) {
        join(&peers[user - 1], &made.stage, user);
    }
    HUB_STAGE_WAIT(hub_hands_reach(&peers[0], "\"count\":3"));
    say(&made.stage, "before");
    for (int i = 0; i < 3; i++) {
        HUB_STAGE_WAIT(hub_hands_reach(&peers[i], "before"));
    }
    hub_hands_give(&made);
    say(&made.stage, "between");
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_CONNECTIONS), 0);
    hub_hands_take(&made);
    say(&made.stage, "after");
    now = base_clock_mono();
    HUB_STAGE_WAIT(base_clock_mono() > now + 2 * HUB_PRESENCE_US);
    say(&made.stage, "at last");
    for (int i = 0; i < 3; i++) {
        expect_message(&peers[i], "between");
        expect_message(&peers[i], "after");
        expect_message(&peers[i], "at last");
    }
    hub_peer_say(&peers[0],
                 "{\"type\":\"message\",\"text\":\"own\",\"ref\":\"r\"}");
    expect_message(&peers[0], "own");
    hub_peer_expect_text(&peers[0], "{\"type\":\"ack\",\"ref\":\"r\"");
    for (int i = 0; i < 3; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_hands_close(&made);
}

static void order(hub_stage *stage, const char *json)
{
    assert_int_equal(hub_stage_command(stage, "/lobby", 9, json).error,
                     CHAT_OK);
}

/* What moderators say is told to those whom it concerns, once: whether they are
 * here, there, or on their way. */
static void test_what_moderators_say(void **state)
{
    static const char mute[] =
        "{\"type\":\"mute\",\"user\":\"g-0000000000000001\",\"for\":60}";
    static const char pardon[] =
        "{\"type\":\"pardon\",\"user\":\"g-0000000000000001\"}";
    static const char report[] =
        "{\"type\":\"report\",\"id\":\"%s\"}";
    char id[ROOM_ID_TEXT];
    char json[80];
    hub_hands_stage made;
    hub_peer peers[2];
    act_result said;

    (void)state;
    hub_hands_open(&made);
    join(&peers[0], &made.stage, 1);
    made.stage.settings.moderates = 1;
    join(&peers[1], &made.stage, 2);
    order(&made.stage, mute);
    for (int i = 0; i < 2; i++) {
        HUB_STAGE_WAIT(hub_hands_reach(&peers[i], "\"mute\""));
    }
    hub_hands_give(&made);
    order(&made.stage, pardon);
    said = hub_stage_publish(&made.stage, "/lobby", 8, "bad", NULL);
    room_id_format(&said.id, id);
    snprintf(json, sizeof(json), report, id);
    order(&made.stage, json);
    hub_hands_take(&made);
    order(&made.stage, mute);
    say(&made.stage, "last");
    expect_message(&peers[0], "bad");
    expect_message(&peers[1], "bad");
    for (int i = 0; i < 2; i++) {
        hub_peer_expect_text(&peers[i],
                             "{\"type\":\"sanction\",\"kind\":\"pardon\"");
    }
    hub_peer_expect_text(&peers[1], "{\"type\":\"report\"");
    for (int i = 0; i < 2; i++) {
        HUB_STAGE_WAIT(hub_hands_reach(&peers[i], "\"mute\""));
        hub_peer_leave(&peers[i]);
    }
    hub_hands_close(&made);
}

/* A conversation of every kind of frame, cut at every byte. */
static void conversation(base_bytes *stream)
{
    ws_stream_text(stream, WS_FRAME_TEXT, "one, ");
    ws_stream_text(stream, FIN | WS_FRAME_PING, "inside");
    ws_stream_text(stream, WS_FRAME_CONTINUATION, "");
    ws_stream_text(stream, FIN | WS_FRAME_CONTINUATION, "\xe4\xbd\xa0 two");
    ws_stream_text(stream, FIN | WS_FRAME_BINARY, "and bytes");
    ws_stream_frame(stream, FIN | WS_FRAME_CLOSE, "\x0f\xa0 bye", 6);
}

static void expect_conversation(hub_peer *peer)
{
    hub_peer_expect(peer, WS_FRAME_PONG, "inside", 6);
    hub_peer_expect(peer, WS_FRAME_TEXT, "one, \xe4\xbd\xa0 two", 12);
    hub_peer_expect(peer, WS_FRAME_BINARY, "and bytes", 9);
    hub_peer_expect_close(peer, 4000);
    hub_peer_expect_end(peer);
    hub_peer_leave(peer);
}

static void test_half_read(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_hands_stage made;
    hub_peer *peers;
    uint64_t all = 0;
    size_t count;

    (void)state;
    hub_hands_open(&made);
    conversation(&stream);
    count = stream.len - 1;
    peers = calloc(count, sizeof(*peers));
    assert_non_null(peers);
    for (size_t i = 0; i < count; i++) {
        hub_offer_hand_over(
            hub_peer_offer(&peers[i], &made.stage, 0, HUB_PEER_TCP));
        hub_peer_write(&peers[i], stream.data, i + 1);
        all += i + 1;
    }
    HUB_STAGE_WAIT(hub_stage_count(&made.stage, ACT_COUNT_BYTES_IN) == all);
    hub_hands_restart(&made);
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_MOVED), count);
    for (size_t i = 0; i < count; i++) {
        hub_peer_write(&peers[i], stream.data + i + 1, stream.len - i - 1);
        expect_conversation(&peers[i]);
    }
    free(peers);
    base_bytes_free(&stream);
    hub_hands_close(&made);
}

/* As much was sent as at the last look. */
static bool is_stuck(hub_stage *stage, uint64_t *sent)
{
    uint64_t before = *sent;

    *sent = hub_stage_count(stage, ACT_COUNT_BYTES_OUT);
    return *sent == before;
}

/* Its socket is full and a frame is cut; there is a backlog, or there was one.
 */
static void test_half_written(void **state)
{
    enum { PEERS = 8, MESSAGES = 600, SIZE = 1000 };
    hub_hands_stage made;
    hub_peer peers[PEERS];
    uint64_t sent = 0;
    char text[16];

    (void)state;
    hub_hands_open(&made);
    made.stage.settings.history_count = MESSAGES;
    for (int i = 0; i < PEERS; i++) {
        hub_hands_small(&peers[i], &made.stage, (uint64_t)i + 1,
                        40000 + 111 * i);
    }
    hub_stage_flood(&made.stage, "/lobby", 0, MESSAGES / 2, SIZE);
    HUB_STAGE_WAIT(is_stuck(&made.stage, &sent));
    HUB_STAGE_WAIT(is_stuck(&made.stage, &sent));
    hub_hands_restart(&made);
    hub_stage_flood(&made.stage, "/lobby", MESSAGES / 2, MESSAGES / 2, SIZE);
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_MOVED), PEERS);
    for (int i = 0; i < PEERS; i++) {
        hub_peer_expect_text(&peers[i], HELLO);
        for (unsigned at = 0; at < MESSAGES; at++) {
            snprintf(text, sizeof(text), "%08u ", at);
            expect_message(&peers[i], text);
        }
        hub_peer_leave(&peers[i]);
    }
    assert_int_equal(hub_stage_count(&made.stage, ACT_COUNT_GAPS), 0);
    hub_hands_close(&made);
}

/* Its history is short: what was said between the two hubs is only for running
 * streams. */
static void test_without_history(void **state)
{
    hub_hands_stage made;
    hub_peer peer;

    (void)state;
    hub_hands_open(&made);
    made.stage.settings.history_count = 0;
    join(&peer, &made.stage, 1);
    hub_hands_give(&made);
    say(&made.stage, "one");
    say(&made.stage, "two");
    hub_hands_take(&made);
    expect_message(&peer, "one");
    expect_message(&peer, "two");
    hub_peer_leave(&peer);
    hub_hands_close(&made);
}

/* Some of its commands are read and wait, as it is over its rate. */
static void test_over_the_rate(void **state)
{
    hub_hands_stage made;
    hub_peer peer;
    char text[80];

    (void)state;
    hub_hands_open(&made);
    made.stage.settings.rate = 5;
    made.stage.settings.burst = 1;
    join(&peer, &made.stage, 1);
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof(text),
                 "{\"type\":\"message\",\"text\":\"m\",\"ref\":\"r%d\"}", i);
        hub_peer_say(&peer, text);
    }
    HUB_STAGE_WAIT(hub_stage_count(&made.stage, ACT_COUNT_MESSAGES) > 0);
    hub_hands_restart(&made);
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof(text), ",\"ref\":\"r%d\"", i);
        HUB_STAGE_WAIT(hub_hands_reach(&peer, text));
    }
    hub_peer_leave(&peer);
    hub_hands_close(&made);
}

static void test_event_streams(void **state)
{
    static const hub_way *const ways[] = { &hub_way_sse, &hub_way_sse_plain };
    hub_hands_stage made;
    hub_peer peers[2];

    (void)state;
    hub_hands_open(&made);
    for (int i = 0; i < 2; i++) {
        hub_hands_join(&peers[i], &made.stage, 0, ways[i], (uint64_t)i + 1);
        peers[i].chunked = i == 0;
        hub_text_until(&peers[i], "\"type\":\"hello\"");
        hub_text_until(&peers[i], "\n\n");
    }
    hub_hands_give(&made);
    say(&made.stage, "between");
    hub_hands_take(&made);
    say(&made.stage, "after");
    for (int i = 0; i < 2; i++) {
        const char *text = hub_text_until(&peers[i], "after");

        assert_non_null(strstr(text, "between"));
        assert_null(strstr(text, "\"bye\""));
        assert_null(strstr(text, "retry"));
        hub_peer_leave(&peers[i]);
    }
    hub_hands_close(&made);
}

/* One waits on, and one is answered with what was said between. */
static void test_longpoll(void **state)
{
    hub_hands_stage made;
    hub_peer peer;

    (void)state;
    hub_hands_open(&made);
    say(&made.stage, "old");
    for (int round = 0; round < 2; round++) {
        hub_hands_poll(&peer, &made);
        hub_hands_give(&made);
        if (round == 0) {
            say(&made.stage, "between");
        }
        hub_hands_take(&made);
        if (round == 1) {
            HUB_STAGE_WAIT(hub_stage_count(&made.stage,
                                           ACT_COUNT_CONNECTIONS) == 1);
            say(&made.stage, "after");
        }
        assert_null(strstr(
            hub_text_until(&peer, round == 0 ? "between" : "after"), "old"));
        hub_text_until(&peer, "]}");
        hub_text_expect_end(&peer);
        hub_peer_leave(&peer);
        hub_hands_again(&made);
    }
    hub_hands_close(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_what_moderators_say),
        cmocka_unit_test(test_half_read),
        cmocka_unit_test(test_half_written),
        cmocka_unit_test(test_without_history),
        cmocka_unit_test(test_over_the_rate),
        cmocka_unit_test(test_event_streams),
        cmocka_unit_test(test_longpoll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
