/* hub_peer.c - see hub_peer.h. */
#include "hub_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "ws_stream.h"

hub_offer *hub_peer_offer(hub_peer *peer, hub_stage *stage, int which,
                          hub_peer_kind kind)
{
    hub_offer *offer = hub_offer_create(stage->hubs[which]);
    int fds[2];

    assert_non_null(offer);
    memset(peer, 0, sizeof(*peer));
    peer->stage = stage;
    peer->hub = stage->hubs[which];
    if (kind >= HUB_PEER_TLS12) {
        loop_pair_handshake(&peer->pair,
                            kind == HUB_PEER_TLS12 ? TLS1_2_VERSION
                                                   : TLS1_3_VERSION,
                            0, false);
        offer->fd = peer->pair.former_fd;
        offer->ssl = peer->pair.former;
        peer->pair.former = NULL;
        SSL_CTX_sess_set_remove_cb(peer->pair.server, NULL);
    }
    else {
        loop_pair_sockets(fds, kind == HUB_PEER_TCP);
        offer->fd = fds[0];
        peer->pair.fd = fds[1];
        peer->pair.ours = (loop_stream)LOOP_STREAM_INIT;
    }
    offer->way = &hub_way_ws_echo;
    offer->settings = stage->settings;
    offer->start.history = UINT64_MAX;
    offer->who.guest = true;
    offer->from.address.bytes[15] = 1;
    return offer;
}

hub_offer *hub_peer_offer_room(hub_peer *peer, hub_stage *stage, int which,
                               const char *path, uint64_t user)
{
    hub_offer *offer = hub_peer_offer(peer, stage, which, HUB_PEER_LOCAL);

    offer->way = &hub_way_ws;
    offer->who.user = user;
    offer->key_size = hub_stage_key(offer->key, path);
    return offer;
}

void hub_peer_echo(hub_peer *peer, hub_stage *stage, int which)
{
    hub_offer_hand_over(hub_peer_offer(peer, stage, which, HUB_PEER_LOCAL));
}

void hub_peer_join(hub_peer *peer, hub_stage *stage, int which,
                   const char *path, uint64_t user)
{
    hub_offer_hand_over(hub_peer_offer_room(peer, stage, which, path, user));
}

/* Bytes taken, 0 when the socket is full. A server that is gone takes all. */
static size_t try_write(hub_peer *peer, const unsigned char *data, size_t size)
{
    ssize_t sent;

    if (peer->pair.peer) {
        sent = SSL_write(peer->pair.peer, data, (int)size);
        return sent > 0 ? (size_t)sent : 0;
    }
    sent = send(peer->pair.fd, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        assert_true(errno == EPIPE || errno == ECONNRESET);
        return size;
    }
    return sent > 0 ? (size_t)sent : 0;
}

void hub_peer_write(hub_peer *peer, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    int64_t end = stage_clock_real() + HUB_STAGE_PATIENCE;

    while (size > 0) {
        size_t sent = try_write(peer, bytes, size);

        bytes += sent;
        size -= sent;
        if (sent == 0) {
            hub_stage_pause(end, "the server to read", __FILE__, __LINE__);
        }
    }
}

void hub_peer_send(hub_peer *peer, unsigned first, const void *payload,
                   size_t size)
{
    base_bytes frame = BASE_BYTES_INIT;

    ws_stream_frame(&frame, first, payload, size);
    hub_peer_write(peer, frame.data, frame.len);
    base_bytes_free(&frame);
}

void hub_peer_say(hub_peer *peer, const char *text)
{
    hub_peer_send(peer, WS_FRAME_FIN | WS_FRAME_TEXT, text, strlen(text));
}

/* As recv(): -1 and EAGAIN when there is nothing now. */
static ssize_t try_read(hub_peer *peer, unsigned char *into, size_t size)
{
    int got;

    if (peer->pair.peer == NULL) {
        return recv(peer->pair.fd, into, size, 0);
    }
    ERR_clear_error();
    got = SSL_read(peer->pair.peer, into, (int)size);
    if (got > 0) {
        return got;
    }
    switch (SSL_get_error(peer->pair.peer, got)) {
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
        errno = EAGAIN;
        return -1;
    default:
        errno = ECONNRESET;
        return -1;
    }
}

bool hub_peer_read(hub_peer *peer, int wait_ms)
{
    struct pollfd one = { peer->pair.fd, POLLIN, 0 };
    ssize_t got;

    if (peer->ended) {
        return false;
    }
    if (peer->used > 0) {
        base_bytes_drop(&peer->in, peer->used);
        peer->used = 0;
    }
    base_bytes_reserve(&peer->in, 65536);
    got = try_read(peer, peer->in.data + peer->in.len, 65536);
    if (got < 0 && errno == EAGAIN && wait_ms > 0) {
        poll(&one, 1, wait_ms);
        got = try_read(peer, peer->in.data + peer->in.len, 65536);
    }
    if (got > 0) {
        peer->in.len += (size_t)got;
        return true;
    }
    if (got == 0 || errno != EAGAIN) {
        peer->ended = true;
        peer->broken = got < 0;
    }
    return false;
}

