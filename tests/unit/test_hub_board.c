/* test_hub_board.c - what the children know of their connections: all are
 * listed, each once, the right ones, with what is so; one is ended; nothing
 * stays behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub_board_stage.h"
#include "hub_text.h"
#include "ws/ws_close.h"

static void join_as(hub_peer *peer, hub_stage *stage, int which,
                    const hub_way *way, uint64_t user)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, which, "/lobby", user);

    offer->way = way;
    offer->wait = HUB_STAGE_PATIENCE;
    peer->chunked = way == &hub_way_sse;
    hub_offer_hand_over(offer);
}

/* Three ways over two children, and the echo over TLS. */
static void test_all(void **state)
{
    hub_stage stage;
    hub_peer peers[4];
    const hub_board_row *row;
    room_handle lobby;
    hub_board_stage_list got;

    (void)state;
    hub_board_stage_open(&stage, 2);
    assert_int_equal(hub_board_stage_count(&stage, &hub_board_stage_all), 0);
    join_as(&peers[0], &stage, 0, &hub_way_ws, 1);
    stage.settings.moderates = 1;
    join_as(&peers[1], &stage, 1, &hub_way_sse, 2);
    stage.settings.moderates = 0;
    hub_peer_expect_text(&peers[0], "{\"type\":\"hello\"");
    hub_text_until(&peers[1], "\n\n");
    join_as(&peers[2], &stage, 1, &hub_way_longpoll, 3);
    hub_offer_hand_over(hub_peer_offer(&peers[3], &stage, 0,
                                       HUB_PEER_TLS13));
    hub_peer_say(&peers[3], "one");
    hub_peer_expect(&peers[3], WS_FRAME_TEXT, "one", 3);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 4);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    assert_int_equal(got.sum.children, 2);
    assert_int_equal(got.sum.silent, 0);
    assert_false(got.sum.partial || got.sum.closed);
    lobby = hub_board_stage_room(&stage, "/lobby");
    for (uint64_t user = 1; user <= 3; user++) {
        row = hub_board_stage_row(&got, user);
        assert_true(row->in_room && row->guest && !row->tls && !row->closing);
        assert_memory_equal(&row->room, &lobby, sizeof(lobby));
        assert_int_equal(row->moderator, user == 2);
        assert_int_equal(row->late_ms + row->waiting, 0);
    }
    assert_string_equal(hub_board_stage_row(&got, 1)->transport, "websocket");
    assert_string_equal(hub_board_stage_row(&got, 2)->transport, "sse");
    assert_string_equal(hub_board_stage_row(&got, 3)->transport, "longpoll");
    assert_true(hub_board_stage_row(&got, 1)->sent > 0);
    assert_true(hub_board_stage_row(&got, 2)->sent > 0);
    assert_int_equal(hub_board_stage_row(&got, 2)->place,
                     hub_board_stage_row(&got, 3)->place);
    row = hub_board_stage_row(&got, 0);
    assert_string_equal(row->transport, "echo");
    assert_true(row->tls && !row->in_room && row->received > 0);
    assert_int_equal(row->place, hub_board_stage_row(&got, 1)->place);
    assert_int_not_equal(row->place, hub_board_stage_row(&got, 2)->place);
    base_bytes_free(&got.bytes);
    for (int i = 0; i < 4; i++) {
        hub_peer_leave(&peers[i]);
    }
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 0);
    hub_board_stage_close(&stage);
}

static void test_some(void **state)
{
    hub_board_question of = hub_board_stage_all;
    hub_stage stage;
    hub_peer peers[4];
    hub_offer *offer;

    (void)state;
    hub_board_stage_open(&stage, 2);
    for (uint64_t user = 1; user <= 3; user++) {
        hub_peer_join(&peers[user - 1], &stage, user % 2,
                      user == 3 ? "/other" : "/lobby", user);
        hub_peer_expect_text(&peers[user - 1], "{\"type\":\"hello\"");
    }
    offer = hub_peer_offer(&peers[3], &stage, 0, HUB_PEER_LOCAL);
    memcpy(offer->from.address.bytes, "\x20\x01\x0d\xb8\0\1\0\2", 8);
    hub_offer_hand_over(offer);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 4);

    of.by_room = true;
    of.room = hub_board_stage_room(&stage, "/lobby");
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 2);
    of.room.generation++;
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 0);

    of = hub_board_stage_all;
    of.by_address = true;
    of.address.bytes[15] = 1;
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 3);
    memcpy(of.address.bytes, "\x20\x01\x0d\xb8\0\1\0\2", 8);
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 1); /* the same network */

    of = hub_board_stage_all;
    of.user_count = 2;
    of.users[0] = 3;
    of.users[1] = 2;
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 2);
    of.user_count = UINT32_MAX; /* no more than there can be are looked at */
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 3); /* the echo is user 0's */

    of = hub_board_stage_all;
    of.room_count = 1;
    of.rooms[0] = hub_board_stage_room(&stage, "/other");
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 1);
    of.user_count = 1;
    of.users[0] = 1;
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 2); /* one of these or of those */
    of.by_room = true;
    of.room = of.rooms[0];
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 1);

    of = hub_board_stage_all;
    of.late_ms = 1;
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 0);
    for (int i = 0; i < 4; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_board_stage_close(&stage);
}

