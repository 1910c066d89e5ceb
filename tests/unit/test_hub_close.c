/* test_hub_close.c - how a connection of hub/ ends: Close codes, violations,
 * half-closes, resets, silence.
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

static void expect_echo(hub_peer *peer, const char *payload)
{
    hub_peer_expect(peer, WS_FRAME_TEXT, payload, strlen(payload));
}

/* A hub has looked at the clock since this was called. */
static void turn(hub_peer *other)
{
    hub_peer_say(other, "there");
    expect_echo(other, "there");
}

static void expect_gone(hub_stage *stage)
{
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == 0);
}

static void test_codes_are_echoed(void **state)
{
    static const unsigned codes[] = { 1000, 1001, 1003, 1011, 1014, 3000,
                                      4999 };
    unsigned char payload[6] = { 0, 0, 'b', 'y', 'e', '.' };
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        hub_peer_echo(&peer, &stage, 0);
        payload[0] = (unsigned char)(codes[i] >> 8);
        payload[1] = (unsigned char)codes[i];
        hub_peer_send(&peer, FIN | WS_FRAME_CLOSE, payload, sizeof(payload));
        hub_peer_expect_close(&peer, codes[i]);
        hub_peer_expect_end(&peer);
        assert_false(peer.broken);
        hub_peer_leave(&peer);
    }
    hub_peer_echo(&peer, &stage, 0);
    hub_peer_send(&peer, FIN | WS_FRAME_CLOSE, NULL, 0);
    hub_peer_expect_close(&peer, 0);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

typedef struct {
    const char *bytes;
    size_t size;
    unsigned code;
} violation;

#define VIOLATION(bytes, code) { bytes, sizeof(bytes) - 1, code }

static const violation violations[] = {
    VIOLATION("\x81\x01x", 1002),                     /* not masked */
    VIOLATION("\x83\x80....", 1002),                  /* opcode 3 */
    VIOLATION("\xc1\x80....", 1002),                  /* RSV1 */
    VIOLATION("\x09\x80....", 1002),                  /* split control */
    VIOLATION("\x89\xfe", 1002),                      /* long control */
    VIOLATION("\x80\x80....", 1002),                  /* nothing to continue */
    VIOLATION("\x81\xfe\x00\x01", 1002),              /* length not minimal */
    VIOLATION("\x88\x81\0\0\0\0x", 1002),             /* Close of one byte */
    VIOLATION("\x88\x82\0\0\0\0\x03\xed", 1002),      /* code 1005 */
    VIOLATION("\x81\x82\0\0\0\0\xc0\xaf", 1007),      /* no UTF-8 */
    VIOLATION("\x01\x85\0\0\0\0\xff", 1007),          /* at its first byte */
    VIOLATION("\x82\xff\0\0\0\0\0\1\0\1", 1009),      /* 65537 bytes */
    VIOLATION("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),
};

/* What came before in the same piece is answered first; what comes after is
 * ignored, even though the server closes with input unread. */
static void break_rules(const violation *one, hub_peer_kind kind)
{
    base_bytes stream = BASE_BYTES_INIT;
    static char junk[3000];
    hub_stage stage;
    hub_peer peer;

    hub_stage_open(&stage, 1);
    hub_offer_hand_over(hub_peer_offer(&peer, &stage, 0, kind));
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT, "before");
    ws_stream_text(&stream, FIN | WS_FRAME_PING, "and this");
    base_bytes_append(&stream, one->bytes, one->size);
    hub_peer_write(&peer, stream.data, stream.len);
    hub_peer_write(&peer, junk, sizeof(junk));
    expect_echo(&peer, "before");
    hub_peer_expect(&peer, WS_FRAME_PONG, "and this", 8);
    hub_peer_expect_close(&peer, one->code);
    hub_peer_write(&peer, junk, sizeof(junk));
    hub_peer_expect_end(&peer);
    assert_false(peer.broken);
    hub_peer_leave(&peer);
    expect_gone(&stage);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_PROTOCOL), 1);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

static void test_violations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(violations) / sizeof(violations[0]); i++) {
        break_rules(&violations[i], HUB_PEER_TCP);
    }
    break_rules(&violations[0], HUB_PEER_TLS12);
    break_rules(&violations[9], HUB_PEER_TLS13);
}

/* The connection stays HUB_LINGER_MS for a peer that goes on sending. */
static void test_linger(void **state)
{
    hub_stage stage;
    hub_peer other;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage_clock_hold();
    hub_peer_echo(&other, &stage, 0);
    hub_peer_echo(&peer, &stage, 0);
    hub_peer_write(&peer, "\x81\x01x", 3);
    hub_peer_expect_close(&peer, 1002);
    hub_peer_expect_end(&peer);
    for (int i = 0; i < HUB_LINGER_MS / 100 - 1; i++) {
        stage_clock_pass(100000);
        hub_peer_write(&peer, "more and more", 13);
        turn(&other);
        assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS), 2);
    }
    stage_clock_pass(200000);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 1);
    stage_clock_release();
    hub_peer_leave(&peer);
    hub_peer_leave(&other);
    hub_stage_close(&stage);
}

