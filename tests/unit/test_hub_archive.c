/* test_hub_archive.c - readers of hub/ who lack more than the segment has: it
 * comes from the archive, without a hole and once, as they take it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <malloc.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "hub/archive/hub_fetch.h"
#include "hub_reader.h"
#include "hub_shelf.h"
#include "hub_text.h"

#define ROOM "/busy"
#define HISTORY 600 /* of 2 KB: more than the log has */
#define SIZE 2000

/* Says so much that the log has lost the first of it; the archive has all of
 * that. Answers the position behind message 0. */
static room_id begin(hub_shelf *shelf, hub_stage *stage)
{
    room_id first;

    hub_shelf_open(shelf, stage, false);
    first = hub_stage_publish(stage, ROOM, 99, "00000000 x", NULL).id;
    for (unsigned at = 1; at < HISTORY; at += 50) {
        hub_stage_flood(stage, ROOM, at, 50, SIZE);
        hub_shelf_write(shelf);
    }
    return first;
}

/* Joins behind message 0. */
static void join_at(hub_reader *one, hub_stage *stage, room_id after,
                    bool small)
{
    hub_offer *offer;

    memset(one, 0, sizeof(*one));
    offer = hub_peer_offer_room(&one->peer, stage, 0, ROOM, 1);
    offer->start.given = true;
    offer->start.after = after;
    offer->start.archived = true;
    hub_reader_join(one, offer, small);
    one->next = 1;
    assert_non_null(strstr(one->hello, "\"resumed\":true,\"gap\":false"));
}

/* Everything behind an old cursor, and then what is said. */
static void test_old_cursor(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_reader one;
    hub_reader slow;
    room_id first = begin(&shelf, &stage);

    (void)state;
    join_at(&one, &stage, first, false);
    join_at(&slow, &stage, first, true);
    hub_reader_until(&one, HISTORY - 50);
    for (unsigned i = 0; i < 20; i++) {
        hub_stage_flood(&stage, ROOM, HISTORY + 1 + i * 10, 10, SIZE);
        if (i % 2) {
            hub_shelf_write(&shelf);
        }
        hub_reader_until(&slow, 10 * i);
    }
    hub_reader_until(&one, HISTORY + 200);
    hub_reader_until(&slow, HISTORY + 200);
    assert_int_equal(one.gaps + one.others + slow.gaps + slow.others, 0);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 0);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_DELIVERIES)
                   == 2 * (HISTORY + 200));
    hub_peer_leave(&one.peer);
    hub_peer_leave(&slow.peer);
    hub_shelf_close(&shelf);
}

/* Who does not keep up falls off the log, too, and misses nothing all the
 * same. */
static void test_slow(void **state)
{
    enum { ROUNDS = 30, EACH = 50 };
    hub_stage stage;
    hub_shelf shelf;
    hub_reader one;
    hub_peer_frame frame;

    (void)state;
    hub_shelf_open(&shelf, &stage, false);
    memset(&one, 0, sizeof(one));
    hub_reader_join(&one, hub_peer_offer_room(&one.peer, &stage, 0, ROOM, 1),
                    true);
    for (unsigned n = 0; n < ROUNDS; n++) {
        hub_stage_flood(&stage, ROOM, n * EACH, EACH, SIZE + 171 * n);
        hub_shelf_write(&shelf);
        for (int i = 0; i < 5; i++) {
            hub_peer_read(&one.peer, 1);
            while (hub_peer_take(&one.peer, &frame)) {
                hub_reader_hear(&one, &frame);
            }
        }
    }
    hub_reader_until(&one, ROUNDS * EACH - 1);
    assert_int_equal(one.gaps + one.others, 0);
    assert_true(hub_shelf_readings(&shelf) > 0);
    hub_peer_leave(&one.peer);
    hub_shelf_close(&shelf);
}

/* Whoever asks from one address with many connections waits behind them itself;
 * another address waits for one of them at most. */
