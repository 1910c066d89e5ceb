/* test_hub_echo.c - hub/ as an echo server: what comes in goes out, in order,
 * however it is cut, plain and over TLS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub_peer.h"
#include "loop/loop_socket.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN

static void expect_pong(hub_peer *peer, const char *payload)
{
    hub_peer_expect(peer, WS_FRAME_PONG, payload, strlen(payload));
}

static void expect_echo(hub_peer *peer, const char *payload)
{
    hub_peer_expect(peer, WS_FRAME_TEXT, payload, strlen(payload));
}

static void end_politely(hub_peer *peer)
{
    hub_peer_send(peer, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_expect_close(peer, 1000);
    hub_peer_expect_end(peer);
    hub_peer_leave(peer);
}

static void test_text_binary_ping(void **state)
{
    static const unsigned char binary[] = { 0, 255, 128, 0, 7 };
    static unsigned char big[65536];
    hub_stage stage;
    hub_peer peer;

    (void)state;
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = loop_pair_byte(i);
    }
    hub_stage_open(&stage, 1);
    hub_peer_echo(&peer, &stage, 0);
    hub_peer_say(&peer, "hello");
    expect_echo(&peer, "hello");
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, binary, sizeof(binary));
    hub_peer_expect(&peer, WS_FRAME_BINARY, binary, sizeof(binary));
    hub_peer_send(&peer, FIN | WS_FRAME_PING, "are you there", 13);
    expect_pong(&peer, "are you there");
    hub_peer_send(&peer, FIN | WS_FRAME_PONG, "nobody asked", 12);
    hub_peer_say(&peer, "");
    expect_echo(&peer, "");
    hub_peer_send(&peer, FIN | WS_FRAME_BINARY, big, sizeof(big));
    hub_peer_expect(&peer, WS_FRAME_BINARY, big, sizeof(big));
    end_politely(&peer);
    hub_stage_close(&stage);
}

#ifdef TCP_CORK
/* What httpd has written leaves, though the echo has nothing to say. */
static void test_the_cork_is_drawn(void **state)
{
    int corked = 0;
    socklen_t size = sizeof(corked);
    hub_stage stage;
    hub_offer *offer;
    hub_peer peer;
    int same;

    (void)state;
    hub_stage_open(&stage, 1);
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_TCP);
    same = dup(offer->fd);
    loop_socket_cork(same, true);
    assert_int_equal(
        getsockopt(same, IPPROTO_TCP, TCP_CORK, &corked, &size), 0);
    assert_true(corked);
    hub_offer_hand_over(offer);
    hub_peer_say(&peer, "hello");
    expect_echo(&peer, "hello");
    assert_int_equal(
        getsockopt(same, IPPROTO_TCP, TCP_CORK, &corked, &size), 0);
    assert_false(corked);
    close(same);
    end_politely(&peer);
    hub_stage_close(&stage);
}
#endif

/* A fragmented message with a ping inside, and more in the same piece. */
static void conversation(base_bytes *stream)
{
    ws_stream_text(stream, WS_FRAME_TEXT, "one, ");
    ws_stream_text(stream, FIN | WS_FRAME_PING, "inside");
    ws_stream_text(stream, WS_FRAME_CONTINUATION, "two, ");
    ws_stream_text(stream, FIN | WS_FRAME_CONTINUATION, "three");
    ws_stream_text(stream, FIN | WS_FRAME_TEXT, "\xe4\xbd\xa0\xe5\xa5\xbd");
    ws_stream_text(stream, FIN | WS_FRAME_BINARY, "and bytes");
    ws_stream_frame(stream, FIN | WS_FRAME_CLOSE, "\x0f\xa0", 2);
    ws_stream_text(stream, FIN | WS_FRAME_TEXT, "too late");
}

static void expect_conversation(hub_peer *peer)
{
    expect_pong(peer, "inside");
    expect_echo(peer, "one, two, three");
    expect_echo(peer, "\xe4\xbd\xa0\xe5\xa5\xbd");
    hub_peer_expect(peer, WS_FRAME_BINARY, "and bytes", 9);
    hub_peer_expect_close(peer, 4000);
    hub_peer_expect_end(peer);
    hub_peer_leave(peer);
}

