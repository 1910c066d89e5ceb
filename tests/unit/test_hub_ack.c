/* test_hub_ack.c - answers of hub/ that wait for the archive: when they come,
 * in which order, and what becomes of those that wait in vain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/archive/hub_ack.h"
#include "hub_peer.h"
#include "hub_shelf.h"
#include "room/archive/room_archive.h"
#include "room/set/room_sanction.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define ROOM "/busy"
#define HELLO "{\"type\":\"hello\""
#define MESSAGE "{\"type\":\"message\""
#define ACK "{\"type\":\"ack\""

static void join(hub_peer *peer, hub_stage *stage, uint64_t user)
{
    hub_peer_join(peer, stage, 0, ROOM, user);
    hub_peer_expect_text(peer, HELLO);
}

static void say(hub_peer *peer, const char *ref)
{
    char text[100];

    snprintf(text, sizeof(text),
             "{\"type\":\"message\",\"text\":\"x\",\"ref\":\"%s\"}", ref);
    hub_peer_say(peer, text);
}

static void expect_ack(hub_peer *peer, const char *ref)
{
    char text[100];

    snprintf(text, sizeof(text), ACK ",\"ref\":\"%s\",\"id\":\"", ref);
    hub_peer_expect_text(peer, text);
}

/* Nothing is on its way: a ping that is sent now is answered first. */
static void expect_nothing(hub_peer *peer)
{
    hub_peer_send(peer, FIN | WS_FRAME_PING, "now", 3);
    hub_peer_expect(peer, WS_FRAME_PONG, "now", 3);
}

/* Readers have it at once, its sender the ack after the commit. */
static void test_after_the_commit(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    hub_peer ben;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    join(&ann, &stage, 1);
    join(&ben, &stage, 2);
    for (int i = 0; i < 20; i++) {
        char ref[20];

        snprintf(ref, sizeof(ref), "ref-%d", i);
        say(&ann, ref);
        hub_peer_expect_text(&ben, MESSAGE);
        hub_peer_expect_text(&ann, MESSAGE);
        expect_nothing(&ann);
        hub_shelf_write(&shelf);
        expect_ack(&ann, ref);
    }
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    hub_shelf_close(&shelf);
}

static void count_one(void *context, room_handle room)
{
    (void)room;
    ++*(unsigned *)context;
}

/* The archive's writer is called for what a member says, in the turn in which
 * readers are sent it. */
static void test_writer(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    struct pollfd called = { .events = POLLIN };

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    called.fd = room_archive_fd(stage.store);
    join(&ann, &stage, 1);
    hub_shelf_write(&shelf);
    for (int i = 0; i < 20; i++) {
        unsigned rooms = 0;
        char ref[20];

        room_archive_take(stage.store, count_one, &rooms);
        assert_int_equal(poll(&called, 1, 0), 0);
        snprintf(ref, sizeof(ref), "ref-%d", i);
        say(&ann, ref);
        hub_peer_expect_text(&ann, MESSAGE);
        HUB_STAGE_WAIT(poll(&called, 1, 0) == 1);
        rooms = 0;
        room_archive_take(stage.store, count_one, &rooms);
        assert_int_equal(rooms, 1);
        hub_shelf_write(&shelf);
        expect_ack(&ann, ref);
    }
    hub_peer_leave(&ann);
    hub_shelf_close(&shelf);
}

/* Without ChatArchiveAck nobody waits. */
static void test_without(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;

    (void)state;
    hub_shelf_open(&shelf, &stage, false);
    join(&ann, &stage, 1);
    say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    expect_ack(&ann, "one");
    hub_peer_leave(&ann);
    hub_shelf_close(&shelf);
}

/* What came later is answered later, also what would not have to wait; of
 * another person it does not wait. */
static void test_order(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    hub_peer ben;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    join(&ann, &stage, 1);
    join(&ben, &stage, 2);
    say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_say(&ann, "{\"type\":\"name\",\"name\":\"Ann\"}");
    hub_peer_say(&ann, "nothing");
    say(&ann, "two");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_say(&ann, "{\"type\":\"unknown\",\"ref\":\"three\"}");
    expect_nothing(&ann);
    hub_peer_expect_text(&ben, MESSAGE);
    hub_peer_expect_text(&ben, MESSAGE);
    hub_peer_say(&ben, "nothing");
    hub_peer_expect_text(&ben, "{\"type\":\"error\",\"code\":\"bad_json\"");
    hub_shelf_write(&shelf);
    expect_ack(&ann, "one");
    hub_peer_expect_text(&ann, "{\"type\":\"you\"");
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"bad_json\"");
    expect_ack(&ann, "two");
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"bad_type\"");
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    hub_shelf_close(&shelf);
}

