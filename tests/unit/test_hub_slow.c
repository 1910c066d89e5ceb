/* test_hub_slow.c - readers of a busy room of hub/ that do not keep up: nothing
 * is lost or repeated without a gap, nobody else waits, memory is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/room/hub_stream.h"
#include "hub_reader.h"
#include "room/log/room_trim.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define ROOM "/busy"

static void join(hub_reader *r, hub_stage *stage, int which, bool small)
{
    memset(r, 0, sizeof(*r));
    hub_reader_join(r, hub_peer_offer_room(&r->peer, stage, which, ROOM, 1),
                    small);
}

/* 0 where a sanitizer has taken malloc over. */
static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* One stops reading while 10 MB are said: the others get all of it meanwhile;
 * then it reads again, and is told what it has missed. */
static void test_stopped_reader(void **state)
{
    enum { ROUNDS = 250, EACH = 10, SIZE = 4000 };
    size_t before;
    size_t most = 0;
    hub_stage stage;
    hub_reader readers[3];

    (void)state;
    hub_stage_open(&stage, 2);
    join(&readers[0], &stage, 0, true);
    join(&readers[1], &stage, 0, false);
    join(&readers[2], &stage, 1, false);
    before = heap();
    for (unsigned n = 0; n < ROUNDS; n++) {
        hub_stage_flood(&stage, ROOM, n * EACH, EACH, SIZE);
        for (int i = 1; i < 3; i++) {
            hub_reader_until(&readers[i], n * EACH + EACH - 1);
        }
        most = heap() > most ? heap() : most;
    }
    assert_true(most < before + 2 * HUB_WINDOW_MOST + 1024 * 1024);
    assert_int_equal(readers[1].gaps + readers[2].gaps, 0);
    hub_reader_until(&readers[0], ROUNDS * EACH - 1);
    assert_int_equal(readers[0].gaps, 1);
    hub_stage_flood(&stage, ROOM, ROUNDS * EACH, 1, 100);
    for (int i = 0; i < 3; i++) {
        hub_reader_until(&readers[i], ROUNDS * EACH);
        hub_peer_leave(&readers[i].peer);
    }
    assert_int_equal(readers[0].gaps, 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 1);
    hub_stage_close(&stage);
}

/* The counter of deliveries only grows. */
static void watch_deliveries(const hub_stage *stage, uint64_t *before)
{
    uint64_t now = hub_stage_count(stage, ACT_COUNT_DELIVERIES);

    assert_true(now >= *before);
    *before = now;
}

/* Falls off the window again and again, mostly within a frame. With enough
 * history it misses nothing; without, it is told each time. */
static void fall_off(uint32_t history)
{
    enum { ROUNDS = 12, EACH = 300 };
    unsigned last = 0;
    uint64_t delivered = 0;
    hub_stage stage;
    hub_reader one;
    hub_peer_frame frame;

    hub_stage_open(&stage, 1);
    stage.settings.history_count = history;
    join(&one, &stage, 0, true);
    for (unsigned n = 0; n < ROUNDS; n++) {
        hub_stage_flood(&stage, ROOM, n * EACH, EACH, 2000 + 371 * n);
        last = n * EACH + EACH - 1;
        for (unsigned i = 0; i < 40 + n; i++) {
            hub_peer_read(&one.peer, 5);
            watch_deliveries(&stage, &delivered);
            while (hub_peer_take(&one.peer, &frame)) {
                hub_reader_hear(&one, &frame);
            }
        }
        if (n % 4 == 3) {
            hub_reader_until(&one, last);
        }
    }
    hub_reader_until(&one, last);
    assert_int_equal(one.others, 0);
    if (history > 0) {
        assert_int_equal(one.gaps, 0);
        HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_DELIVERIES)
                       == ROUNDS * EACH);
    }
    else {
        assert_true(one.gaps > 0);
    }
    hub_peer_leave(&one.peer);
    hub_stage_close(&stage);
}

static void test_fall_off(void **state)
{
    (void)state;
    fall_off(1000000);
    fall_off(0);
}

/* The reader is closed after ChatSlowClient and then reads: a piece of the
 * stream, in order, and why. */
static void test_closed_when_slow(void **state)
{
    hub_stage stage;
    hub_peer_frame frame;
    hub_reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 400000;
    join(&one, &stage, 0, true);
    hub_stage_flood(&stage, ROOM, 0, 1000, 2000);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW) == 1);
    stage_clock_hold(); /* it reads in time */
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS) == 0);
    while (hub_peer_next(&one.peer, &frame)) {
        hub_reader_hear(&one, &frame);
    }
    assert_false(one.peer.broken);
    assert_int_equal(one.others, 1);
    assert_int_equal(one.other.opcode, WS_FRAME_CLOSE);
    stage_clock_release();
    hub_peer_leave(&one.peer);
    hub_stage_close(&stage);
}

/* What a reader of the history asks for while it does not read is answered
 * behind it, and takes little memory: of its pings only the last one waits. */
