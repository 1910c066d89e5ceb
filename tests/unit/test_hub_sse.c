/* test_hub_sse.c - event streams of hub/, in chunks and without: what is sent
 * and in which form, in one order with WebSockets, slow and vanished readers,
 * the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>

#include "hub/way/hub_way_sse.h"
#include "hub_peer.h"
#include "hub_text.h"
#include "room/log/room_id.h"
#include "ws/ws_close.h"

/* Of the test that runs: hub_way_sse or hub_way_sse_plain. */
static const hub_way *coding;

static int in_chunks(void **state)
{
    (void)state;
    coding = &hub_way_sse;
    return 0;
}

static int as_it_is(void **state)
{
    (void)state;
    coding = &hub_way_sse_plain;
    return 0;
}

static void set_coding(hub_peer *peer, hub_offer *offer)
{
    offer->way = coding;
    peer->chunked = coding == &hub_way_sse;
}

static hub_offer *offer_events(hub_peer *peer, hub_stage *stage, int which,
                               uint64_t user)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, which, "/lobby", user);

    set_coding(peer, offer);
    return offer;
}

static void listen_to(hub_peer *peer, hub_stage *stage, uint64_t user)
{
    hub_offer_hand_over(offer_events(peer, stage, 0, user));
}

static void say(hub_stage *stage, const char *text)
{
    assert_int_equal(hub_stage_publish(stage, "/lobby", 9, text, NULL).error,
                     CHAT_OK);
}

/* The id of a text "id: X LF data: ...". */
static room_id id_of(const char *event)
{
    const char *from = strstr(event, "id: ");
    room_id id;

    assert_non_null(from);
    from += 4;
    assert_true(room_id_parse(from, strcspn(from, "\n"), &id));
    return id;
}

static void expect_bytes(base_bytes *out, const char *expected)
{
    base_bytes_append(out, "", 1);
    assert_string_equal((const char *)out->data, expected);
    out->len = 0;
}

/* Byte for byte: each event, comment and retry line is a chunk. */
static void test_bytes(void **state)
{
    static const char bye[] = "{\"type\":\"bye\"}";
    base_bytes out = BASE_BYTES_INIT;
    base_bytes event = BASE_BYTES_INIT;
    const room_id id = { 17, 2 };

    (void)state;
    base_bytes_append_text(&event, bye);
    hub_way_event(&hub_way_sse, &out, &event, &id);
    expect_bytes(&out, "1f\r\nid: 17-2\ndata: {\"type\":\"bye\"}\n\n\r\n");
    hub_way_event(&hub_way_sse_plain, &out, &event, &id);
    expect_bytes(&out, "id: 17-2\ndata: {\"type\":\"bye\"}\n\n");
    hub_way_event(&hub_way_sse, &out, &event, NULL);
    expect_bytes(&out, "16\r\ndata: {\"type\":\"bye\"}\n\n\r\n");
    hub_way_sse.ping(&out);
    hub_way_sse_retry(&out, true, 1234);
    hub_way_sse.close(&out, WS_CLOSE_NORMAL, NULL);
    expect_bytes(&out, "3\r\n:\n\n\r\nc\r\nretry: 1234\n\r\n0\r\n\r\n");
    hub_way_sse_plain.ping(&out);
    hub_way_sse_retry(&out, false, 1234);
    assert_null(hub_way_sse_plain.close);
    expect_bytes(&out, ":\n\nretry: 1234\n");
    base_bytes_free(&out);
    base_bytes_free(&event);
}

/* hello with its position, what is kept, what is new; each event is its id,
 * one line of data and an empty line. */
static void test_form(void **state)
{
    hub_stage stage;
    hub_peer peer;
    const char *event;
    room_id hello;
    room_id kept;

    (void)state;
    hub_stage_open(&stage, 1);
    say(&stage, "kept");
    listen_to(&peer, &stage, 1);
    event = hub_text_until(&peer, "\n\n");
    hello = id_of(event);
    assert_true(strncmp(event, "id: ", 4) == 0);
    assert_non_null(strstr(event, "\ndata: {\"type\":\"hello\",\"room\":"));
    event = hub_text_until(&peer, "\n\n");
    kept = id_of(event);
    assert_true(room_id_compare(&hello, &kept) < 0);
    assert_non_null(strstr(event, "\ndata: {\"type\":\"message\",\"id\":\""));
    assert_non_null(strstr(event, "\"text\":\"kept\"}\n\n"));
    say(&stage, "new");
    event = hub_text_until(&peer, "\n\n");
    assert_true(strncmp(event, "id: ", 4) == 0);
    assert_non_null(strstr(event, "\"text\":\"new\"}\n\n"));
    assert_int_equal(hub_stage_members(&stage, "/lobby"), 1);
    hub_peer_leave(&peer);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 0);
    hub_stage_close(&stage);
}

