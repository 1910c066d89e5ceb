/* test_hub_deflate.c - permessage-deflate in hub/: what a room's members are
 * sent, each in the way that it has agreed on, and what it costs the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/room/hub_stream.h"
#include "hub/way/hub_codec.h"
#include "hub/way/hub_way_pack.h"
#include "hub/way/hub_way_ws.h"
#include "hub_reader.h"
#include "ws/ws_deflate.h"
#include "ws_stream.h"

#define ROOM "/lobby"
#define FIN WS_FRAME_FIN
#define RSV1 WS_FRAME_RSV1
#define LEAST 256

static void set_up(hub_stage *stage)
{
    hub_stage_open(stage, 1);
    stage->settings.compress_least = LEAST;
}

/* It has agreed on a window of so many bits. */
static void agree(hub_peer *peer, hub_offer *offer, unsigned bits)
{
    peer->inflater = ws_inflate_create();
    offer->way = hub_way_ws_of(offer->way == &hub_way_ws_echo, bits);
}

/* bits 0: plain. */
static hub_offer *offer_room(hub_peer *peer, hub_stage *stage, unsigned bits)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, 0, ROOM, 1 + bits);

    if (bits > 0) {
        agree(peer, offer, bits);
    }
    return offer;
}

static void join(hub_peer *peer, hub_stage *stage, unsigned bits)
{
    hub_offer_hand_over(offer_room(peer, stage, bits));
    hub_peer_expect_text(peer, "{\"type\":\"hello\"");
}

static void echo(hub_peer *peer, hub_stage *stage, unsigned bits)
{
    hub_offer *offer = hub_peer_offer(peer, stage, 0, HUB_PEER_LOCAL);

    agree(peer, offer, bits);
    hub_offer_hand_over(offer);
}

/* A text of so many bytes that begins with its number, and gets a little
 * shorter when it is compressed. */
static void make_text(char *text, unsigned number, size_t size)
{
    static uint32_t seed = 7;

    snprintf(text, size + 1, "%08u ", number);
    for (size_t i = 9; i < size; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = (char)('a' + (seed >> 24) % 16);
    }
    text[size] = '\0';
}

static void flood(hub_stage *stage, unsigned first, unsigned count,
                  size_t size)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    for (unsigned n = first; n < first + count; n++) {
        make_text(text, n, size);
        assert_int_equal(
            hub_stage_publish(stage, ROOM, 99, text, NULL).error, CHAT_OK);
    }
    free(text);
}

/* Every text once and in order for all; those of one window get the same
 * bytes, and only what is long enough is compressed. */