/* So is every other command that stores something. */
static void test_amendments(void **state)
{
    static const char *const formats[] = {
        "{\"type\":\"edit\",\"id\":\"%s\",\"text\":\"y\",\"ref\":\"r\"}",
        "{\"type\":\"delete\",\"id\":\"%s\",\"ref\":\"r\"}",
        "{\"type\":\"room\",\"topic\":\"%.5s\",\"ref\":\"r\"}",
        "{\"type\":\"clear\",\"ref\":\"r\"}",
    };
    static const char *const events[] = { "edited", "deleted", "room",
                                          "cleared" };
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    char id[ROOM_ID_TEXT];
    char text[200];
    act_result one;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    stage.settings.moderates = 1;
    stage.settings.amend = 60000;
    one = hub_stage_publish(&stage, ROOM, 1, "x", NULL);
    room_id_format(&one.id, id);
    join(&ann, &stage, 1);
    hub_peer_expect_text(&ann, MESSAGE);
    for (int i = 0; i < 4; i++) {
        int size = snprintf(text, sizeof(text), formats[i], id);

        assert_in_range(size, 1, sizeof(text) - 1);
        hub_peer_say(&ann, text);
        snprintf(text, sizeof(text), "{\"type\":\"%s\"", events[i]);
        hub_peer_expect_text(&ann, text);
        expect_nothing(&ann);
        hub_shelf_write(&shelf);
        expect_ack(&ann, "r");
    }
    hub_peer_leave(&ann);
    hub_shelf_close(&shelf);
}

/* And each sanction. */
static void test_sanctions(void **state)
{
    static const char *const commands[] = { "mute", "ban", "kick", "pardon" };
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    stage.settings.moderates = 1;
    join(&ann, &stage, 1);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        hub_peer_frame frame;
        char text[100];

        snprintf(text, sizeof(text),
                 "{\"type\":\"%s\",\"user\":\"g-0000000000000007\","
                 "\"ref\":\"r\"}", commands[i]);
        hub_peer_say(&ann, text);
        hub_peer_expect_text(&ann, "{\"type\":\"sanction\"");
        expect_nothing(&ann);
        room_archive_done_sanctions(stage.store,
                                    room_sanction_version(stage.store));
        do {
            assert_true(hub_peer_next(&ann, &frame));
        } while (memcmp(frame.data, ACK, strlen(ACK)) != 0);
    }
    hub_peer_leave(&ann);
    hub_shelf_close(&shelf);
}

/* The same ref again, while it is on its way: both wait. Once it is there the
 * ack comes at once, whatever else is on its way. */
static void test_resend(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    hub_peer tab;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    join(&ann, &stage, 1);
    say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    join(&tab, &stage, 1);
    hub_peer_expect_text(&tab, MESSAGE);
    say(&tab, "one");
    expect_nothing(&tab);
    expect_nothing(&ann);
    hub_shelf_write(&shelf);
    expect_ack(&ann, "one");
    expect_ack(&tab, "one");
    say(&ann, "two");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_expect_text(&tab, MESSAGE);
    say(&tab, "one");
    expect_ack(&tab, "one");
    expect_nothing(&ann);
    hub_peer_leave(&ann);
    hub_peer_leave(&tab);
    hub_shelf_close(&shelf);
}

/* Whoever waits for too long is told so, with the ref; what comes later goes
 * its own way, and the same sent again is acked when it is there. */
static void test_in_vain(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    hub_peer_frame frame = { .data = NULL };

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    stage_clock_hold();
    join(&ann, &stage, 1);
    say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_say(&ann, "nothing");
    stage_clock_pass(HUB_ACK_US - 1000000);
    expect_nothing(&ann);
    stage_clock_pass(1100000);
    assert_true(hub_peer_next(&ann, &frame));
    assert_non_null(memmem(frame.data, frame.size,
                           "\"code\":\"unavailable\"", 20));
    assert_non_null(memmem(frame.data, frame.size, "\"ref\":\"one\"", 11));
    assert_non_null(memmem(frame.data, frame.size, "\"retry\":", 8));
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"bad_json\"");
    say(&ann, "one");
    expect_nothing(&ann);
    hub_shelf_write(&shelf);
    expect_ack(&ann, "one");
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 1);
    stage_clock_release();
    hub_peer_leave(&ann);
    hub_shelf_close(&shelf);
}