/* A client that reads slowly, but reads, gets what came before its Close. */
static void test_last_words_are_read_late(void **state)
{
    static char big[60000];
    int size = 4096;
    hub_stage stage;
    hub_peer other;
    hub_peer peer;
    hub_peer_frame frame;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage_clock_hold();
    hub_peer_echo(&other, &stage, 0);
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_LOCAL);
    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                sizeof(size)), 0);
    hub_offer_hand_over(offer);
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, big, sizeof(big));
    hub_peer_send(&peer, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_BYTES_IN)
                   == 8 + sizeof(big) + 6 + 2);
    turn(&other);
    stage_clock_pass((HUB_LINGER_MS + 500) * 1000);
    turn(&other);
    assert_true(hub_peer_next(&peer, &frame));
    assert_int_equal(frame.size, sizeof(big));
    hub_peer_expect_close(&peer, 1000);
    hub_peer_expect_end(&peer);
    assert_false(peer.broken);
    stage_clock_release();
    hub_peer_leave(&peer);
    hub_peer_leave(&other);
    hub_stage_close(&stage);
}

/* All these bytes that the only client sends are with the hub, which ends it
 * when the time is over, and not before. */
static void expect_cut(hub_stage *stage, uint64_t bytes)
{
    hub_peer other;

    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_BYTES_IN) == bytes);
    hub_peer_echo(&other, stage, 0);
    turn(&other);
    stage_clock_pass((HUB_CLOSE_ANSWER_MS - 100) * 1000);
    turn(&other);
    assert_int_equal(hub_stage_count(stage, ACT_COUNT_CONNECTIONS), 2);
    stage_clock_pass(200000);
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == 1);
    stage_clock_release();
    hub_peer_leave(&other);
    expect_gone(stage);
}

/* Who closes and then does not read is cut all the same. */
static void test_close_unread(void **state)
{
    static char big[60000];
    int size = 4096;
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage_clock_hold();
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_LOCAL);
    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                sizeof(size)), 0);
    hub_offer_hand_over(offer);
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, big, sizeof(big));
    hub_peer_send(&peer, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    expect_cut(&stage, 8 + sizeof(big) + 6 + 2);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* A peer that says nothing more is still answered; then our side ends too. */
static void half_close(hub_peer_kind kind)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer peer;

    hub_stage_open(&stage, 1);
    hub_offer_hand_over(hub_peer_offer(&peer, &stage, 0, kind));
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT, "last words");
    ws_stream_text(&stream, WS_FRAME_TEXT, "an unfinished");
    hub_peer_write(&peer, stream.data, stream.len);
    if (peer.pair.peer) {
        SSL_shutdown(peer.pair.peer);
    }
    shutdown(peer.pair.fd, SHUT_WR);
    expect_echo(&peer, "last words");
    hub_peer_expect_end(&peer);
    expect_gone(&stage);
    hub_peer_leave(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

static void test_half_close(void **state)
{
    (void)state;
    half_close(HUB_PEER_LOCAL);
    half_close(HUB_PEER_TCP);
    half_close(HUB_PEER_TLS12);
    half_close(HUB_PEER_TLS13);
}

/* Half-closed, and it never reads what it asked for: not for ever. */
static void test_half_close_unread(void **state)
{
    static char big[60000];
    int size = 4096;
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage_clock_hold();
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_LOCAL);
    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                sizeof(size)), 0);
    hub_offer_hand_over(offer);
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, big, sizeof(big));
    shutdown(peer.pair.fd, SHUT_WR);
    expect_cut(&stage, 8 + sizeof(big));
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* The connection is reset after byte `cut` of what it says. */
static void test_reset(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT, "hello");
    ws_stream_text(&stream, WS_FRAME_TEXT, "again");
    ws_stream_text(&stream, FIN | WS_FRAME_PING, "x");
    for (size_t cut = 0; cut <= stream.len; cut++) {
        hub_offer_hand_over(hub_peer_offer(&peer, &stage, 0, HUB_PEER_TCP));
        hub_peer_write(&peer, stream.data, cut);
        loop_pair_peer_leaves(&peer.pair, true);
        hub_peer_leave(&peer);
    }
    base_bytes_free(&stream);
    expect_gone(&stage);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_echoed),
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_linger),
        cmocka_unit_test(test_last_words_are_read_late),
        cmocka_unit_test(test_close_unread),
        cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_half_close_unread),
        cmocka_unit_test(test_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
