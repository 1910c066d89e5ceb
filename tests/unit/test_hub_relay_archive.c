/* test_hub_relay_archive.c - hosts that share their rooms, and an archive of
 * one of them: an answer comes when that has what it confirms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "hub/archive/hub_ack.h"
#include "hub_peer.h"
#include "relay_double.h"
#include "room/log/room_log.h"
#include "room/relay/room_follow.h"

#define FIN WS_FRAME_FIN
#define MESSAGE "{\"type\":\"message\""
#define UNAVAILABLE "{\"type\":\"error\",\"code\":\"unavailable\""

/* Nothing is on its way: a ping that is sent now is answered first. */
static void expect_nothing(hub_peer *peer)
{
    hub_peer_send(peer, FIN | WS_FRAME_PING, "now", 3);
    hub_peer_expect(peer, WS_FRAME_PONG, "now", 3);
}

/* The same, but for gaps. */
static void expect_gaps_only(hub_peer *peer)
{
    static const char gap[] = "{\"type\":\"gap\"";
    hub_peer_frame frame;

    hub_peer_send(peer, FIN | WS_FRAME_PING, "now", 3);
    do {
        assert_true(hub_peer_next(peer, &frame));
        if (frame.size > 3) {
            assert_memory_equal(frame.data, gap, strlen(gap));
        }
    } while (frame.size > 3);
}

/* The first of all, when this host knows of no archive yet, and all others. */
static void test_after_the_commit(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer ben;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&ben, &stage, 2);
    relay_double_archive(r, true);
    for (int i = 0; i < 20; i++) {
        char ref[20];

        snprintf(ref, sizeof(ref), "ref-%d", i);
        relay_double_say(&ann, ref);
        hub_peer_expect_text(&ben, MESSAGE);
        hub_peer_expect_text(&ann, MESSAGE);
        expect_nothing(&ann);
        relay_double_keep(r, false);
        relay_double_expect_ack(&ann, ref);
    }
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    relay_double_close(r, &stage);
}

/* What is archived before it has come by here waits for that. */
static void test_late(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_archive(r, true);
    relay_double_hide(r, true);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    expect_nothing(&ann);
    relay_double_hide(r, false);
    hub_peer_expect_text(&ann, MESSAGE);
    expect_nothing(&ann);
    relay_double_keep(r, false);
    relay_double_expect_ack(&ann, "one");
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* The same ref again waits, too; once it is there the ack comes at once. */
static void test_resend(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer tab;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&tab, &stage, 1);
    relay_double_archive(r, true);
    relay_double_say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_expect_text(&tab, MESSAGE);
    relay_double_say(&tab, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_REPEATED) == 1);
    expect_nothing(&tab);
    expect_nothing(&ann);
    relay_double_keep(r, false);
    relay_double_expect_ack(&ann, "one");
    relay_double_expect_ack(&tab, "one");
    relay_double_say(&ann, "two");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_expect_text(&tab, MESSAGE);
    relay_double_say(&tab, "one");
    relay_double_expect_ack(&tab, "one");
    expect_nothing(&ann);
    hub_peer_leave(&ann);
    hub_peer_leave(&tab);
    relay_double_close(r, &stage);
}