/* Readers of both kinds get the same messages in one order. */
static void test_both(void **state)
{
    hub_stage stage;
    hub_peer socket;
    hub_peer events;
    hub_peer_frame frame;

    (void)state;
    hub_stage_open(&stage, 2);
    hub_peer_join(&socket, &stage, 1, "/lobby", 1);
    listen_to(&events, &stage, 2);
    hub_peer_expect_text(&socket, "{\"type\":\"hello\"");
    hub_text_until(&events, "\n\n");
    hub_stage_flood(&stage, "/lobby", 0, 500, 40);
    for (unsigned i = 0; i < 500; i++) {
        const char *event = hub_text_until(&events, "\n\n");
        const char *data = strstr(event, "\ndata: ");
        char text[32];

        snprintf(text, sizeof(text), "\"text\":\"%08u ", i);
        assert_true(hub_peer_next(&socket, &frame));
        assert_non_null(data);
        data += strlen("\ndata: ");
        assert_int_equal(strlen(data) - 2, frame.size);
        assert_memory_equal(data, frame.data, frame.size);
        assert_non_null(strstr(data, text));
    }
    hub_peer_leave(&socket);
    hub_peer_leave(&events);
    hub_stage_close(&stage);
}

/* From a cursor on; a gap is told in the hello. */
static void test_cursor(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;
    act_result first;

    (void)state;
    hub_stage_open(&stage, 1);
    first = hub_stage_publish(&stage, "/lobby", 9, "one", NULL);
    say(&stage, "two");
    offer = offer_events(&peer, &stage, 0, 1);
    offer->start.given = true;
    offer->start.after = first.id;
    hub_offer_hand_over(offer);
    assert_non_null(strstr(hub_text_until(&peer, "\n\n"),
                           "\"resumed\":true,\"gap\":false"));
    assert_non_null(strstr(hub_text_until(&peer, "\n\n"), "\"text\":\"two\""));
    hub_peer_leave(&peer);

    offer = offer_events(&peer, &stage, 0, 1);
    offer->start.given = offer->start.unusable = true;
    hub_offer_hand_over(offer);
    assert_non_null(strstr(hub_text_until(&peer, "\n\n"),
                           "\"resumed\":false,\"gap\":true"));
    assert_non_null(strstr(hub_text_until(&peer, "\n\n"), "\"text\":\"one\""));
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* One that only has what is there now. */
static void test_once(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    say(&stage, "kept");
    offer = offer_events(&peer, &stage, 0, 1);
    offer->once = true;
    hub_offer_hand_over(offer);
    hub_text_until(&peer, "\"type\":\"hello\"");
    hub_text_until(&peer, "\"text\":\"kept\"}\n\n");
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Comments keep the way open; a socket that takes them is a reader's. */
static void test_comments(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.ping_interval = 200000;
    stage.settings.ping_timeout = 100000;
    listen_to(&peer, &stage, 1);
    hub_text_until(&peer, "\n\n");
    for (int i = 0; i < 5; i++) {
        assert_string_equal(hub_text_until(&peer, ":\n\n"), ":\n\n");
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_PING), 0);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* From now on the peer's kernel drops whatever comes, so that it acknowledges
 * nothing: as when a phone is out of reach. */
static void vanish(hub_peer *peer)
{
    struct sock_filter drop = { BPF_RET | BPF_K, 0, 0, 0 };
    struct sock_fprog program = { 1, &drop };

    assert_int_equal(setsockopt(peer->pair.fd, SOL_SOCKET, SO_ATTACH_FILTER,
                                &program, sizeof(program)),
                     0);
}

/* Lets a listener over TCP vanish; how long it was believed in, in
 * microseconds. */
static int64_t time_to_notice(int64_t interval, int64_t timeout)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;
    int64_t start;
    int64_t taken;

    hub_stage_open(&stage, 1);
    stage.settings.ping_interval = interval;
    stage.settings.ping_timeout = timeout;
    offer = hub_peer_offer(&peer, &stage, 0, HUB_PEER_TCP);
    set_coding(&peer, offer);
    offer->who.user = 1;
    offer->key_size = hub_stage_key(offer->key, "/lobby");
    hub_offer_hand_over(offer);
    hub_text_until(&peer, "\n\n");
    for (int i = 0; i < 3; i++) {
        hub_text_until(&peer, ":\n\n");
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS), 1);
    start = base_clock_mono();
    vanish(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    taken = base_clock_mono() - start;
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_PING), 1);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
    return taken;
}

/* The end of one whose kernel is silent: behind the interval and the timeout,
 * which may be the longer one. (The upper bounds are for one that is believed
 * in for ever: how long exactly is tested in test_hub_deadline.c.) */
static void test_vanished(void **state)
{
    (void)state;
    assert_true(time_to_notice(1000000, 200000) < 30000000);
    assert_in_range(time_to_notice(100000, 2000000), 1800000, 30000000);
}

