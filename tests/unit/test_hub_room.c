/* test_hub_room.c - rooms of hub/ over two children: who gets what, in which
 * order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "hub_peer.h"
#include "room/segment/room_layout.h"

#define FIN WS_FRAME_FIN
#define HELLO "{\"type\":\"hello\",\"room\":\"/lobby\","
#define MESSAGE "{\"type\":\"message\",\"id\":\""
#define ERROR(code) "{\"type\":\"error\",\"code\":\"" code "\""

static void expect_has(const hub_peer_frame *frame, const char *part)
{
    char *text = strndup((const char *)frame->data, frame->size);

    if (!strstr(text, part)) {
        fail_msg("no \"%s\" in %s", part, text);
    }
    free(text);
}

static void next(hub_peer *peer, hub_peer_frame *frame)
{
    assert_true(hub_peer_next(peer, frame));
    assert_int_equal(frame->opcode, WS_FRAME_TEXT);
}

/* The value of "name":"..." in a frame. */
static void value_of(const hub_peer_frame *frame, const char *name,
                     char into[64])
{
    char *text = strndup((const char *)frame->data, frame->size);
    char *at = strstr(text, name);

    assert_non_null(at);
    at += strlen(name);
    assert_true(strcspn(at, "\"") < 64);
    at[strcspn(at, "\"")] = '\0';
    strcpy(into, at);
    free(text);
}

static void close_all(hub_stage *stage, hub_peer *peers, int count)
{
    for (int i = 0; i < count; i++) {
        hub_peer_send(&peers[i], FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
        hub_peer_expect_close(&peers[i], 1000);
        hub_peer_expect_end(&peers[i]);
        hub_peer_leave(&peers[i]);
    }
    hub_stage_close(stage);
}

static void test_hello_and_history(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.presence_most = 200;
    hub_stage_publish(&stage, "/lobby", 5, "one", NULL);
    hub_stage_publish(&stage, "/lobby", 5, "two", NULL);
    hub_peer_join(&peer, &stage, 0, "/lobby", 0x7f3a000000000000);
    next(&peer, &frame);
    expect_has(&frame, HELLO "\"you\":{\"id\":\"g-7f3a000000000000\","
                             "\"name\":\"guest-7f3a\",\"guest\":true}");
    expect_has(&frame, "\"resumed\":false,\"gap\":false");
    expect_has(&frame, "\"limits\":{\"message\":8192,\"rate\":null,"
                       "\"burst\":null}");
    expect_has(&frame, "\"members\":{\"count\":1,\"list\":[{");
    hub_peer_expect_text(&peer, MESSAGE);
    next(&peer, &frame);
    expect_has(&frame, "\"text\":\"two\"");
    hub_stage_publish(&stage, "/lobby", 5, "three", NULL);
    next(&peer, &frame);
    expect_has(&frame, "\"text\":\"three\"");
    assert_int_equal(hub_stage_members(&stage, "/lobby"), 1);
    close_all(&stage, &peer, 1);
}

/* Joins with a cursor and tells what the hello said. */
static void join_after(hub_stage *stage, hub_peer *peer, const char *cursor,
                       const char *hello)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, 0, "/lobby", 7);
    hub_peer_frame frame;

    offer->start.given = true;
    offer->start.unusable = cursor == NULL;
    assert_true(cursor == NULL
                || room_id_parse(cursor, strlen(cursor),
                                 &offer->start.after));
    hub_offer_hand_over(offer);
    next(peer, &frame);
    expect_has(&frame, hello);
}

static void test_cursors(void **state)
{
    char ids[3][ROOM_ID_TEXT];
    char text[16];
    hub_stage stage;
    hub_peer peers[4];
    hub_peer_frame frame;
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    for (int i = 0; i < 3; i++) {
        act_result done;

        snprintf(text, sizeof(text), "number %d", i);
        done = hub_stage_publish(&stage, "/lobby", 5, text, NULL);
        room_id_format(&done.id, ids[i]);
    }
    join_after(&stage, &peers[0], ids[1], "\"resumed\":true,\"gap\":false");
    next(&peers[0], &frame);
    expect_has(&frame, ids[2]);
    join_after(&stage, &peers[1], "1-0", "\"resumed\":false,\"gap\":true");
    next(&peers[1], &frame);
    expect_has(&frame, ids[0]);
    join_after(&stage, &peers[2], NULL, "\"resumed\":false,\"gap\":true");
    next(&peers[2], &frame);
    expect_has(&frame, ids[0]);
    offer = hub_peer_offer_room(&peers[3], &stage, 0, "/lobby", 7);
    offer->start.history = 1;
    hub_offer_hand_over(offer);
    next(&peers[3], &frame);
    expect_has(&frame, ids[1]);
    next(&peers[3], &frame);
    expect_has(&frame, ids[2]);
    for (int i = 1; i < 3; i++) {
        next(&peers[i], &frame);
        expect_has(&frame, ids[1]);
        next(&peers[i], &frame);
        expect_has(&frame, ids[2]);
    }
    close_all(&stage, peers, 4);
}