static void test_one_room(void **state)
{
    static const unsigned bits[] = { 15, 15, 9, 0 };
    static const size_t sizes[] = { 100, 120, 300, 1000, 8000, 50 };
    hub_stage stage;
    hub_peer peers[4];
    char text[8001];

    (void)state;
    set_up(&stage);
    for (size_t i = 0; i < 4; i++) {
        join(&peers[i], &stage, bits[i]);
    }
    for (unsigned n = 0; n < 120; n++) {
        size_t size = sizes[n % 6];
        hub_peer_frame frames[4];

        make_text(text, n, size);
        assert_int_equal(
            hub_stage_publish(&stage, ROOM, 99, text, NULL).error, CHAT_OK);
        for (size_t i = 0; i < 4; i++) {
            assert_true(hub_peer_next(&peers[i], &frames[i]));
            assert_int_equal(frames[i].size, frames[0].size);
            assert_non_null(memmem(frames[i].data, frames[i].size, text, size));
            assert_int_equal(frames[i].packed,
                             bits[i] > 0 && frames[i].size >= LEAST);
        }
        assert_int_equal(frames[0].wire, frames[1].wire);
        assert_true(!frames[0].packed || frames[0].wire < frames[3].wire);
    }
    for (size_t i = 0; i < 4; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_stage_close(&stage);
}

/* Readers that stop in the middle of a frame fall off the window, go on from
 * the log, and lose nothing without a gap. */
static void test_stopped_readers(void **state)
{
    enum { ROUNDS = 120, EACH = 10, SIZE = 3000 };
    static const unsigned bits[] = { 15, 12, 0, 15 };
    hub_stage stage;
    hub_reader readers[4];

    (void)state;
    set_up(&stage);
    memset(readers, 0, sizeof(readers));
    for (size_t i = 0; i < 4; i++) {
        hub_reader_join(&readers[i],
                        offer_room(&readers[i].peer, &stage, bits[i]), i < 3);
    }
    for (unsigned n = 0; n < ROUNDS; n++) {
        flood(&stage, n * EACH, EACH, SIZE);
        hub_reader_until(&readers[3], n * EACH + EACH - 1);
    }
    assert_int_equal(readers[3].gaps, 0);
    for (size_t i = 0; i < 3; i++) {
        hub_reader_until(&readers[i], ROUNDS * EACH - 1);
        assert_int_equal(readers[i].others, 0);
    }
    for (size_t i = 0; i < 4; i++) {
        hub_peer_leave(&readers[i].peer);
    }
    hub_stage_close(&stage);
}

/* Reads so many frames; returns how many bytes of them were compressed. */
static size_t read_packed(hub_peer *peer, unsigned count)
{
    hub_peer_frame frame;
    size_t bytes = 0;

    while (count-- > 0) {
        assert_true(hub_peer_next(peer, &frame));
        bytes += frame.packed ? frame.size : 0;
    }
    return bytes;
}

/* What a room has kept comes compressed for one newcomer; when many come at
 * once it comes as it is, as nobody has time for that: 256 KB, and 2 MB a
 * second. */
static void test_history_has_a_budget(void **state)
{
    enum { KEPT = 100, SIZE = 1000, CROWD = 50 };
    hub_stage stage;
    hub_peer crowd[CROWD];
    size_t packed = 0;
    int64_t start;

    (void)state;
    set_up(&stage);
    join(&crowd[0], &stage, 15); /* or the room would end */
    flood(&stage, 0, KEPT, SIZE);
    start = base_clock_mono();
    hub_offer_hand_over(offer_room(&crowd[1], &stage, 15));
    assert_true(read_packed(&crowd[1], 1 + KEPT) > KEPT * SIZE);
    for (size_t i = 2; i < CROWD; i++) {
        hub_offer_hand_over(offer_room(&crowd[i], &stage, 15));
    }
    for (size_t i = 2; i < CROWD; i++) {
        packed += read_packed(&crowd[i], 1 + KEPT);
    }
    assert_in_range(packed, SIZE,
                    300 * 1024 + 2 * (base_clock_mono() - start));
    for (size_t i = 0; i < CROWD; i++) {
        hub_peer_leave(&crowd[i]);
    }
    hub_stage_close(&stage);
}

/* A frame as it is written for one client; true: it was compressed. */
static bool pack_single(hub *core, unsigned bits, const char *text,
                        base_bytes *out)
{
    unsigned char header[WS_FRAME_HEADER_MAX];
    size_t size = strlen(text);

    out->len = 0;
    base_bytes_append(out, header,
                      ws_frame_write_header(header, FIN | WS_FRAME_TEXT, size));
    base_bytes_append(out, text, size);
    hub_way_pack(core, hub_way_ws_of(false, bits), out, 0, LEAST);
    return (out->data[0] & RSV1) != 0;
}

/* Who is here is told to one after the other, all the same: it is compressed
 * once for each window, however many they are, and takes none of the time that
 * there is for what only one is told. */
static void test_what_all_are_told(void **state)
{
    enum { CROWD = 300, SIZE = 8000, BUDGET = 256 * 1024 };
    hub *core = calloc(1, sizeof(*core));
    base_bytes first[2] = { BASE_BYTES_INIT, BASE_BYTES_INIT };
    base_bytes out = BASE_BYTES_INIT;
    unsigned packed = 0;
    char text[SIZE + 1];

    (void)state;
    assert_non_null(core);
    make_text(text, 0, SIZE);
    for (unsigned i = 0; i < CROWD; i++) {
        base_bytes *known = &first[i % 2];

        assert_true(pack_single(core, i % 2 ? 15 : 9, text, &out));
        if (i < 2) {
            base_bytes_append(known, out.data, out.len);
        }
        assert_int_equal(out.len, known->len);
        assert_memory_equal(out.data, known->data, out.len);
    }
    assert_int_not_equal(first[0].len, first[1].len);
    for (unsigned i = 1; i < CROWD; i++) {
        make_text(text, i, SIZE);
        packed += pack_single(core, 15, text, &out);
    }
    assert_in_range(packed, BUDGET / SIZE - 4, BUDGET / SIZE);
    base_bytes_free(&first[0]);
    base_bytes_free(&first[1]);
    base_bytes_free(&out);
    hub_codec_destroy(core);
    free(core);
}

/* Appends a frame of `size` bytes 'x', compressed. */
static void append_packed(base_bytes *stream, unsigned opcode, size_t size)
{
    ws_deflater *deflater = ws_deflate_create(15);
    unsigned char *data = malloc(size);
    unsigned char *out = malloc(size + WS_DEFLATE_EXTRA);
    size_t packed;

    assert_true(data != NULL && out != NULL);
    memset(data, 'x', size);
    packed = ws_deflate_message(deflater, data, size, out);
    assert_true(packed > 0);
    ws_stream_frame(stream, FIN | RSV1 | opcode, out, packed);
    free(out);
    free(data);
    ws_deflate_destroy(deflater);
}

static void expect_packed(hub_peer *peer, unsigned opcode, size_t size)
{
    hub_peer_frame frame;

    assert_true(hub_peer_next(peer, &frame));
    assert_int_equal(frame.opcode, opcode);
    assert_int_equal(frame.size, size);
    assert_true(frame.packed);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(frame.data[i], 'x');
    }
}