static void test_addresses_take_turns(void **state)
{
    enum { MANY = 40 };
    static hub_peer many[MANY];
    hub_stage stage;
    hub_shelf shelf;
    hub_peer one;
    room_id first = begin(&shelf, &stage);
    room_id honest = { first.ms - 1, 0 };
    hub_offer *offer;

    (void)state;
    hub_shelf_hold(&shelf, true);
    for (unsigned i = 0; i <= MANY; i++) {
        hub_peer *peer = i < MANY ? &many[i] : &one;

        offer = hub_peer_offer_room(peer, &stage, 0, ROOM, i);
        offer->from.key = i < MANY ? 7 : 8;
        offer->start.given = offer->start.archived = true;
        offer->start.after = (room_id){ first.ms, first.n + i };
        if (i == MANY) {
            offer->start.after = honest;
        }
        hub_offer_hand_over(offer);
        hub_peer_expect_text(peer, "{\"type\":\"hello\"");
    }
    hub_shelf_hold(&shelf, false);
    HUB_STAGE_WAIT(hub_shelf_readings(&shelf) > MANY);
    assert_true(room_id_compare(&shelf.asked[1], &honest) == 0
                || room_id_compare(&shelf.asked[2], &honest) == 0);
    for (unsigned i = 0; i < MANY; i++) {
        hub_peer_leave(&many[i]);
    }
    hub_peer_leave(&one);
    hub_shelf_close(&shelf);
}

/* The loop of the stage stands still while this is set. */
static atomic_bool still;
static atomic_bool stands;

static bool stand_still(void *context)
{
    (void)context;
    while (atomic_load(&still)) {
        atomic_store(&stands, true);
        poll(NULL, 0, 1);
    }
    atomic_store(&stands, false);
    return false;
}

/* While the loop is late, more is said than the log keeps: its readers get all
 * of it, read from the archive once for all of them. */
static void test_late_loop(void **state)
{
    enum { READERS = 40 };
    static hub_reader readers[READERS];
    hub_stage stage;
    hub_shelf shelf;

    (void)state;
    hub_shelf_open(&shelf, &stage, false);
    hub_stage_stop(&stage, 0, false);
    stage.stopping = stand_still;
    hub_stage_start(&stage, 0);
    memset(readers, 0, sizeof(readers));
    for (int i = 0; i < READERS; i++) {
        hub_reader_join(&readers[i],
                        hub_peer_offer_room(&readers[i].peer, &stage, 0, ROOM,
                                            1 + (unsigned)i),
                        i % 4 == 0);
    }
    hub_stage_flood(&stage, ROOM, 0, 2, SIZE);
    for (int i = 0; i < READERS; i++) {
        hub_reader_until(&readers[i], 1);
    }
    atomic_store(&still, true);
    HUB_STAGE_WAIT(atomic_load(&stands));
    for (unsigned n = 0; n < HISTORY; n += 50) {
        hub_stage_flood(&stage, ROOM, 2 + n, 50, SIZE);
        hub_shelf_write(&shelf);
    }
    atomic_store(&still, false);
    for (int i = 0; i < READERS; i++) {
        hub_reader_until(&readers[i], HISTORY + 1);
    }
    hub_stage_flood(&stage, ROOM, HISTORY + 2, 1, SIZE);
    for (int i = 0; i < READERS; i++) {
        hub_reader_until(&readers[i], HISTORY + 2);
        assert_int_equal(readers[i].gaps + readers[i].others, 0);
        hub_peer_leave(&readers[i].peer);
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 0);
    hub_shelf_close(&shelf);
}

/* What was never archived, or is not any more, is a gap; what the archive has
 * is not in it. */
static void test_lost(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_reader one;
    room_id first = begin(&shelf, &stage);

    (void)state;
    hub_shelf_forget(&shelf);
    join_at(&one, &stage, first, false);
    hub_reader_until(&one, HISTORY);
    assert_int_equal(one.gaps, 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 1);
    hub_peer_leave(&one.peer);
    hub_shelf_close(&shelf);
}