/* What everybody says on two hubs comes to everybody once, byte-identical and
 * in one order, and each ack after its own message. */
static void test_one_order(void **state)
{
    enum { PEERS = 8, EACH = 25 };
    hub_stage stage;
    hub_peer peers[PEERS];
    base_bytes heard[PEERS];
    char text[80];
    hub_peer_frame frame;

    (void)state;
    hub_stage_open(&stage, 2);
    for (int i = 0; i < PEERS; i++) {
        hub_peer_join(&peers[i], &stage, i % 2, "/lobby", 1000u + (unsigned)i);
        hub_peer_expect_text(&peers[i], HELLO);
        heard[i] = (base_bytes)BASE_BYTES_INIT;
    }
    for (int n = 0; n < EACH; n++) {
        for (int i = 0; i < PEERS; i++) {
            snprintf(text, sizeof(text), "{\"type\":\"message\",\"text\":"
                     "\"%d of %d\",\"ref\":\"r%d\"}", n, i, n);
            hub_peer_say(&peers[i], text);
        }
    }
    for (int i = 0; i < PEERS; i++) {
        char own[64] = "";
        char id[64];

        for (int n = 0, acks = 0; n + acks < PEERS * EACH + EACH;) {
            next(&peers[i], &frame);
            if (memcmp(frame.data, MESSAGE, strlen(MESSAGE)) == 0) {
                base_bytes_append(&heard[i], frame.data, frame.size);
                n++;
                continue;
            }
            snprintf(own, sizeof(own), "{\"type\":\"ack\",\"ref\":\"r%d\"",
                     acks++);
            expect_has(&frame, own);
            value_of(&frame, "\"id\":\"", id);
            base_bytes_append(&heard[i], "", 1);
            assert_non_null(strstr((char *)heard[i].data, id));
            heard[i].len--;
        }
        assert_int_equal(heard[i].len, heard[0].len);
        assert_memory_equal(heard[i].data, heard[0].data, heard[0].len);
    }
    for (int i = 0; i < PEERS; i++) {
        base_bytes_free(&heard[i]);
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), PEERS * EACH);
    assert_int_equal(hub_stage_members(&stage, "/lobby"), PEERS);
    close_all(&stage, peers, PEERS);
}

/* A repeated ref is acknowledged with the first id and heard once. */
static void test_repeated(void **state)
{
    char first[64];
    char again[64];
    hub_stage stage;
    hub_peer peer;
    hub_peer_frame frame;

    (void)state;
    hub_stage_open(&stage, 1);
    hub_peer_join(&peer, &stage, 0, "/lobby", 1);
    hub_peer_expect_text(&peer, HELLO);
    hub_peer_say(&peer, "{\"type\":\"message\",\"text\":\"a\",\"ref\":\"x\"}");
    hub_peer_expect_text(&peer, MESSAGE);
    next(&peer, &frame);
    value_of(&frame, "\"id\":\"", first);
    hub_peer_say(&peer, "{\"type\":\"message\",\"text\":\"b\",\"ref\":\"x\"}");
    next(&peer, &frame);
    expect_has(&frame, "{\"type\":\"ack\",\"ref\":\"x\"");
    value_of(&frame, "\"id\":\"", again);
    assert_string_equal(first, again);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_REPEATED) == 1);
    close_all(&stage, &peer, 1);
}

static void ask(hub_peer *peer, const char *command, const char *answer)
{
    hub_peer_say(peer, command);
    hub_peer_expect_text(peer, answer);
}