/* What came compressed goes so; the limit is that of what comes out. */
static void test_echo(void **state)
{
    hub_stage stage;
    hub_peer peer;
    base_bytes stream = BASE_BYTES_INIT;

    (void)state;
    set_up(&stage);
    echo(&peer, &stage, 15);
    append_packed(&stream, WS_FRAME_TEXT, 500);
    append_packed(&stream, WS_FRAME_BINARY, 65536);
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT, "plain");
    append_packed(&stream, WS_FRAME_TEXT, 65537);
    hub_peer_write(&peer, stream.data, stream.len);
    expect_packed(&peer, WS_FRAME_TEXT, 500);
    expect_packed(&peer, WS_FRAME_BINARY, 65536);
    hub_peer_expect(&peer, WS_FRAME_TEXT, "plain", 5);
    hub_peer_expect_close(&peer, 1009);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* How many frames have come that were not taken yet. */
static int take_all(hub_peer *peer)
{
    hub_peer_frame frame;
    int taken = 0;

    while (hub_peer_read(peer, 0)) {
        while (hub_peer_take(peer, &frame)) {
            taken++;
        }
    }
    return taken;
}

/* The other one is answered though there is always another bomb. How many of
 * them wait for their turn or their reader then. */
static int drop_bombs(hub_peer *bomber, hub_peer *other)
{
    enum { AHEAD = 200 };
    int64_t end = stage_clock_real() + HUB_STAGE_PATIENCE;
    base_bytes bomb = BASE_BYTES_INIT;
    hub_peer_frame frame;
    int waiting = 0;

    append_packed(&bomb, WS_FRAME_TEXT, 65536);
    do {
        if (waiting == AHEAD) {
            hub_stage_pause(end, "the other's answer", __FILE__, __LINE__);
        }
        for (; waiting < AHEAD; waiting++) {
            hub_peer_write(bomber, bomb.data, bomb.len);
        }
        waiting -= take_all(bomber);
        hub_peer_read(other, 0);
    } while (!hub_peer_take(other, &frame));
    assert_int_equal(frame.opcode, WS_FRAME_PONG);
    base_bytes_free(&bomb);
    return waiting;
}

/* Who has much inflated has others in between: what is behind a share waits for
 * its turn, is not lost, keeps its order, and does not end with the client's
 * side. */
static void test_bombs_wait_for_others(void **state)
{
    enum { BOMBS = 200 };
    hub_stage stage;
    hub_peer bomber;
    hub_peer other;
    base_bytes stream = BASE_BYTES_INIT;
    int waiting;

    (void)state;
    set_up(&stage);
    echo(&bomber, &stage, 15);
    echo(&other, &stage, 15);
    hub_peer_say(&other, "there");
    hub_peer_expect(&other, WS_FRAME_TEXT, "there", 5);
    for (int i = 0; i < BOMBS; i++) {
        append_packed(&stream, WS_FRAME_TEXT, 65536);
    }
    ws_stream_text(&stream, FIN | WS_FRAME_PING, "the last");
    hub_peer_send(&other, FIN | WS_FRAME_PING, "me", 2);
    waiting = drop_bombs(&bomber, &other);
    hub_peer_write(&bomber, stream.data, stream.len);
    assert_int_equal(shutdown(bomber.pair.fd, SHUT_WR), 0);
    for (int i = -waiting; i < BOMBS; i++) {
        expect_packed(&bomber, WS_FRAME_TEXT, 65536);
    }
    hub_peer_expect(&bomber, WS_FRAME_PONG, "the last", 8);
    hub_peer_leave(&bomber);
    hub_peer_leave(&other);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* ---------------------------------------------------------------- memory */

/* 0 where a sanitizer has taken malloc over. */
static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* What so many idle members take, each after its hello. */
static size_t take_crowd(hub_stage *stage, unsigned bits)
{
    enum { CROWD = 100 };
    hub_peer *crowd = calloc(CROWD, sizeof(*crowd));
    size_t before = heap();
    size_t taken;

    assert_non_null(crowd);
    for (size_t i = 0; i < CROWD; i++) {
        join(&crowd[i], stage, bits);
        base_bytes_free(&crowd[i].in);
        crowd[i].used = 0;
        ws_inflate_destroy(crowd[i].inflater);
        crowd[i].inflater = NULL;
    }
    taken = heap() - before;
    for (size_t i = 0; i < CROWD; i++) {
        hub_peer_leave(&crowd[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_CONNECTIONS) == 2);
    free(crowd);
    return taken / CROWD;
}

/* An idle member that has agreed on it takes what another one takes. */
static void test_idle_members_cost_nothing(void **state)
{
    hub_stage stage;
    hub_peer plain;
    hub_peer deflated;
    size_t with;
    size_t without;

    (void)state;
    set_up(&stage);
    join(&plain, &stage, 0);
    join(&deflated, &stage, 15);
    (void)take_crowd(&stage, 15); /* what all have together is there now */
    without = take_crowd(&stage, 0);
    with = take_crowd(&stage, 15);
    assert_in_range(with, 0, without + 16);
    hub_peer_leave(&plain);
    hub_peer_leave(&deflated);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_room),
        cmocka_unit_test(test_stopped_readers),
        cmocka_unit_test(test_history_has_a_budget),
        cmocka_unit_test(test_what_all_are_told),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_bombs_wait_for_others),
        cmocka_unit_test(test_idle_members_cost_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