/* An address is written only for who asks for it, and all of it goes. */
static void test_addresses(void **state)
{
    hub_board_question of = { .kind = HUB_BOARD_LIST, .addresses = true };
    hub_stage stage;
    hub_peer peer;
    hub_board_stage_list got;

    (void)state;
    hub_board_stage_open(&stage, 1);
    hub_peer_echo(&peer, &stage, 0);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(got.rows[0].address.bytes[i], 0);
    }
    base_bytes_free(&got.bytes);
    got = hub_board_stage_ask(&stage, &of);
    assert_int_equal(got.rows[0].address.bytes[15], 1);
    base_bytes_free(&got.bytes);
    assert_true(hub_board_stage_is_clean(&stage));
    hub_peer_leave(&peer);
    hub_board_stage_close(&stage);
}

static void join_slowly(hub_peer *peer, hub_stage *stage, uint64_t user)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, 0, "/lobby", user);
    int small = 4096;

    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &small,
                                sizeof(small)), 0);
    hub_offer_hand_over(offer);
    hub_peer_expect_text(peer, "{\"type\":\"hello\"");
}

/* One that does not read stands first, whoever came behind it. */
static void test_late(void **state)
{
    hub_board_question of = { .kind = HUB_BOARD_LIST, .late_ms = 10 };
    hub_stage stage;
    hub_peer slow;
    hub_peer fast;
    hub_board_stage_list got;

    (void)state;
    hub_board_stage_open(&stage, 1);
    join_slowly(&slow, &stage, 1);
    hub_stage_flood(&stage, "/lobby", 0, 20, 4000);
    hub_peer_join(&fast, &stage, 0, "/other", 2);
    hub_peer_expect_text(&fast, "{\"type\":\"hello\"");
    HUB_BOARD_STAGE_EXPECT(&stage, &of, 1);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.rows[0].user, 1);
    assert_true(got.rows[0].late_ms >= 10);
    assert_true(got.rows[0].waiting > 10000
                && got.rows[0].waiting < 100000);
    assert_int_equal(got.rows[1].user, 2);
    base_bytes_free(&got.bytes);
    hub_peer_leave(&slow);
    hub_peer_leave(&fast);
    hub_board_stage_close(&stage);
}

/* More than can be told of are counted, and those that are behind are told of:
 * the first and the last that have come, and others between them. */
static void test_many(void **state)
{
    enum { MANY = HUB_BOARD_ROWS + 100, EACH = 50 };
    hub_board_question late = { .kind = HUB_BOARD_LIST, .late_ms = 1 };
    hub_stage stage;
    hub_peer *peers = calloc(MANY, sizeof(*peers));
    hub_board_stage_list got;

    (void)state;
    assert_non_null(peers);
    hub_board_stage_open(&stage, 2);
    for (int i = 0; i < MANY; i++) {
        if (i % EACH == 0 || i == MANY - 1) {
            join_slowly(&peers[i], &stage, 1000 + (uint64_t)i);
        }
        else {
            hub_peer_echo(&peers[i], &stage, i % 10 == 1);
        }
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == MANY);
    hub_stage_flood(&stage, "/lobby", 0, 20, 4000);
    HUB_BOARD_STAGE_EXPECT(&stage, &late, MANY / EACH + 1);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    assert_int_equal(got.count, HUB_BOARD_ROWS);
    assert_int_equal(got.sum.all, MANY);
    for (size_t i = 0; i < got.count; i++) {
        assert_int_equal(got.rows[i].user >= 1000, i <= MANY / EACH);
    }
    base_bytes_free(&got.bytes);
    assert_true(hub_board_stage_is_clean(&stage));
    for (int i = 0; i < MANY; i++) {
        hub_peer_leave(&peers[i]);
    }
    free(peers);
    hub_board_stage_close(&stage);
}

static bool close_one(hub_stage *stage, const hub_board_row *row,
                      uint32_t started)
{
    hub_board_question of = { .kind = HUB_BOARD_CLOSE, .place = row->place,
                              .fd = row->fd, .started = started };
    hub_board_stage_list got = hub_board_stage_ask(stage, &of);

    assert_int_equal(got.count, 0);
    base_bytes_free(&got.bytes);
    return got.sum.closed;
}

/* Only the one that is meant: its number may be another one's by now. */
static void test_close(void **state)
{
    hub_stage stage;
    hub_peer peers[2];
    hub_board_row row;
    uint32_t place;
    hub_board_stage_list got;

    (void)state;
    hub_board_stage_open(&stage, 2);
    for (int i = 0; i < 2; i++) {
        hub_peer_join(&peers[i], &stage, i, "/lobby", 1u + (unsigned)i);
        hub_peer_expect_text(&peers[i], "{\"type\":\"hello\"");
    }
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 2);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    row = *hub_board_stage_row(&got, 2);
    place = row.place;
    base_bytes_free(&got.bytes);
    assert_false(close_one(&stage, &row, row.started + 1));
    row.fd += 1000;
    assert_false(close_one(&stage, &row, row.started));
    row.fd -= 1000;
    row.place = HUB_BOARD_STAGE_PLACES;
    assert_false(close_one(&stage, &row, row.started));
    row.place = 1 - place;
    assert_false(close_one(&stage, &row, row.started));
    row.place = place;
    assert_true(close_one(&stage, &row, row.started));
    hub_peer_expect_text(&peers[1], "{\"type\":\"bye\",\"code\":1012,");
    hub_peer_expect_close(&peers[1], WS_CLOSE_RESTART);
    got = hub_board_stage_ask(&stage, &hub_board_stage_all);
    assert_true(hub_board_stage_row(&got, 2)->closing); /* not answered yet */
    base_bytes_free(&got.bytes);
    assert_true(close_one(&stage, &row, row.started));
    hub_peer_expect_end(&peers[1]);
    HUB_BOARD_STAGE_EXPECT(&stage, &hub_board_stage_all, 1);
    for (int i = 0; i < 2; i++) {
        hub_peer_leave(&peers[i]);
    }
    hub_board_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_some),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