static void test_errors(void **state)
{
    hub_stage stage;
    hub_peer peers[3];
    hub_offer *offer;

    (void)state;
    hub_stage_open(&stage, 1);
    stage.settings.max_message = 10;
    hub_peer_join(&peers[0], &stage, 0, "/lobby", 1);
    hub_peer_expect_text(&peers[0], HELLO);
    hub_peer_send(&peers[0], FIN | WS_FRAME_BINARY, "{}", 2);
    hub_peer_expect_text(&peers[0], ERROR("bad_type"));
    ask(&peers[0], "nonsense", ERROR("bad_json"));
    ask(&peers[0], "{\"type\":\"dance\"}", ERROR("bad_type"));
    ask(&peers[0], "{\"type\":\"message\",\"text\":\"  \"}", ERROR("empty"));
    ask(&peers[0], "{\"type\":\"message\",\"text\":\"12345678901\"}",
        ERROR("too_long"));
    ask(&peers[0], "{\"type\":\"message\",\"text\":\"a\",\"ref\":7}",
        ERROR("bad_ref"));
    ask(&peers[0], "{\"type\":\"name\",\"name\":\"\"}", ERROR("bad_name"));
    ask(&peers[0], "{\"type\":\"name\",\"name\":\"Ann\"}",
        "{\"type\":\"you\",\"id\":\"g-0000000000000001\",\"name\":\"Ann\"}");
    stage.settings.guests = ACT_GUESTS_READONLY;
    hub_peer_join(&peers[1], &stage, 0, "/lobby", 2);
    hub_peer_expect_text(&peers[1], HELLO);
    ask(&peers[1], "{\"type\":\"name\",\"name\":\"ANN\"}",
        ERROR("name_taken"));
    ask(&peers[1], "{\"type\":\"message\",\"text\":\"a\"}",
        ERROR("read_only"));
    offer = hub_peer_offer_room(&peers[2], &stage, 0, "/lobby", 3);
    offer->who.guest = false;
    chat_person_set_name(&offer->who, "Bob", 3);
    hub_offer_hand_over(offer);
    hub_peer_expect_text(&peers[2], HELLO "\"you\":{\"id\":\"u-Bob\"");
    ask(&peers[2], "{\"type\":\"name\",\"name\":\"Rob\"}",
        ERROR("forbidden"));
    hub_peer_say(&peers[2], "{\"type\":\"message\",\"text\":\"still here\"}");
    for (int i = 0; i < 3; i++) {
        hub_peer_expect_text(&peers[i], MESSAGE);
    }
    hub_peer_expect_text(&peers[2], "{\"type\":\"ack\",");
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_COMMAND_ERRORS), 10);
    close_all(&stage, peers, 3);
}

/* ChatRate is per user, over all connections and children; ten times above it
 * for ten seconds ends the connection, after what it asked for is answered. */
static void test_rate_and_flood(void **state)
{
    int64_t start;
    int64_t end = stage_clock_real() + 2 * HUB_STAGE_PATIENCE;
    int answers = 0;
    hub_stage stage;
    hub_peer peers[3];
    hub_peer_frame frame = { .opcode = WS_FRAME_TEXT };

    (void)state;
    hub_stage_open(&stage, 2);
    stage.settings.rate = 1;
    stage.settings.burst = 3;
    stage_clock_hold();
    start = base_clock_mono();
    for (int i = 0; i < 3; i++) {
        hub_peer_join(&peers[i], &stage, i % 2, "/lobby", i < 2 ? 1 : 2);
        hub_peer_expect_text(&peers[i], HELLO);
    }
    ask(&peers[0], "x", ERROR("bad_json"));
    ask(&peers[1], "x", ERROR("bad_json"));
    ask(&peers[0], "x", ERROR("bad_json"));
    hub_peer_say(&peers[1], "x");
    next(&peers[1], &frame);
    expect_has(&frame, ERROR("rate_limited"));
    expect_has(&frame, "\"retry\":");
    ask(&peers[2], "x", ERROR("bad_json"));
    for (int i = 0; i < 300; i++) {
        hub_peer_say(&peers[2], "x");
    }
    while (frame.opcode == WS_FRAME_TEXT) { /* one a second, the others wait */
        hub_peer_read(&peers[2], 1);
        while (hub_peer_take(&peers[2], &frame)) {
            answers++;
        }
        stage_clock_pass(20000);
        assert_true(stage_clock_real() < end);
    }
    assert_true(base_clock_mono() - start >= 9900000);
    assert_true(answers < 60);
    stage_clock_release();
    assert_int_equal(frame.opcode, WS_FRAME_CLOSE);
    assert_int_equal(frame.data[0] << 8 | frame.data[1], 1008);
    hub_peer_send(&peers[2], FIN | WS_FRAME_CLOSE, "\x03\xf0", 2);
    hub_peer_expect_end(&peers[2]);
    hub_peer_leave(&peers[2]);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_CLOSED_FLOOD), 1);
    close_all(&stage, peers, 2);
}