static void test_early(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_LOCAL);
    conversation(&offer->early);
    hub_offer_hand_over(offer);
    expect_conversation(&peer);
    hub_stage_close(&stage);
}

/* The first part came early, the rest by the socket, cut at every place. */
static void test_early_cut(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    conversation(&stream);
    for (size_t cut = 1; cut < stream.len; cut += 3) {
        offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_LOCAL);
        base_bytes_append(&offer->early, stream.data, cut);
        hub_offer_hand_over(offer);
        hub_peer_write(&peer, stream.data + cut, stream.len - cut);
        expect_conversation(&peer);
    }
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

static void play_bytewise(hub_peer_kind kind)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    hub_stage_open(&stage, 1);
    offer = hub_peer_offer(&peer, &stage, 0, kind);
    hub_offer_hand_over(offer);
    conversation(&stream);
    for (size_t i = 0; i < stream.len; i++) {
        hub_peer_write(&peer, stream.data + i, 1);
        hub_peer_read(&peer, 0);
    }
    expect_conversation(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

static void test_bytewise(void **state)
{
    (void)state;
    play_bytewise(HUB_PEER_TCP);
    play_bytewise(HUB_PEER_TLS12);
    play_bytewise(HUB_PEER_TLS13);
}

/* Bytes that OpenSSL has read ahead of the hand-off are in no socket any more:
 * nothing will make it readable. */
static void test_tls_pending(void **state)
{
    base_bytes stream = BASE_BYTES_INIT;
    unsigned char first[4];
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;
    size_t got = 0;

    (void)state;
    hub_stage_open(&stage, 1);
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_TLS13);
    conversation(&stream);
    hub_peer_write(&peer, stream.data, stream.len);
    SSL_set_read_ahead(offer->ssl, 1);
    while (got < sizeof(first)) {
        int one = SSL_read(offer->ssl, first + got,
                           (int)(sizeof(first) - got));

        assert_true(one > 0 || SSL_want_read(offer->ssl));
        got += one > 0 ? (size_t)one : 0;
    }
    assert_true(SSL_pending(offer->ssl) > 0);
    assert_false(loop_pair_ready(offer->fd, POLLIN, 0));
    base_bytes_append(&offer->early, first, sizeof(first));
    hub_offer_hand_over(offer);
    expect_conversation(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* Much in both directions over TLS, by a peer that writes before it reads. */
static void test_tls_bulk(void **state)
{
    enum { MESSAGES = 64, SIZE = 20000 };
    static unsigned char payload[SIZE];
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame;
    size_t sent = 0;
    int got = 0;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_offer_hand_over(hub_peer_offer(&peer, &stage, 0, HUB_PEER_TLS12));
    memset(payload, 'z', SIZE);
    for (int i = 0; i < MESSAGES; i++) {
        payload[0] = (unsigned char)i;
        ws_stream_frame(&stream, FIN | WS_FRAME_BINARY, payload, SIZE);
    }
    while (got < MESSAGES) {
        if (sent < stream.len) {
            int one = SSL_write(peer.pair.peer, stream.data + sent,
                                (int)(stream.len - sent));
            sent += one > 0 ? (size_t)one : 0;
        }
        hub_peer_read(&peer, 1);
        assert_false(peer.ended);
        while (hub_peer_take(&peer, &frame)) {
            assert_int_equal(frame.size, SIZE);
            assert_int_equal(frame.data[0], got);
            got++;
        }
    }
    end_politely(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

static size_t try_send(hub_peer *peer, const base_bytes *stream, size_t from)
{
    ssize_t sent;

    if (peer->pair.peer) {
        sent = SSL_write(peer->pair.peer, stream->data + from,
                         (int)(stream->len - from));
    }
    else {
        sent = send(peer->pair.fd, stream->data + from, stream->len - from,
                    MSG_NOSIGNAL);
    }
    return sent > 0 ? (size_t)sent : 0;
}

/* Who reads no answers is not read any more, so that nothing piles up: of 8 MB
 * of messages only what the sockets and one pause hold is taken. Reading again
 * then brings every echo. */
static void deluge(hub_peer_kind kind)
{
    enum { MESSAGES = 64 * 1024, STUCK_MS = 300 };
    static const char payload[WS_FRAME_CONTROL_MAX];
    base_bytes stream = BASE_BYTES_INIT;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    size_t sent = 0;
    size_t one;
    unsigned got = 0;
    int64_t moved;
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame;

    hub_stage_open(&stage, 1);
    hub_offer_hand_over(hub_peer_offer(&peer, &stage, 0, kind));
    for (int i = 0; i < MESSAGES; i++) {
        ws_stream_frame(&stream, FIN | WS_FRAME_BINARY, payload,
                        sizeof(payload));
    }
    moved = base_clock_mono();
    while (base_clock_mono() - moved < STUCK_MS * 1000) {
        one = try_send(&peer, &stream, sent);
        sent += one;
        moved = one > 0 ? base_clock_mono() : moved;
        if (one == 0) {
            (void)loop_pair_ready(peer.pair.fd, POLLOUT, 10);
        }
    }
    assert_true(sent < stream.len / 2);
    assert_true(mallinfo2().uordblks + mallinfo2().hblkhd
                < before + stream.cap + 4 * 1024 * 1024);
    while (got < MESSAGES) {
        if (sent < stream.len) {
            sent += try_send(&peer, &stream, sent);
        }
        hub_peer_read(&peer, 1);
        assert_false(peer.ended);
        while (hub_peer_take(&peer, &frame)) {
            assert_int_equal(frame.opcode, WS_FRAME_BINARY);
            got++;
        }
    }
    end_politely(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

static void test_deluge(void **state)
{
    (void)state;
    deluge(HUB_PEER_LOCAL);
    deluge(HUB_PEER_TLS13);
}

/* Who pings and does not read is answered once, to the last ping (RFC 6455
 * 5.5.3): a million of them take no memory, and none is left waiting. */
static void test_unread_pings(void **state)
{
    enum { PINGS = 1000 * 1000, BATCH = 1000 };
    base_bytes stream = BASE_BYTES_INIT;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    char number[16];
    unsigned pongs = 0;
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_peer_echo(&peer, &stage, 0);
    for (int i = 1; i <= PINGS; i++) {
        snprintf(number, sizeof(number), "%07d", i);
        ws_stream_frame(&stream, FIN | WS_FRAME_PING, number, 7);
        if (i % BATCH == 0) {
            hub_peer_write(&peer, stream.data, stream.len);
            stream.len = 0;
        }
    }
    assert_true(mallinfo2().uordblks + mallinfo2().hblkhd
                < before + 512 * 1024);
    do {
        assert_true(hub_peer_next(&peer, &frame));
        assert_int_equal(frame.opcode, WS_FRAME_PONG);
        pongs++;
    } while (frame.size != 7 || memcmp(frame.data, number, 7) != 0);
    assert_true(pongs < PINGS);
    end_politely(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* Connections and descriptors are counted and given back. */
static void test_counts(void **state)
{
    hub_stage stage;
    hub_peer peers[3];
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 0);
    stage.max_connections = 3;
    hub_stage_start(&stage, 0);
    hub_peer_echo(&peers[0], &stage, 0);
    hub_offer_hand_over(hub_peer_offer(&peers[1], &stage, 0, HUB_PEER_TLS13));
    offer = hub_peer_offer(&peers[2], &stage, 0, HUB_PEER_LOCAL);
    assert_null(hub_offer_create(stage.hubs[0]));
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 2
                   && hub_stage_count(&stage, ACT_COUNT_TLS) == 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_REFUSED_FULL), 1);
    hub_offer_destroy(offer);
    hub_peer_expect_end(&peers[2]);
    hub_peer_leave(&peers[2]);
    hub_peer_echo(&peers[2], &stage, 0);
    hub_peer_say(&peers[2], "in place of the one given up");
    expect_echo(&peers[2], "in place of the one given up");
    for (int i = 0; i < 3; i++) {
        end_politely(&peers[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_ADOPTED), 3);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_BYTES_IN),
                     3 * 8 + 6 + 28);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_binary_ping),
#ifdef TCP_CORK
        cmocka_unit_test(test_the_cork_is_drawn),
#endif
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_early_cut),
        cmocka_unit_test(test_bytewise),
        cmocka_unit_test(test_tls_pending),
        cmocka_unit_test(test_tls_bulk),
        cmocka_unit_test(test_deluge),
        cmocka_unit_test(test_unread_pings),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