/* The database is away: no gap, but a reader that comes back with what it has
 * got so far. All who wait are told at once. */
static void test_away(void **state)
{
    enum { MANY = 20 };
    static hub_reader readers[MANY];
    hub_stage stage;
    hub_shelf shelf;
    room_id first = begin(&shelf, &stage);

    (void)state;
    hub_shelf_hold(&shelf, true);
    for (int i = 0; i < MANY; i++) {
        join_at(&readers[i], &stage, first, i % 2);
    }
    hub_shelf_away(&shelf, true);
    hub_shelf_hold(&shelf, false);
    for (int i = 0; i < MANY; i++) {
        hub_peer_expect_text(&readers[i].peer,
                             "{\"type\":\"error\",\"code\":\"unavailable\"");
        hub_peer_expect_close(&readers[i].peer, 1013);
        hub_peer_leave(&readers[i].peer);
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_GAPS), 0);
    hub_shelf_away(&shelf, false);
    join_at(&readers[0], &stage, first, false);
    hub_reader_until(&readers[0], HISTORY);
    assert_int_equal(readers[0].gaps, 0);
    hub_peer_leave(&readers[0].peer);
    hub_shelf_close(&shelf);
}

/* An event stream is told the same in its own words; and one that may not stay
 * gets a piece each time. */
static void test_stream(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer peer;
    hub_offer *offer;
    room_id first = begin(&shelf, &stage);

    (void)state;
    for (int once = 0; once < 2; once++) {
        offer = hub_peer_offer_room(&peer, &stage, 0, ROOM, 1);
        offer->way = &hub_way_sse;
        offer->start.given = offer->start.archived = true;
        offer->start.after = first;
        offer->once = once;
        peer.chunked = true;
        hub_shelf_away(&shelf, !once);
        hub_offer_hand_over(offer);
        hub_text_until(&peer, "\"resumed\":true,\"gap\":false");
        if (once) {
            assert_null(strstr(hub_text_until(&peer, "\"00000030 x"), "gap\""));
            while (!peer.ended) {
                hub_peer_read(&peer, 100);
            }
        }
        else {
            hub_text_until(&peer, "retry: ");
            hub_text_until(&peer, "\"code\":\"unavailable\"");
            hub_text_until(&peer, "\n\n");
            hub_text_expect_end(&peer);
        }
        hub_peer_leave(&peer);
    }
    hub_shelf_close(&shelf);
}

/* A long-poll whose cursor the log has not any more is to ask httpd again,
 * which reads the archive. */
static void test_long_poll(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer peer;
    hub_offer *offer;
    room_id first = begin(&shelf, &stage);
    char id[ROOM_ID_TEXT];
    char expected[200];

    (void)state;
    offer = hub_peer_offer_room(&peer, &stage, 0, ROOM, 1);
    offer->way = &hub_way_longpoll;
    offer->start.given = offer->start.archived = true;
    offer->start.after = first;
    offer->wait = 60000000;
    hub_offer_hand_over(offer);
    room_id_format(&first, id);
    snprintf(expected, sizeof(expected),
             "{\"cursor\":\"%s\",\"gap\":false,\"events\":[],\"more\":true}",
             id);
    assert_string_equal(hub_text_until(&peer, "\"more\":true}"), expected);
    hub_peer_expect_end(&peer);
    hub_peer_leave(&peer);
    assert_int_equal(hub_shelf_readings(&shelf), 0);
    hub_shelf_close(&shelf);
}

/* While the archive is slow its readers are there, are asked whether they are,
 * and are answered; and what they say is. */