/* Two tabs in two children are one member, who is gone some time after the
 * last of them. */
static void test_members(void **state)
{
    hub_stage stage;
    hub_peer peers[3];
    int64_t start;

    (void)state;
    hub_stage_open(&stage, 2);
    for (int i = 0; i < 3; i++) {
        hub_peer_join(&peers[i], &stage, i % 2, "/lobby", i < 2 ? 1 : 2);
        hub_peer_expect_text(&peers[i], HELLO);
    }
    assert_int_equal(hub_stage_members(&stage, "/lobby"), 2);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS), 3);
    start = base_clock_mono();
    hub_peer_leave(&peers[0]);
    hub_peer_leave(&peers[2]);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 1);
    HUB_STAGE_WAIT(base_clock_mono() - start > 1000000);
    assert_int_equal(hub_stage_members(&stage, "/lobby"), 1);
    hub_peer_leave(&peers[1]);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 0);
    hub_stage_close(&stage);
}

/* A room that the last one has left may be given away in the same turn, without
 * a sweep: no time passes. */
static void test_left_rooms_are_free(void **state)
{
    hub_stage stage;

    (void)state;
    hub_stage_open(&stage, 1);
    stage_clock_hold();
    for (unsigned i = 0; i < 40; i++) {
        char path[16];
        char key[ACT_KEY_MOST];
        room_handle room;
        hub_peer peer;

        snprintf(path, sizeof(path), "/room%u", i);
        hub_peer_join(&peer, &stage, 0, path, i + 1);
        hub_peer_expect_text(&peer, "{\"type\":\"hello\",");
        assert_int_equal(room_table_find(stage.store, key,
                                         hub_stage_key(key, path), &room),
                         ROOM_OK);
        assert_false(room_layout_lonely(stage.store, room.index));
        hub_peer_leave(&peer);
        HUB_STAGE_WAIT(room_layout_lonely(stage.store, room.index));
    }
    stage_clock_release();
    hub_stage_close(&stage);
}

/* Stores a message and tells nobody, as a process that is killed then. */
static void store_silently(hub_stage *stage, const char *path)
{
    static const char head[] = "{\"type\":\"message\",\"id\":\"";
    static const char tail[] = "\",\"text\":\"x\"}";
    room_log_entry entry = { .kind = ROOM_LOG_MESSAGE, .head = head,
                             .head_size = sizeof(head) - 1, .tail = tail,
                             .tail_size = sizeof(tail) - 1,
                             .wall_ms = base_clock_wall(),
                             .mono_us = base_clock_mono() };
    char key[ACT_KEY_MOST];
    room_handle room;
    room_id id;
    uint64_t seq;

    assert_int_equal(room_table_find(stage->store, key,
                                     hub_stage_key(key, path), &room),
                     ROOM_OK);
    assert_int_equal(room_log_append(stage->store, room, &entry, &id, &seq),
                     ROOM_OK);
}

/* More rooms than are looked at in one sweep. */
static void test_lost_wake_ups(void **state)
{
    enum { ROOMS = 41 };
    static hub_peer peers[ROOMS];
    hub_peer other;
    hub_stage stage;
    char path[16];

    (void)state;
    hub_stage_open(&stage, 1);
    for (unsigned i = 0; i < ROOMS; i++) {
        snprintf(path, sizeof(path), "/room%u", i);
        hub_peer_join(&peers[i], &stage, 0, path, i + 1);
        hub_peer_expect_text(&peers[i], "{\"type\":\"hello\",");
    }
    stage_clock_hold();
    for (unsigned i = 0; i < ROOMS; i++) {
        snprintf(path, sizeof(path), "/room%u", i);
        store_silently(&stage, path);
    }
    hub_peer_echo(&other, &stage, 0);
    for (int i = 0; i < 2 * ROOMS; i++) { /* sweeps */
        stage_clock_pass(250000);
        ask(&other, "there", "there");
    }
    for (unsigned i = 0; i < ROOMS; i++) {
        hub_peer_expect_text(&peers[i], MESSAGE);
        hub_peer_leave(&peers[i]);
    }
    stage_clock_release();
    hub_peer_leave(&other);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS) == 0);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello_and_history),
        cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_one_order),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_left_rooms_are_free),
        cmocka_unit_test(test_lost_wake_ups),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_rate_and_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