/* A frame whose bits have to fit to what was agreed on. */
static void open_frame(hub_peer *peer, hub_peer_frame *frame, unsigned bits)
{
    frame->packed = bits == (WS_FRAME_FIN | WS_FRAME_RSV1);
    frame->wire = frame->size;
    if (!frame->packed) {
        assert_int_equal(bits, WS_FRAME_FIN);
        return;
    }
    assert_non_null(peer->inflater);
    assert_in_range(frame->opcode, WS_FRAME_TEXT, WS_FRAME_BINARY);
    assert_int_equal(ws_inflate_message(peer->inflater, frame->data,
                                        frame->size, INT32_MAX, &frame->data,
                                        &frame->size),
                     WS_INFLATE_OK);
}

bool hub_peer_take(hub_peer *peer, hub_peer_frame *frame)
{
    size_t have = peer->in.len - peer->used;
    const unsigned char *at;
    size_t head = 2;
    uint64_t size;

    if (have < 2) {
        return false;
    }
    at = peer->in.data + peer->used;
    assert_true(at[1] <= 127); /* not masked */
    size = at[1];
    if (size >= 126) {
        head = size == 126 ? 4 : 10;
        if (have < head) {
            return false;
        }
        size = 0;
        for (size_t i = 2; i < head; i++) {
            size = size << 8 | at[i];
        }
        assert_true(size >= (head == 4 ? 126 : 65536));
    }
    if (have - head < size) {
        return false;
    }
    frame->opcode = at[0] & 0x0fu;
    frame->data = at + head;
    frame->size = (size_t)size;
    peer->used += head + (size_t)size;
    open_frame(peer, frame, at[0] & 0xf0u);
    return true;
}

bool hub_peer_next(hub_peer *peer, hub_peer_frame *frame)
{
    int64_t end = stage_clock_real() + HUB_STAGE_PATIENCE;

    while (!hub_peer_take(peer, frame)) {
        if (!hub_peer_read(peer, 100) && peer->ended) {
            return false;
        }
        if (stage_clock_real() > end) {
            fail_msg("no frame came");
        }
    }
    return true;
}

void hub_peer_expect(hub_peer *peer, unsigned opcode, const void *payload,
                     size_t size)
{
    hub_peer_frame frame = { .data = NULL };

    if (!hub_peer_next(peer, &frame)) {
        fail_msg("the stream ended (reset: %d) before \"%.*s\"", peer->broken,
                 (int)size, (const char *)payload);
    }
    if (frame.opcode != opcode || frame.size != size
        || (size > 0 && memcmp(frame.data, payload, size) != 0)) {
        fail_msg("got opcode %u \"%.*s\", not %u \"%.*s\"", frame.opcode,
                 (int)(frame.size < 300 ? frame.size : 300),
                 (const char *)frame.data, opcode,
                 (int)(size < 300 ? size : 300), (const char *)payload);
    }
}

void hub_peer_expect_text(hub_peer *peer, const char *start)
{
    hub_peer_frame frame = { .data = NULL };
    size_t size = strlen(start);

    if (!hub_peer_next(peer, &frame)) {
        fail_msg("the stream ended (reset: %d) before \"%s\"", peer->broken,
                 start);
    }
    if (frame.opcode != WS_FRAME_TEXT || frame.size < size
        || memcmp(frame.data, start, size) != 0) {
        fail_msg("got opcode %u \"%.*s\", not \"%s\"", frame.opcode,
                 (int)(frame.size < 300 ? frame.size : 300),
                 (const char *)frame.data, start);
    }
}

void hub_peer_expect_close(hub_peer *peer, unsigned code)
{
    hub_peer_frame frame = { .data = NULL };

    if (!hub_peer_next(peer, &frame) || frame.opcode != WS_FRAME_CLOSE) {
        fail_msg("no Close: %s, opcode %u \"%.*s\"",
                 peer->ended ? "the end" : "a frame", frame.opcode,
                 (int)(frame.size < 300 ? frame.size : 300),
                 (const char *)frame.data);
    }
    if (code == 0) {
        assert_int_equal(frame.size, 0);
        return;
    }
    assert_true(frame.size >= 2);
    assert_int_equal(frame.data[0] << 8 | frame.data[1], code);
}

void hub_peer_expect_end(hub_peer *peer)
{
    hub_peer_frame frame = { .data = NULL };

    if (hub_peer_next(peer, &frame)) {
        fail_msg("opcode %u \"%.*s\" instead of the end", frame.opcode,
                 (int)(frame.size < 300 ? frame.size : 300),
                 (const char *)frame.data);
    }
    assert_int_equal(peer->in.len, peer->used);
}

void hub_peer_leave(hub_peer *peer)
{
    loop_pair_close(&peer->pair);
    base_bytes_free(&peer->in);
    base_bytes_free(&peer->text);
    base_bytes_free(&peer->body);
    ws_inflate_destroy(peer->inflater);
    memset(peer, 0, sizeof(*peer));
    peer->pair.fd = -1;
    peer->pair.ours = (loop_stream)LOOP_STREAM_INIT;
}