static void test_refused(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_archive(r, true);
    relay_double_say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    relay_double_keep(r, true);
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"filtered\"");
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* Whoever waits for too long is told what for. */
static void test_in_vain(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer_frame frame;

    (void)state;
    stage_clock_hold();
    relay_double_join(&ann, &stage, 1);
    relay_double_archive(r, true);
    relay_double_say(&ann, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    stage_clock_pass(HUB_ACK_US - 1000000);
    expect_nothing(&ann);
    /* It may have begun to wait after it had seen the message. */
    stage_clock_pass(1100000);
    stage_clock_release();
    assert_true(hub_peer_next(&ann, &frame));
    assert_memory_equal(frame.data, UNAVAILABLE, strlen(UNAVAILABLE));
    assert_non_null(memmem(frame.data, frame.size, "archive", 7));
    relay_double_say(&ann, "one");
    expect_nothing(&ann);
    relay_double_keep(r, false);
    relay_double_expect_ack(&ann, "one");
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 1);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* The room with the records of these ids, as Redis has it; the archive has it
 * up to `kept`. */
static void replace(hub_stage *stage, const room_id *ids, size_t count,
                    const room_id *kept)
{
    static const char body[] = "{\"type\":\"message\",\"text\":\"x\"}";
    room_import_record records[4];
    room_import_room what = { .birth = { 1, 0 }, .complete = { 1, 0 },
                              .newest = ids[count - 1],
                              .kept = *kept, .keep_ms = INT64_MAX,
                              .records = records, .count = count };
    char key[ACT_KEY_MOST];
    room_handle room;

    for (size_t i = 0; i < count; i++) {
        records[i] = (room_import_record){
            .kind = ROOM_LOG_MESSAGE, .id = ids[i], .author = 1,
            .stored_ms = base_clock_wall(), .body = body,
            .size = sizeof(body) - 1, .text_at = 25, .text_size = 3 };
    }
    assert_int_equal(room_table_find(stage->store, key,
                                     hub_stage_key(key, RELAY_DOUBLE_ROOM),
                                     &room), ROOM_OK);
    assert_int_equal(room_follow_replace(stage->store, room, &what, 7,
                                         base_clock_now()), ROOM_OK);
    room_log_wake_readers(stage->store, room, -1);
}

static room_id next_id(hub_peer *peer)
{
    hub_peer_frame frame;
    const char *at;
    room_id id;

    assert_true(hub_peer_next(peer, &frame));
    assert_memory_equal(frame.data, MESSAGE, strlen(MESSAGE));
    at = memmem(frame.data, frame.size, "\"id\":\"", 6);
    assert_non_null(at);
    assert_true(room_id_parse(at + 6, strcspn(at + 6, "\""), &id));
    return id;
}

/* The room is read in anew, and its records have other numbers. */
static void test_other_numbers(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    room_id ids[2];

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_archive(r, true);
    relay_double_say(&ann, "one");
    ids[0] = next_id(&ann);
    relay_double_keep(r, false);
    relay_double_expect_ack(&ann, "one");
    relay_double_say(&ann, "two");
    ids[1] = next_id(&ann);
    expect_nothing(&ann);
    for (int i = 0; i < 3; i++) {
        replace(&stage, ids, 2, &ids[0]);
        expect_gaps_only(&ann);
    }
    relay_double_keep(r, false);
    relay_double_expect_ack(&ann, "two");
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* A POST on a thread of its own. */
typedef struct {
    hub_stage *stage;
    const char *ref;
    pthread_t thread;
    _Atomic bool over;
    act_result done;
} posting;

static void *post(void *context)
{
    posting *it = context;

    it->done = hub_stage_publish(it->stage, RELAY_DOUBLE_ROOM, 1, "x",
                                 it->ref);
    it->over = true;
    return NULL;
}

static void begin(posting *it, hub_stage *stage, const char *ref)
{
    *it = (posting){ .stage = stage, .ref = ref };
    assert_int_equal(pthread_create(&it->thread, NULL, post, it), 0);
}

static void test_post(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    posting one;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_archive(r, true);
    for (int i = 0; i < 20; i++) {
        bool refused = i == 10;
        char ref[20];

        snprintf(ref, sizeof(ref), "ref-%d", i);
        begin(&one, &stage, ref);
        hub_peer_expect_text(&ann, MESSAGE);
        assert_false(one.over);
        relay_double_keep(r, refused);
        pthread_join(one.thread, NULL);
        assert_int_equal(one.done.error, refused ? CHAT_NOT_KEPT : CHAT_OK);
    }
    begin(&one, &stage, "last");
    pthread_join(one.thread, NULL);
    assert_int_equal(one.done.error, CHAT_UNAVAILABLE);
    assert_true(one.done.retry > 0);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

static void test_post_of_other_numbers(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    posting one;
    room_id ids[2];

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_archive(r, true);
    relay_double_say(&ann, "one");
    ids[0] = next_id(&ann);
    relay_double_keep(r, false);
    relay_double_expect_ack(&ann, "one");
    begin(&one, &stage, "two");
    ids[1] = next_id(&ann);
    for (int i = 0; i < 100; i++) { /* it waits by then */
        replace(&stage, ids, 2, &ids[0]);
        expect_gaps_only(&ann);
    }
    relay_double_keep(r, true);
    pthread_join(one.thread, NULL);
    assert_int_equal(one.done.error, CHAT_NOT_KEPT);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_the_commit),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_resend),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_in_vain),
        cmocka_unit_test(test_other_numbers),
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_post_of_other_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
