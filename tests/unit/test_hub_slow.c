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
#include <sys/socket.h>

#include "hub/room/hub_stream.h"
#include "hub_peer.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define MESSAGE "{\"type\":\"message\",\"id\":\""
#define GAP "{\"type\":\"gap\",\"after\":\""
#define ROOM "/busy"

/* A peer and what it has heard of hub_stage_flood's messages. */
typedef struct {
    hub_peer peer;
    unsigned next;       /* number of the next message, if none is lost */
    room_id last;
    room_id next_known;  /* a gap's `next`, at or before what follows */
    bool told;           /* of a gap since the last message */
    unsigned gaps;
    unsigned others;     /* frames that are neither message nor gap */
    hub_peer_frame other; /* the last of these */
} reader;

static void id_at(const hub_peer_frame *frame, size_t at, room_id *id)
{
    const char *text = (const char *)frame->data + at;
    const char *end = memchr(text, '"', frame->size - at);

    assert_non_null(end);
    assert_true(room_id_parse(text, (size_t)(end - text), id));
}

static void hear_gap(reader *r, const hub_peer_frame *frame)
{
    room_id after;
    const char *next = memmem(frame->data, frame->size, "\"next\":\"", 8);

    /* Right behind another gap it is a position which that one has covered:
     * what the first was told of had been lost when the reader went on, and
     * what came next was lost before the reader had it. */
    id_at(frame, strlen(GAP), &after);
    assert_true(room_id_compare(&after, &r->last) >= 0);
    assert_true(room_id_compare(&after, r->told ? &r->next_known : &r->last)
                <= 0);
    assert_non_null(next);
    id_at(frame, (size_t)(next + 8 - (const char *)frame->data),
          &r->next_known);
    assert_true(room_id_compare(&after, &r->next_known) < 0);
    r->told = true;
    r->gaps++;
}

static void hear_message(reader *r, const hub_peer_frame *frame)
{
    const char *text = memmem(frame->data, frame->size, "\"text\":\"", 8);
    unsigned number;
    room_id id;

    assert_non_null(text);
    number = (unsigned)strtoul(text + 8, NULL, 10);
    id_at(frame, strlen(MESSAGE), &id);
    assert_true(room_id_compare(&id, &r->last) > 0);
    if (r->told) {
        assert_true(number > r->next);
        assert_true(room_id_compare(&id, &r->next_known) >= 0);
    }
    else if (number != r->next) {
        fail_msg("%u after %u without a gap", number, r->next - 1);
    }
    r->told = false;
    r->next = number + 1;
    r->last = id;
}

static void hear(reader *r, const hub_peer_frame *frame)
{
    if (frame->size > strlen(MESSAGE)
        && memcmp(frame->data, MESSAGE, strlen(MESSAGE)) == 0) {
        hear_message(r, frame);
    }
    else if (frame->size > strlen(GAP)
             && memcmp(frame->data, GAP, strlen(GAP)) == 0) {
        hear_gap(r, frame);
    }
    else {
        r->others++;
        r->other = *frame;
    }
}

/* Reads until message `last` was heard or the stream ends. */
static void hear_until(reader *r, unsigned last)
{
    hub_peer_frame frame;

    while (r->next <= last && hub_peer_next(&r->peer, &frame)) {
        hear(r, &frame);
    }
    if (r->next != last + 1) {
        fail_msg("the stream ended before message %u", last);
    }
}

/* Joins through a socket that holds a few KB, so that the hub sees at once
 * whether the peer reads. */
static void join(reader *r, hub_stage *stage, int which, bool small)
{
    hub_offer *offer;
    hub_peer_frame frame;
    const char *cursor;
    int size = 4096;

    memset(r, 0, sizeof(*r));
    offer = hub_peer_offer_room(&r->peer, stage, which, ROOM, 1);
    if (small) {
        assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                    sizeof(size)), 0);
    }
    hub_offer_hand_over(offer);
    assert_true(hub_peer_next(&r->peer, &frame));
    cursor = memmem(frame.data, frame.size, "\"cursor\":\"", 10);
    assert_non_null(cursor);
    id_at(&frame, (size_t)(cursor + 10 - (const char *)frame.data), &r->last);
}

/* 0 where a sanitizer has taken malloc over. */
static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* One stops reading while 10 MB are said: the others get all of it, at once;
 * then it reads again, and is told what it has missed. */
