/* test_hub_relay.c - what members say where several hosts are one chat: it
 * comes back before it is confirmed, and each command has one answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "hub/archive/hub_ack.h"
#include "hub_peer.h"
#include "relay_double.h"

#define FIN WS_FRAME_FIN
#define MESSAGE "{\"type\":\"message\""
#define ACK "{\"type\":\"ack\""

/* The id in the next text, which begins so. */
static void expect_id(hub_peer *peer, const char *start, char id[ROOM_ID_TEXT])
{
    hub_peer_frame frame;
    const char *at;

    assert_true(hub_peer_next(peer, &frame));
    assert_true(frame.size > strlen(start));
    assert_memory_equal(frame.data, start, strlen(start));
    at = memmem(frame.data, frame.size, "\"id\":\"", 6);
    assert_non_null(at);
    snprintf(id, ROOM_ID_TEXT, "%.*s", (int)strcspn(at + 6, "\""), at + 6);
}

/* The next one that is no message of the room. */
static void expect_answer(hub_peer *peer, const char *start)
{
    hub_peer_frame frame;

    do {
        assert_true(hub_peer_next(peer, &frame));
        assert_true(frame.size > strlen(MESSAGE));
    } while (memcmp(frame.data, MESSAGE, strlen(MESSAGE)) == 0);
    assert_true(frame.size > strlen(start));
    assert_memory_equal(frame.data, start, strlen(start));
}

/* Nothing is on its way: a ping that is sent now is answered first. Of a
 * client that is read. */
static void expect_nothing(hub_peer *peer)
{
    hub_peer_send(peer, FIN | WS_FRAME_PING, "now", 3);
    hub_peer_expect(peer, WS_FRAME_PONG, "now", 3);
}

/* The event comes before the ack, which has its id. */
static void test_order(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer ben;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&ben, &stage, 2);
    for (int i = 0; i < 50; i++) {
        char told[ROOM_ID_TEXT];
        char acked[ROOM_ID_TEXT];
        char ref[20];

        snprintf(ref, sizeof(ref), "ref-%d", i);
        relay_double_say(&ann, ref);
        hub_peer_expect_text(&ben, MESSAGE);
        expect_id(&ann, MESSAGE, told);
        expect_id(&ann, ACK, acked);
        assert_string_equal(told, acked);
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 50);
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    relay_double_close(r, &stage);
}

/* The relay has it, the room not yet: the client is read on, its other answers
 * wait behind. */
static void test_late(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer ben;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&ben, &stage, 2);
    relay_double_hide(r, true);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    expect_nothing(&ann);
    hub_peer_say(&ann, "nothing");
    expect_nothing(&ann);
    expect_nothing(&ben);
    relay_double_hide(r, false);
    hub_peer_expect_text(&ben, MESSAGE);
    hub_peer_expect_text(&ann, MESSAGE);
    relay_double_expect_ack(&ann, "one");
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"bad_json\"");
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    relay_double_close(r, &stage);
}

/* The relay has lost it: what comes by is later. */
static void test_lost(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer ben;
    int64_t lost;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&ben, &stage, 2);
    relay_double_hide(r, true);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    lost = base_clock_wall();
    expect_nothing(&ann);
    HUB_STAGE_WAIT(base_clock_wall() > lost); /* for another id */
    relay_double_drop(r, true);
    relay_double_hide(r, false);
    relay_double_say(&ben, "two");
    hub_peer_expect_text(&ben, MESSAGE);
    relay_double_expect_ack(&ben, "two");
    hub_peer_expect_text(&ann, MESSAGE);
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"unavailable\"");
    relay_double_say(&ann, "three");
    hub_peer_expect_text(&ann, MESSAGE);
    relay_double_expect_ack(&ann, "three");
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    relay_double_close(r, &stage);
}

/* Before that is answered nobody reads the client: its answers come in the
 * order of its commands. Another one's do not wait for it. */
static void test_turns(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer ben;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&ben, &stage, 2);
    relay_double_hold(r, true);
    relay_double_say(&ann, "one");
    hub_peer_say(&ann, "nothing");
    relay_double_say(&ann, "two");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    hub_peer_say(&ben, "nothing");
    hub_peer_expect_text(&ben, "{\"type\":\"error\",\"code\":\"bad_json\"");
    assert_int_equal(relay_double_sent(r), 1);
    relay_double_hold(r, false);
    expect_answer(&ann, ACK ",\"ref\":\"one\"");
    expect_answer(&ann, "{\"type\":\"error\",\"code\":\"bad_json\"");
    expect_answer(&ann, ACK ",\"ref\":\"two\"");
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    relay_double_close(r, &stage);
}