/* What it sends is not looked at; when its side ends, so does the stream. */
static void test_input(void **state)
{
    hub_stage stage;
    hub_peer peer;

    (void)state;
    hub_stage_open(&stage, 1);
    listen_to(&peer, &stage, 1);
    hub_text_until(&peer, "\n\n");
    hub_peer_write(&peer, "GET / HTTP/1.1\r\n\r\n\x81\x80", 20);
    say(&stage, "still here");
    hub_text_until(&peer, "still here\"}\n\n");
    assert_int_equal(shutdown(peer.pair.fd, SHUT_WR), 0);
    hub_text_expect_end(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* One that has closed its half before it was looked at first gets what is
 * kept, and the end. */
static void test_half_closed(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_stage_flood(&stage, "/lobby", 0, 90, 1000);
    offer = offer_events(&peer, &stage, 0, 1);
    assert_int_equal(shutdown(peer.pair.fd, SHUT_WR), 0);
    hub_offer_hand_over(offer);
    for (unsigned i = 0; i < 90; i++) {
        char text[32];

        snprintf(text, sizeof(text), "\"text\":\"%08u ", i);
        hub_text_until(&peer, text);
    }
    hub_text_until(&peer, "\n\n");
    hub_text_expect_end(&peer);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* But not as long as it likes. */
static void test_flood(void **state)
{
    hub_stage stage;
    hub_peer peer;
    char much[32768] = { 0 };

    (void)state;
    hub_stage_open(&stage, 1);
    listen_to(&peer, &stage, 1);
    hub_text_until(&peer, "\n\n");
    hub_peer_write(&peer, much, sizeof(much));
    say(&stage, "still here");
    hub_text_until(&peer, "still here\"}\n\n");
    for (int i = 0; i < 4; i++) {
        hub_peer_write(&peer, much, sizeof(much));
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_FLOOD) == 1);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* A reader that stops falls off the window and goes on from the log, with
 * whole events, or is closed when it stays behind. */
static void test_slow(void **state)
{
    hub_stage stage;
    hub_peer slow;
    hub_peer quick;
    char text[32];

    (void)state;
    hub_stage_open(&stage, 1);
    listen_to(&slow, &stage, 1);
    listen_to(&quick, &stage, 2);
    hub_text_until(&slow, "\n\n");
    hub_stage_flood(&stage, "/lobby", 0, 1500, 1000);
    hub_text_until(&quick, "00001499 ");
    for (unsigned i = 0; i < 1500; i++) {
        const char *event = hub_text_until(&slow, "\n\n");

        if (strstr(event, "\"type\":\"gap\"")) {
            i = 1499;
            hub_text_until(&slow, "00001499 ");
            hub_text_until(&slow, "\n\n");
            continue;
        }
        snprintf(text, sizeof(text), "\"text\":\"%08u ", i);
        assert_non_null(strstr(event, text));
        assert_true(strncmp(event, "id: ", 4) == 0);
    }
    hub_peer_leave(&slow);
    hub_peer_leave(&quick);

    stage.settings.slow_client = 300000;
    listen_to(&slow, &stage, 1);
    hub_stage_flood(&stage, "/lobby", 0, 1500, 1000);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW) == 1);
    hub_peer_leave(&slow);
    hub_stage_close(&stage);
}

/* Closed for being slow, one that reads on gets whole events and the end, with
 * nothing of a chunk missing. */
static void test_slow_end(void **state)
{
    hub_stage stage;
    hub_peer slow;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.slow_client = 300000;
    listen_to(&slow, &stage, 1);
    hub_text_until(&slow, "\n\n");
    hub_stage_flood(&stage, "/lobby", 0, 1500, 1000);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CLOSED_SLOW) == 1);
    while (hub_peer_read(&slow, 100) || !slow.ended) {
        if (slow.in.len - slow.used > 4096) {
            hub_text_until(&slow, "\n\n");
        }
    }
    hub_text_until(&slow, "\n\n");
    while (slow.chunked ? slow.body.len > slow.body_used
                        : slow.in.len > slow.used) {
        hub_text_until(&slow, "\n\n");
    }
    hub_text_expect_end(&slow);
    hub_peer_leave(&slow);
    hub_stage_close(&stage);
}

/* The server restarts: bye, with when to come back for browsers as well. */
static void test_bye(void **state)
{
    hub_stage stage;
    hub_peer peer;
    const char *bye;
    unsigned retry;

    (void)state;
    hub_stage_open(&stage, 1);
    listen_to(&peer, &stage, 1);
    hub_text_until(&peer, "\n\n");
    hub_stop(stage.hubs[0], true);
    bye = hub_text_until(&peer, "\n\n");
    assert_int_equal(sscanf(bye, "retry: %u\ndata: {\"type\":\"bye\"", &retry),
                     1);
    assert_true(retry <= (unsigned)(stage.drain / 1000) + 1000);
    assert_non_null(strstr(bye, "\ndata: {\"type\":\"bye\",\"code\":1012,"));
    hub_text_expect_end(&peer);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

#define BOTH(test)                                \
    { #test " in chunks", test, in_chunks, NULL, NULL },   \
    { #test " as it is", test, as_it_is, NULL, NULL }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        BOTH(test_form),
        BOTH(test_both),
        BOTH(test_cursor),
        BOTH(test_once),
        BOTH(test_comments),
        BOTH(test_vanished),
        BOTH(test_input),
        BOTH(test_half_closed),
        BOTH(test_flood),
        BOTH(test_slow),
        BOTH(test_slow_end),
        BOTH(test_bye),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