static void test_meanwhile(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_reader one;
    hub_peer other;
    room_id first = begin(&shelf, &stage);

    (void)state;
    stage.settings.ping_interval = 50000;
    hub_shelf_hold(&shelf, true);
    join_at(&one, &stage, first, false);
    hub_peer_expect(&one.peer, WS_FRAME_PING, "", 0);
    hub_peer_send(&one.peer, WS_FRAME_FIN | WS_FRAME_PONG, "", 0);
    hub_peer_send(&one.peer, WS_FRAME_FIN | WS_FRAME_PING, "there", 5);
    hub_peer_expect(&one.peer, WS_FRAME_PONG, "there", 5);
    stage.settings.ping_interval = 25000000;
    hub_peer_say(&one.peer, "{\"type\":\"message\",\"text\":\"00000601\"}");
    hub_peer_join(&other, &stage, 0, ROOM, 2);
    hub_text_until(&other, "\"text\":\"00000601\"");
    hub_shelf_hold(&shelf, false);
    hub_reader_until(&one, HISTORY + 1);
    assert_int_equal(one.gaps, 0);
    hub_peer_leave(&other);
    hub_peer_leave(&one.peer);
    hub_shelf_close(&shelf);
}

/* Whoever goes, or is sent away, while its question is on its way: the answer
 * is for nobody. */
static void test_gone(void **state)
{
    enum { MANY = 30 };
    static hub_reader readers[MANY];
    hub_stage stage;
    hub_shelf shelf;
    room_id first = begin(&shelf, &stage);

    (void)state;
    hub_shelf_hold(&shelf, true);
    for (int i = 0; i < MANY; i++) {
        join_at(&readers[i], &stage, first, false);
    }
    HUB_STAGE_WAIT(hub_shelf_readings(&shelf) == 1);
    for (int i = 0; i < MANY / 2; i++) {
        hub_peer_leave(&readers[i].peer);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS)
                   == MANY - MANY / 2);
    hub_stop(stage.hubs[0], true);
    for (int i = MANY / 2; i < MANY; i++) {
        hub_peer_expect_text(&readers[i].peer, "{\"type\":\"bye\",");
        hub_peer_expect_close(&readers[i].peer, 1012);
        hub_peer_leave(&readers[i].peer);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_shelf_hold(&shelf, false);
    hub_shelf_close(&shelf);
}

/* 0 where a sanitizer has taken malloc over. */
static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* Many old cursors whose owners do not read take a bounded piece each; whoever
 * reads gets all of it, and pays for what it reads only. */
static void test_many(void **state)
{
    enum { MANY = 600 };
    static hub_reader readers[MANY];
    hub_stage stage;
    hub_shelf shelf;
    hub_reader one;
    size_t before;
    unsigned readings;
    room_id first = begin(&shelf, &stage);

    (void)state;
    before = heap();
    for (int i = 0; i < MANY; i++) {
        join_at(&readers[i], &stage, first, true);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_DELIVERIES) >= MANY);
    join_at(&one, &stage, first, false);
    hub_reader_until(&one, HISTORY);
    for (int i = 0; i < MANY; i++) {
        before += readers[i].peer.in.cap;
    }
    assert_true(heap() < before + 4 * HUB_FETCH_ALL);
    readings = hub_shelf_readings(&shelf);
    hub_stage_flood(&stage, ROOM, HISTORY + 1, 1, SIZE);
    hub_reader_until(&one, HISTORY + 1);
    assert_true(hub_shelf_readings(&shelf) <= readings + MANY);
    for (int i = 0; i < MANY; i += 100) {
        hub_reader_until(&readers[i], HISTORY + 1);
        assert_int_equal(readers[i].gaps + readers[i].others, 0);
    }
    for (int i = 0; i < MANY; i++) {
        hub_peer_leave(&readers[i].peer);
    }
    hub_peer_leave(&one.peer);
    hub_shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_cursor),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_addresses_take_turns),
        cmocka_unit_test(test_late_loop),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_away),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_long_poll),
        cmocka_unit_test(test_meanwhile),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