#define SAY "{\"type\":\"message\",\"text\":\"x\",\"ref\":\"r\"}"
#define EDIT "{\"type\":\"edit\",\"id\":\"5-0\",\"text\":\"x\",\"ref\":\"r\"}"
#define DELETE "{\"type\":\"delete\",\"id\":\"5-0\",\"ref\":\"r\"}"
#define CLEAR "{\"type\":\"clear\",\"ref\":\"r\"}"
#define PARDON "{\"type\":\"pardon\",\"user\":\"g-0000000000000007\"," \
    "\"ref\":\"r\"}"
#define TOPIC "{\"type\":\"room\",\"topic\":\"x\",\"ref\":\"r\"}"

/* What comes of a command, by the word of the relay. */
static const struct {
    const char *json;
    const char *word;
    const char *code; /* NULL: an ack without an id */
    const char *also;
} rows[] = {
    { SAY, "LOCKED", "locked", "" },
    { SAY, "SLOW", "slow", "\"retry\":1.3" },
    { SAY, "UNREAD", "unavailable", "\"retry\":2" },
    { SAY, "AWAY", "unavailable", "\"retry\":2" },
    { SAY, "REFUSED", "unavailable", "\"retry\":2" },
    { SAY, "nonsense", "unavailable", "\"retry\":2" },
    { SAY, "", "unavailable", "\"retry\":2" },
    { EDIT, "ABSENT", "not_found", "gone" },
    { EDIT, "DENIED", "forbidden", "not yours" },
    { EDIT, "LATE", "forbidden", "too late" },
    { EDIT, "SAME", NULL, "" },
    { EDIT, "AWAY", "unavailable", "\"retry\":2" },
    { DELETE, "ABSENT", "not_found", "gone" },
    { DELETE, "DENIED", "forbidden", "not yours" },
    { DELETE, "LATE", "forbidden", "too late" },
    { DELETE, "SAME", NULL, "" },
    { CLEAR, "SAME", NULL, "" },
    { CLEAR, "ABSENT", NULL, "" },
    { TOPIC, "SAME", NULL, "" },
    { TOPIC, "STALE", "unavailable", "\"retry\":2" },
    { TOPIC, "AWAY", "unavailable", "\"retry\":2" },
    { PARDON, "RATE", NULL, "" }, /* that is no answer to it */
    /* over the rate on all hosts: not read again before that, so the last */
    { SAY, "RATE", "rate_limited", "\"retry\":1.25" },
};