static void test_questions_of_a_slow_reader(void **state)
{
    enum { HISTORY = 50, PINGS = 32 * 1024 };
    base_bytes stream = BASE_BYTES_INIT;
    char number[16];
    size_t before;
    hub_stage stage;
    hub_peer_frame frame;
    hub_reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_stage_flood(&stage, ROOM, 0, HISTORY, 4000);
    join(&one, &stage, 0, true);
    before = heap();
    for (int i = 1; i <= PINGS; i++) {
        stream.len = 0;
        snprintf(number, sizeof(number), "%07d", i);
        ws_stream_frame(&stream, FIN | WS_FRAME_PING, number, 7);
        hub_peer_write(&one.peer, stream.data, stream.len);
    }
    assert_true(heap() < before + 128 * 1024);
    hub_reader_until(&one, HISTORY - 1);
    assert_int_equal(one.others, 0);
    do {
        assert_true(hub_peer_next(&one.peer, &frame));
        hub_reader_hear(&one, &frame);
        assert_int_equal(frame.opcode, WS_FRAME_PONG);
    } while (memcmp(frame.data, number, 7) != 0);
    assert_true(one.others < PINGS);
    hub_peer_leave(&one.peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* A ping that comes when all that was missed has been read but is not written
 * yet is answered behind it, and takes nothing away from it. */
static void test_ping_behind_what_was_missed(void **state)
{
    enum { ROUNDS = 7, EACH = 300, SIZE = 2000 };
    hub_stage stage;
    hub_reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.history_count = EACH;
    join(&one, &stage, 0, true);
    for (unsigned n = 0; n < ROUNDS; n++) {
        unsigned last = n * EACH + EACH - 1;

        hub_peer_send(&one.peer, FIN | WS_FRAME_PING, "before", 6);
        hub_peer_expect(&one.peer, WS_FRAME_PONG, "before", 6);
        hub_stage_flood(&stage, ROOM, n * EACH, EACH, SIZE);
        hub_reader_until(&one, last - ROUNDS + n);
        hub_peer_send(&one.peer, FIN | WS_FRAME_PING, "behind", 6);
        hub_reader_until(&one, last);
        hub_peer_expect(&one.peer, WS_FRAME_PONG, "behind", 6);
    }
    assert_int_equal(one.gaps + one.others, 0);
    hub_peer_leave(&one.peer);
    hub_stage_close(&stage);
}

/* Who has more answers than fit into a turn, and waits for the next one, misses
 * nothing that is said meanwhile. */
static void test_messages_between_many_answers(void **state)
{
    enum { ROUNDS = 100, EACH = 3, COMMANDS = 1500 };
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    join(&one, &stage, 0, false);
    for (int i = 0; i < COMMANDS; i++) {
        ws_stream_text(&stream, FIN | WS_FRAME_TEXT, "x");
    }
    for (unsigned n = 0; n < ROUNDS; n++) {
        hub_peer_write(&one.peer, stream.data, stream.len);
        for (unsigned i = 0; i < EACH; i++) {
            hub_stage_flood(&stage, ROOM, n * EACH + i, 1, 10);
        }
        hub_reader_until(&one, n * EACH + EACH - 1);
    }
    assert_int_equal(one.gaps, 0);
    hub_peer_leave(&one.peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* A message and a Close in one piece, sent in front of a long history: all of
 * it comes, in its order. */
static void test_last_words_behind_history(void **state)
{
    enum { HISTORY = 50 };
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer_frame frame;
    hub_reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_stage_flood(&stage, ROOM, 0, HISTORY, 4000);
    join(&one, &stage, 0, true);
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT,
                   "{\"type\":\"message\",\"text\":\"00000050\"}");
    ws_stream_frame(&stream, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_write(&one.peer, stream.data, stream.len);
    hub_reader_until(&one, HISTORY);
    hub_peer_expect_text(&one.peer, "{\"type\":\"ack\",");
    hub_peer_expect_close(&one.peer, 1000);
    hub_peer_expect_end(&one.peer);
    assert_int_equal(one.gaps + one.others, 0);
    assert_true(hub_peer_take(&one.peer, &frame) == false);
    hub_peer_leave(&one.peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* More than a window holds, of which its only reader falls off: the hub has all
 * of it before the log lets go of any. */
static void fall_behind(hub_stage *stage, unsigned count)
{
    enum { EACH = 30 };

    for (unsigned n = 0; n < count; n += EACH) {
        hub_stage_flood(stage, ROOM, n, EACH, 4000);
        HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_DELIVERIES)
                       == n + EACH);
    }
}

/* All that it has missed is evicted: it is told so and goes on with what is
 * said next. */
static void test_everything_evicted(void **state)
{
    room_store_figures figures;
    char other[16];
    hub_stage stage;
    hub_peer_frame frame;
    hub_reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.history_count = 0;
    join(&one, &stage, 0, true);
    fall_behind(&stage, 300);
    stage_clock_hold();
    stage_clock_pass(ROOM_TRIM_FRESH_MS * 1000 + 1000); /* it may go now */
    stage.settings.history_count = 400;
    for (unsigned i = 0; i < 12; i++) {
        snprintf(other, sizeof(other), "/other/%u", i);
        hub_stage_flood(&stage, other, 0, 400, 8000);
    }
    room_store_figures_get(stage.store, &figures);
    assert_true(figures.evicted > 0);
    stage.settings.history_count = 0;
    while (!one.told) {
        assert_true(hub_peer_next(&one.peer, &frame));
        hub_reader_hear(&one, &frame);
    }
    assert_true(one.next < 300);
    hub_stage_flood(&stage, ROOM, 300, 1, 10);
    assert_true(hub_peer_next(&one.peer, &frame));
    hub_reader_hear(&one, &frame);
    assert_int_equal(one.next, 301); /* nothing of what was before is left */
    assert_int_equal(one.gaps, 1);
    stage_clock_release();
    hub_peer_leave(&one.peer);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped_reader),
        cmocka_unit_test(test_fall_off),
        cmocka_unit_test(test_closed_when_slow),
        cmocka_unit_test(test_questions_of_a_slow_reader),
        cmocka_unit_test(test_ping_behind_what_was_missed),
        cmocka_unit_test(test_messages_between_many_answers),
        cmocka_unit_test(test_last_words_behind_history),
        cmocka_unit_test(test_everything_evicted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
