/* test_hub_relay_anew.c - a room that the relay gives once more from its
 * beginning is told from where its readers are: one gap, and nothing twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "hub_text.h"
#include "relay_double.h"
#include "room/log/room_log.h"
#include "room/relay/room_follow.h"
#include "stage_clock.h"

#define MOST 90

/* What Redis has of the room. */
typedef struct {
    hub_stage stage;
    relay *r;
    room_handle room;
    room_import_record records[MOST];
    size_t count;
    char bodies[MOST][8000];
    size_t size; /* of each */
} scene;

static void begin(scene *s, size_t size)
{
    char key[ACT_KEY_MOST];

    s->count = 0;
    s->size = size;
    s->r = relay_double_begin(&s->stage);
    assert_int_equal(room_table_find(s->stage.store, key,
                                     hub_stage_key(key, RELAY_DOUBLE_ROOM),
                                     &s->room), ROOM_OK);
}

static void add(scene *s, unsigned ms)
{
    char *body = s->bodies[s->count];
    int head = snprintf(body, sizeof(s->bodies[0]), "{\"type\":\"message\","
                        "\"id\":\"%u-0\",\"text\":", ms);

    assert_true(s->count < MOST && (size_t)head + 3 < s->size);
    memset(body + head, 'x', s->size - (size_t)head);
    body[head] = body[s->size - 2] = '"';
    body[s->size - 1] = '}';
    s->records[s->count++] = (room_import_record){
        .kind = ROOM_LOG_MESSAGE, .id = { ms, 0 }, .author = 7,
        .stored_ms = base_clock_wall(), .body = body, .size = s->size,
        .text_at = (size_t)head, .text_size = s->size - (size_t)head - 1 };
}

/* It is told as it comes. */
static void live(scene *s, unsigned ms)
{
    add(s, ms);
    assert_int_equal(room_follow_append(s->stage.store, s->room,
                                        &(room_id){ 0, 0 },
                                        &s->records[s->count - 1], NULL,
                                        base_clock_now()), ROOM_OK);
    room_log_wake_readers(s->stage.store, s->room, -1);
}

/* Its readers are not woken yet. */
static void replace_silently(scene *s, uint64_t epoch)
{
    room_import_room what = { .birth = { 1, 0 }, .complete = { 1, 0 },
                              .newest = s->records[s->count - 1].id,
                              .records = s->records, .count = s->count };

    assert_int_equal(room_follow_replace(s->stage.store, s->room, &what, epoch,
                                         base_clock_now()), ROOM_OK);
}

static void replace(scene *s, uint64_t epoch)
{
    replace_silently(s, epoch);
    room_log_wake_readers(s->stage.store, s->room, -1);
}

static void expect(hub_peer *peer, unsigned ms)
{
    char text[60];

    snprintf(text, sizeof(text), "{\"type\":\"message\",\"id\":\"%u-0\"", ms);
    hub_peer_expect_text(peer, text);
}

static void expect_gap(hub_peer *peer, unsigned after, unsigned next)
{
    char text[80];

    snprintf(text, sizeof(text),
             "{\"type\":\"gap\",\"after\":\"%u-0\",\"next\":\"%u-0\"}", after,
             next);
    hub_peer_expect_text(peer, text);
}

static void test_streams(void **state)
{
    static scene s;
    hub_peer ann;

    (void)state;
    begin(&s, 100);
    relay_double_join(&ann, &s.stage, 1);
    for (unsigned ms = 10; ms < 15; ms++) {
        live(&s, ms);
        expect(&ann, ms);
    }
    add(&s, 15);
    add(&s, 16);
    replace(&s, 2);
    expect_gap(&ann, 14, 15);
    expect(&ann, 15);
    expect(&ann, 16);
    live(&s, 17);
    expect(&ann, 17);
    /* Nothing new: it is told in front of what comes next. */
    replace(&s, 3);
    live(&s, 18);
    expect_gap(&ann, 17, 18);
    expect(&ann, 18);
    live(&s, 19);
    expect(&ann, 19);
    hub_peer_leave(&ann);
    relay_double_close(s.r, &s.stage);
}

static room_log_position seek(scene *s, unsigned ms)
{
    room_id after = { ms, 0 };
    room_log_position found;

    assert_int_equal(room_log_seek(s->stage.store, s->room, &after, 0,
                                   base_clock_mono(), &found), ROOM_OK);
    return found;
}

/* What comes in late in front of what was told is told, too. */
static void test_late_ones(void **state)
{
    static scene s;
    room_relay_facts facts;
    hub_peer ann;

    (void)state;
    begin(&s, 100);
    relay_double_join(&ann, &s.stage, 1);
    for (unsigned ms = 10; ms < 20; ms += 3) { /* 10, 13, 16, 19 */
        live(&s, ms);
        expect(&ann, ms);
    }
    s.count = 2;
    add(&s, 15);
    add(&s, 16);
    add(&s, 19);
    assert_int_equal(room_follow_skip(s.stage.store, s.room,
                                      &(room_id){ 13, 0 }), ROOM_OK);
    assert_int_equal(room_relay_look(s.stage.store, s.room, &facts), ROOM_OK);
    replace(&s, facts.epoch);
    expect_gap(&ann, 19, 15);
    expect(&ann, 15);
    expect(&ann, 16);
    expect(&ann, 19);
    live(&s, 20);
    expect(&ann, 20);
    assert_true(seek(&s, 10).resumed && seek(&s, 13).resumed);
    assert_true(seek(&s, 16).gap && seek(&s, 19).gap);
    assert_true(seek(&s, 20).resumed);
    replace(&s, facts.epoch);
    live(&s, 21);
    expect_gap(&ann, 20, 21);
    expect(&ann, 21);
    hub_peer_leave(&ann);
    relay_double_close(s.r, &s.stage);
}