static void test_stopped_reader(void **state)
{
    enum { ROUNDS = 250, EACH = 10, SIZE = 4000 };
    int64_t slowest = 0;
    size_t before;
    size_t most = 0;
    hub_stage stage;
    reader readers[3];

    (void)state;
    hub_stage_open(&stage, 2);
    join(&readers[0], &stage, 0, true);
    join(&readers[1], &stage, 0, false);
    join(&readers[2], &stage, 1, false);
    before = heap();
    for (unsigned n = 0; n < ROUNDS; n++) {
        int64_t start = base_clock_mono();

        hub_stage_flood(&stage, ROOM, n * EACH, EACH, SIZE);
        for (int i = 1; i < 3; i++) {
            hear_until(&readers[i], n * EACH + EACH - 1);
        }
        start = base_clock_mono() - start;
        slowest = start > slowest ? start : slowest;
        most = heap() > most ? heap() : most;
    }
    assert_true(slowest < 1000000);
    assert_true(most < before + 2 * HUB_WINDOW_MOST + 1024 * 1024);
    assert_int_equal(readers[1].gaps + readers[2].gaps, 0);
    hear_until(&readers[0], ROUNDS * EACH - 1);
    assert_int_equal(readers[0].gaps, 1);
    hub_stage_flood(&stage, ROOM, ROUNDS * EACH, 1, 100);
    for (int i = 0; i < 3; i++) {
        hear_until(&readers[i], ROUNDS * EACH);
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
    reader one;
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
                hear(&one, &frame);
            }
        }
        if (n % 4 == 3) {
            hear_until(&one, last);
        }
    }
    hear_until(&one, last);
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
    reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 400000;
    join(&one, &stage, 0, true);
    hub_stage_flood(&stage, ROOM, 0, 1000, 2000);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW) == 1);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS) == 0);
    while (hub_peer_next(&one.peer, &frame)) {
        hear(&one, &frame);
    }
    assert_false(one.peer.broken);
    assert_int_equal(one.others, 1);
    assert_int_equal(one.other.opcode, WS_FRAME_CLOSE);
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
    reader one;

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
    hear_until(&one, HISTORY - 1);
    assert_int_equal(one.others, 0);
    do {
        assert_true(hub_peer_next(&one.peer, &frame));
        hear(&one, &frame);
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
    reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.history_count = EACH;
    join(&one, &stage, 0, true);
    for (unsigned n = 0; n < ROUNDS; n++) {
        unsigned last = n * EACH + EACH - 1;

        hub_peer_send(&one.peer, FIN | WS_FRAME_PING, "before", 6);
        hub_peer_expect(&one.peer, WS_FRAME_PONG, "before", 6);
        hub_stage_flood(&stage, ROOM, n * EACH, EACH, SIZE);
        hear_until(&one, last - ROUNDS + n);
        hub_peer_send(&one.peer, FIN | WS_FRAME_PING, "behind", 6);
        hear_until(&one, last);
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
    reader one;

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
        hear_until(&one, n * EACH + EACH - 1);
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
    reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_stage_flood(&stage, ROOM, 0, HISTORY, 4000);
    join(&one, &stage, 0, true);
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT,
                   "{\"type\":\"message\",\"text\":\"00000050\"}");
    ws_stream_frame(&stream, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    hub_peer_write(&one.peer, stream.data, stream.len);
    hear_until(&one, HISTORY);
    hub_peer_expect_text(&one.peer, "{\"type\":\"ack\",");
    hub_peer_expect_close(&one.peer, 1000);
    hub_peer_expect_end(&one.peer);
    assert_int_equal(one.gaps + one.others, 0);
    assert_true(hub_peer_take(&one.peer, &frame) == false);
    hub_peer_leave(&one.peer);
    base_bytes_free(&stream);
    hub_stage_close(&stage);
}

/* All that it has missed is evicted: it is told so and goes on with what is
 * said next. */
static void test_everything_evicted(void **state)
{
    room_store_figures figures;
    char other[16];
    int64_t start;
    hub_stage stage;
    hub_peer_frame frame;
    reader one;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.history_count = 0;
    join(&one, &stage, 0, true);
    hub_stage_flood(&stage, ROOM, 0, 300, 4000);
    start = base_clock_mono();
    HUB_STAGE_WAIT(base_clock_mono() - start > 2500000);
    stage.settings.history_count = 400;
    for (unsigned i = 0; i < 12; i++) {
        snprintf(other, sizeof(other), "/other/%u", i);
        hub_stage_flood(&stage, other, 0, 400, 8000);
    }
    room_store_figures_get(stage.store, &figures);
    assert_true(figures.evicted > 0);
    stage.settings.history_count = 0;
    while (hub_peer_read(&one.peer, 300)) {
        while (hub_peer_take(&one.peer, &frame)) {
            hear(&one, &frame);
        }
    }
    assert_true(one.told && one.next < 300); /* all that is left is gone */
    hub_stage_flood(&stage, ROOM, 300, 1, 10);
    hear_until(&one, 300);
    assert_true(one.gaps > 0);
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