/* Whoever goes takes nothing along, and leaves nothing. */
static void test_gone(void **state)
{
    enum { MANY = 50 };
    static hub_peer peers[MANY];
    hub_stage stage;
    hub_shelf shelf;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    for (int i = 0; i < MANY; i++) {
        join(&peers[i], &stage, 1 + (unsigned)i);
    }
    for (int i = 0; i < MANY; i++) {
        say(&peers[i], "one");
        say(&peers[i], "two");
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 2 * MANY);
    for (int i = 0; i < MANY; i += 2) {
        hub_peer_leave(&peers[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == MANY / 2);
    hub_shelf_write(&shelf);
    for (int i = 1; i < MANY; i += 2) {
        hub_peer_frame frame;
        unsigned acks = 0;

        while (acks < 2) {
            assert_true(hub_peer_next(&peers[i], &frame));
            acks += frame.size > strlen(ACK)
                    && memcmp(frame.data, ACK, strlen(ACK)) == 0;
        }
        hub_peer_leave(&peers[i]);
    }
    hub_shelf_close(&shelf);
}

/* A Close, or the end of what the client sends, comes behind what it waits
 * for. */
static void end_behind(bool says_close)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;

    hub_shelf_open(&shelf, &stage, true);
    join(&ann, &stage, 1);
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT,
                   "{\"type\":\"message\",\"text\":\"x\",\"ref\":\"one\"}");
    if (says_close) {
        ws_stream_frame(&stream, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    }
    hub_peer_write(&ann, stream.data, stream.len);
    if (!says_close) {
        assert_int_equal(shutdown(ann.pair.fd, SHUT_WR), 0);
    }
    hub_peer_expect_text(&ann, MESSAGE);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    hub_shelf_write(&shelf);
    expect_ack(&ann, "one");
    if (says_close) {
        hub_peer_expect_close(&ann, 1000);
    }
    hub_peer_expect_end(&ann);
    hub_peer_leave(&ann);
    base_bytes_free(&stream);
    hub_shelf_close(&shelf);
}

static void test_last_words(void **state)
{
    (void)state;
    end_behind(true);
    end_behind(false);
}

/* A child that stops says what it may say, and goodbye. */
static void test_stop(void **state)
{
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    hub_peer ben;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    join(&ann, &stage, 1);
    say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_shelf_write(&shelf);
    expect_ack(&ann, "one");
    join(&ben, &stage, 2);
    hub_peer_expect_text(&ben, MESSAGE);
    say(&ben, "two");
    hub_peer_expect_text(&ben, MESSAGE);
    hub_stop(stage.hubs[0], true);
    hub_peer_expect_text(&ben, "{\"type\":\"bye\",\"code\":1012");
    hub_peer_expect_close(&ben, 1012);
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    hub_shelf_close(&shelf);
}

/* How many were taken in. */
static unsigned take_acks(hub_peer *peer)
{
    hub_peer_frame frame;
    unsigned acks = 0;

    while (hub_peer_take(peer, &frame)) {
        acks += frame.size > strlen(ACK)
                && memcmp(frame.data, ACK, strlen(ACK)) == 0;
    }
    return acks;
}

/* One who pipelines without a rate is not read on while so many answers wait,
 * and costs little memory. */
static void test_pipelining(void **state)
{
    enum { MANY = 5000, AHEAD = 2000 };
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    hub_shelf shelf;
    hub_peer ann;
    unsigned acks = 0;

    (void)state;
    hub_shelf_open(&shelf, &stage, true);
    join(&ann, &stage, 1);
    for (int i = 0; i < MANY; i++) {
        ws_stream_text(&stream, FIN | WS_FRAME_TEXT,
                       "{\"type\":\"message\",\"text\":\"x\"}");
    }
    for (size_t at = 0; at < stream.len || acks < MANY;) {
        size_t piece = stream.len - at < 4000 ? stream.len - at : 4000;
        uint64_t said = hub_stage_count(&stage, ACT_COUNT_MESSAGES);

        while (said > acks + AHEAD) { /* on their way, or never sent */
            assert_true(hub_peer_read(&ann,
                                      (int)(HUB_STAGE_PATIENCE / 1000)));
            acks += take_acks(&ann);
        }
        if (piece > 0) {
            ssize_t sent = send(ann.pair.fd, stream.data + at, piece,
                                MSG_NOSIGNAL | MSG_DONTWAIT);

            at += sent > 0 ? (size_t)sent : 0;
        }
        acks += take_acks(&ann);
        if (!hub_peer_read(&ann, 20)) {
            hub_shelf_write(&shelf);
        }
    }
    assert_int_equal(acks, MANY);
    hub_peer_leave(&ann);
    base_bytes_free(&stream);
    hub_shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_the_commit),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_amendments),
        cmocka_unit_test(test_sanctions),
        cmocka_unit_test(test_resend),
        cmocka_unit_test(test_in_vain),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_pipelining),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