static void test_words(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    stage.settings.moderates = 1;
    stage.settings.amend = 60000;
    relay_double_join(&ann, &stage, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hub_peer_frame frame;
        char text[100];

        relay_double_refuse(r, rows[i].word, 100);
        hub_peer_say(&ann, rows[i].json);
        assert_true(hub_peer_next(&ann, &frame));
        if (rows[i].code) {
            snprintf(text, sizeof(text),
                     "{\"type\":\"error\",\"code\":\"%s\"", rows[i].code);
        }
        else {
            snprintf(text, sizeof(text), ACK ",\"ref\":\"r\"}");
        }
        if (frame.size < strlen(text)
            || memcmp(frame.data, text, strlen(text)) != 0
            || !memmem(frame.data, frame.size, "\"ref\":\"r\"", 9)
            || !memmem(frame.data, frame.size, rows[i].also,
                       strlen(rows[i].also))) {
            fail_msg("%s, %s: %.*s", rows[i].json, rows[i].word,
                     (int)frame.size, (const char *)frame.data);
        }
        expect_nothing(&ann);
    }
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_RATE_LIMITED), 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 0);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* Every command that stores something gets its place there. */
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
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    char id[ROOM_ID_TEXT];
    char text[200];

    (void)state;
    stage.settings.moderates = 1;
    stage.settings.amend = 60000;
    relay_double_join(&ann, &stage, 1);
    relay_double_say(&ann, "one");
    expect_id(&ann, MESSAGE, id);
    relay_double_expect_ack(&ann, "one");
    for (int i = 0; i < 4; i++) {
        int size = snprintf(text, sizeof(text), formats[i], id);

        assert_in_range(size, 1, sizeof(text) - 1);
        hub_peer_say(&ann, text);
        snprintf(text, sizeof(text), "{\"type\":\"%s\"", events[i]);
        hub_peer_expect_text(&ann, text);
        relay_double_expect_ack(&ann, "r");
    }
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* Another moderator was faster: what that one has set stays. */
static void test_stale(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer_frame frame;

    (void)state;
    stage.settings.moderates = 1;
    relay_double_join(&ann, &stage, 1);
    relay_double_refuse(r, "STALE", 2);
    hub_peer_say(&ann, "{\"type\":\"room\",\"slow\":7,\"ref\":\"r\"}");
    assert_true(hub_peer_next(&ann, &frame));
    assert_non_null(memmem(frame.data, frame.size, "\"theirs\"", 8));
    assert_non_null(memmem(frame.data, frame.size, "\"slow\":7", 8));
    relay_double_expect_ack(&ann, "r");
    assert_int_equal(relay_double_sent(r), 3);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* The same ref again gets the first id, and not before that has come by. */
static void test_resend(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer tab;
    char first[ROOM_ID_TEXT];
    char again[ROOM_ID_TEXT];

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&tab, &stage, 1);
    relay_double_hide(r, true);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(relay_double_answered(r) == 1);
    relay_double_say(&tab, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_REPEATED) == 1);
    expect_nothing(&tab);
    relay_double_hide(r, false);
    hub_peer_expect_text(&ann, MESSAGE);
    expect_id(&ann, ACK, first);
    hub_peer_expect_text(&tab, MESSAGE);
    expect_id(&tab, ACK, again);
    assert_string_equal(first, again);
    relay_double_say(&ann, "one");
    expect_id(&ann, ACK, again);
    assert_string_equal(first, again);
    expect_nothing(&tab);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 1);
    hub_peer_leave(&ann);
    hub_peer_leave(&tab);
    relay_double_close(r, &stage);
}

/* Nobody but its sender waits for what does not come. */
static void test_behind(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer ben;
    hub_peer tab;

    (void)state;
    stage_clock_hold(); /* nobody has waited for too long yet */
    relay_double_join(&ann, &stage, 1);
    relay_double_join(&ben, &stage, 2);
    relay_double_join(&tab, &stage, 1);
    relay_double_hide(r, true);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    relay_double_say(&ben, "two");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 2);
    relay_double_say(&tab, "one");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_REPEATED) == 1);
    relay_double_drop(r, false);
    relay_double_hide(r, false);
    hub_peer_expect_text(&tab, MESSAGE);
    relay_double_expect_ack(&tab, "one");
    hub_peer_expect_text(&ann, MESSAGE);
    relay_double_expect_ack(&ann, "one");
    hub_peer_expect_text(&ben, MESSAGE);
    stage_clock_pass(HUB_ACK_US + 100000);
    stage_clock_release();
    hub_peer_expect_text(&ben, "{\"type\":\"error\",\"code\":\"unavailable\"");
    hub_peer_leave(&ann);
    hub_peer_leave(&ben);
    hub_peer_leave(&tab);
    relay_double_close(r, &stage);
}

/* It never comes: the sender is told after five seconds; if it then does, it
 * is a message like any other. */
static void test_in_vain(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;
    hub_peer_frame frame = { .data = NULL };

    (void)state;
    stage_clock_hold();
    relay_double_join(&ann, &stage, 1);
    relay_double_hide(r, true);
    hub_peer_say(&ann, "{\"type\":\"message\",\"text\":\"x\"}");
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    stage_clock_pass(HUB_ACK_US - 1000000);
    expect_nothing(&ann);
    /* It may have begun to wait after it was counted. */
    stage_clock_pass(1100000);
    stage_clock_release();
    assert_true(hub_peer_next(&ann, &frame));
    assert_non_null(memmem(frame.data, frame.size,
                           "\"code\":\"unavailable\"", 20));
    assert_non_null(memmem(frame.data, frame.size, "\"retry\":", 8));
    relay_double_hide(r, false);
    hub_peer_expect_text(&ann, MESSAGE);
    expect_nothing(&ann);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_amendments),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_resend),
        cmocka_unit_test(test_behind),
        cmocka_unit_test(test_in_vain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