/* In place of httpd's. */
static void write_head(base_bytes *out, const base_bytes *lines, int retry,
                       int64_t length)
{
    (void)lines;
    (void)length;
    base_bytes_append_format(out, "head %d\n", retry);
}

/* Who waits for the next one is not told the others again. */
static void test_polls(void **state)
{
    static scene s;
    room_relay_facts facts;
    hub_offer *offer;
    hub_peer ann;

    (void)state;
    begin(&s, 100);
    for (unsigned ms = 10; ms < 15; ms++) {
        live(&s, ms);
    }
    offer = hub_peer_offer_room(&ann, &s.stage, 0, RELAY_DOUBLE_ROOM, 1);
    offer->way = &hub_way_longpoll;
    offer->start.given = true;
    offer->start.after = (room_id){ 14, 0 };
    offer->wait = HUB_STAGE_PATIENCE;
    offer->head = write_head;
    hub_offer_hand_over(offer);
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_ROOM_CLIENTS) == 1);
    assert_int_equal(room_relay_look(s.stage.store, s.room, &facts), ROOM_OK);
    replace(&s, facts.epoch);
    live(&s, 15);
    assert_string_equal(hub_text_until(&ann, "\"events\":["),
                        "head 0\n{\"cursor\":\"15-0\",\"gap\":false,"
                        "\"events\":[");
    (void)hub_text_until(&ann, "]}");
    hub_peer_expect_end(&ann);
    hub_peer_leave(&ann);
    relay_double_close(s.r, &s.stage);
}

/* Who is behind, and reads from the log. */
typedef struct {
    hub_peer peer;
    unsigned next; /* the message that comes next */
    unsigned gaps;
} late_reader;

static void hear(late_reader *reader, const hub_peer_frame *frame)
{
    static const char gap[] = "{\"type\":\"gap\"";
    char text[60];

    snprintf(text, sizeof(text), "{\"type\":\"message\",\"id\":\"%u-0\"",
             reader->next);
    assert_true(frame->size > strlen(text));
    if (memcmp(frame->data, gap, strlen(gap)) == 0) {
        reader->gaps++;
    }
    else {
        assert_memory_equal(frame->data, text, strlen(text));
        reader->next++;
    }
}

/* With the first message its backlog is taken; it reads nothing else of it. */
static void fall_behind(late_reader *reader, scene *s)
{
    hub_peer_frame frame;

    *reader = (late_reader){ .next = 10 };
    begin(s, sizeof(s->bodies[0]));
    for (unsigned ms = 10; ms < 10 + MOST - 1; ms++) {
        live(s, ms);
    }
    relay_double_join(&reader->peer, &s->stage, 1);
    assert_true(hub_peer_next(&reader->peer, &frame));
    hear(reader, &frame);
    add(s, 10 + MOST - 1);
}

static void hear_all(late_reader *reader)
{
    hub_peer_frame frame;

    while (reader->next < 10 + MOST) {
        assert_true(hub_peer_next(&reader->peer, &frame));
        hear(reader, &frame);
    }
    assert_int_equal(reader->gaps, 1);
}

static void test_backlogs(void **state)
{
    static scene s;
    late_reader ann;

    (void)state;
    fall_behind(&ann, &s);
    replace(&s, 2);
    hear_all(&ann);
    hub_peer_leave(&ann.peer);
    relay_double_close(s.r, &s.stage);
}

/* What has come to the hub before is read now. */
static void turn(hub_peer *ben)
{
    hub_peer_say(ben, "look");
    hub_peer_expect(ben, WS_FRAME_TEXT, "look", 4);
}

/* The hub looks at the log again and again before it is told that the room was
 * given anew. */
static void test_backlog_before_the_wake(void **state)
{
    static scene s;
    late_reader ann;
    hub_peer ben;
    hub_peer_frame frame;

    (void)state;
    fall_behind(&ann, &s);
    hub_peer_echo(&ben, &s.stage, 0);
    stage_clock_hold(); /* or the sweep would look for what woke nobody */
    turn(&ben);
    replace_silently(&s, 2);
    for (unsigned quiet = 0; quiet < 3; quiet++) {
        hub_peer_send(&ann.peer, WS_FRAME_FIN | WS_FRAME_PING, "", 0);
        turn(&ben);
        while (hub_peer_read(&ann.peer, 0)) {
            quiet = 0;
        }
        while (hub_peer_take(&ann.peer, &frame)) {
            hear(&ann, &frame);
        }
    }
    assert_in_range(ann.next, 11, 10 + MOST - 2);
    stage_clock_release();
    room_log_wake_readers(s.stage.store, s.room, -1);
    hear_all(&ann);
    hub_peer_leave(&ben);
    hub_peer_leave(&ann.peer);
    relay_double_close(s.r, &s.stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_late_ones),
        cmocka_unit_test(test_polls),
        cmocka_unit_test(test_backlogs),
        cmocka_unit_test(test_backlog_before_the_wake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
