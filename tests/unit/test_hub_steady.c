/* test_hub_steady.c - who is always in time is neither pinged nor cut off: who
 * talks, who finishes each message, and who reads all the time, though never up
 * to date in a busy room.
 *
 * Time passes as the client goes on, and only so: else a busy machine could
 * make a slow client of a steady one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>

#include "hub_peer.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define SECOND INT64_C(1000000)

/* Whoever talks is not pinged. */
static void test_no_ping_when_heard(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.ping_interval = 600000;
    stage_clock_hold();
    hub_peer_echo(&peer, &stage, 0);
    for (int i = 0; i < 75; i++) {
        hub_peer_say(&peer, "here");
        hub_peer_expect(&peer, WS_FRAME_TEXT, "here", 4);
        stage_clock_pass(20000);
    }
    assert_false(hub_peer_read(&peer, 50));
    stage_clock_release();
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Messages in a row, each finished in time, are not one slow message. */
static void test_quick_messages_in_a_row(void **state)
{
    base_bytes frame = BASE_BYTES_INIT;
    hub_stage stage;
    hub_peer peer;
    size_t size;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 500000;
    hub_peer_echo(&peer, &stage, 0);
    ws_stream_text(&frame, FIN | WS_FRAME_TEXT, "abc");
    size = frame.len;
    base_bytes_reserve(&frame, size);
    base_bytes_append(&frame, frame.data, size);
    stage_clock_hold();
    hub_peer_write(&peer, frame.data, 4);
    for (int i = 0; i < 75; i++) {
        /* In one read, so that it never stands between two frames. */
        hub_peer_write(&peer, frame.data + 4, size);
        hub_peer_expect(&peer, WS_FRAME_TEXT, "abc", 3);
        stage_clock_pass(20000);
    }
    stage_clock_release();
    base_bytes_free(&frame);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Reads what there is, at most a piece, however long the hub takes. */
static size_t take(int fd)
{
    unsigned char piece[2000];
    struct pollfd one = { fd, POLLIN, 0 };
    ssize_t got;

    assert_int_equal(poll(&one, 1, (int)(HUB_STAGE_PATIENCE / 1000)), 1);
    got = recv(fd, piece, sizeof(piece), 0);
    assert_true(got > 0);
    return (size_t)got;
}

/* How many are closed, and for what. */
typedef struct {
    uint64_t slow;
    uint64_t silent;
    uint64_t there;
} figures;

/* One client reads for so long, a byte in so many microseconds, while the room
 * is always some messages ahead of it. */
static figures read_on(int64_t a_byte, int64_t time)
{
    enum { MESSAGE = 4000, AHEAD = 8 };
    size_t got = 0;
    unsigned said = 0;
    int size = 4096;
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;
    figures found;

    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 800000;
    stage.settings.ping_interval = 300000;
    stage.settings.ping_timeout = 300000;
    offer = hub_peer_offer_room(&peer, &stage, 0, "/steady", 1);
    assert_int_equal(setsockopt(offer->fd, SOL_SOCKET, SO_SNDBUF, &size,
                                sizeof(size)), 0);
    stage_clock_hold();
    hub_offer_hand_over(offer);
    hub_peer_expect_text(&peer, "{\"type\":\"hello\"");
    do {
        size_t more;

        while (said * MESSAGE < got + AHEAD * MESSAGE) {
            hub_stage_flood(&stage, "/steady", said++, 1, MESSAGE);
        }
        more = take(peer.pair.fd);
        got += more;
        stage_clock_pass((int64_t)more * a_byte);
        found.slow = hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW);
        found.silent = hub_stage_count(&stage, ACT_COUNT_CLOSED_PING);
        found.there = hub_stage_count(&stage, ACT_COUNT_CONNECTIONS);
    } while ((int64_t)got * a_byte < time && found.slow + found.silent == 0);
    stage_clock_release();
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
    return found;
}

static void test_steady_reader(void **state)
{
    figures found = read_on(10, 10 * SECOND);

    (void)state;
    assert_int_equal(found.slow, 0);
    assert_int_equal(found.silent, 0);
    assert_int_equal(found.there, 1);
}

/* With a tenth of the speed it does not keep up: the clock is the hub's. */
static void test_slower_reader(void **state)
{
    figures found = read_on(100, 10 * SECOND);

    (void)state;
    assert_int_equal(found.slow + found.silent, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_ping_when_heard),
        cmocka_unit_test(test_quick_messages_in_a_row),
        cmocka_unit_test(test_steady_reader),
        cmocka_unit_test(test_slower_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
