/* test_hub_relay_end.c - whoever leaves or stops while a relay has what was
 * said takes nothing along; and typing, which nobody waits for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "relay_double.h"
#include "ws_stream.h"

#define FIN WS_FRAME_FIN
#define MESSAGE "{\"type\":\"message\""
#define ACK "{\"type\":\"ack\""

/* Who goes while the relay has the order: what was said is said. */
static void test_gone(void **state)
{
    enum { MANY = 50 };
    static hub_peer peers[MANY];
    hub_stage stage;
    relay *r = relay_double_begin(&stage);

    (void)state;
    for (int i = 0; i < MANY; i++) {
        relay_double_join(&peers[i], &stage, 1 + (unsigned)i);
    }
    relay_double_hold(r, true);
    for (int i = 0; i < MANY; i++) {
        relay_double_say(&peers[i], "one");
    }
    HUB_STAGE_WAIT(relay_double_sent(r) == MANY);
    for (int i = 0; i < MANY; i += 2) {
        hub_peer_leave(&peers[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == MANY / 2);
    relay_double_hold(r, false);
    for (int i = 1; i < MANY; i += 2) {
        hub_peer_frame frame;
        unsigned messages = 0;

        assert_true(hub_peer_next(&peers[i], &frame));
        while (memcmp(frame.data, MESSAGE, strlen(MESSAGE)) == 0) {
            messages++;
            assert_true(hub_peer_next(&peers[i], &frame));
        }
        assert_memory_equal(frame.data, ACK, strlen(ACK));
        assert_in_range(messages, 1, MANY);
        hub_peer_leave(&peers[i]);
    }
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == MANY);
    relay_double_close(r, &stage);
}

/* The last one goes, and the room of this host with it. */
static void test_emptied(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    relay_double_hide(r, true);
    relay_double_hold(r, true);
    relay_double_join(&ann, &stage, 1);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    hub_peer_leave(&ann);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    relay_double_hold(r, false);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    relay_double_hide(r, false);
    relay_double_close(r, &stage);
}

/* A child that stops waits for what it has sent, and its clients do not. */
static void test_stop(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_hold(r, true);
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    hub_stop(stage.hubs[0], true);
    hub_peer_expect_text(&ann, "{\"type\":\"bye\",\"code\":1012");
    hub_peer_expect_close(&ann, 1012);
    hub_peer_leave(&ann);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    relay_double_hold(r, false);
    hub_stage_stop(&stage, 0, true);
    assert_int_equal(relay_double_answered(r), 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 1);
    relay_double_close(r, &stage);
}

/* A child ends even when what it has sent is never answered. */
static void test_stop_while_away(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    relay_double_join(&ann, &stage, 1);
    relay_double_hold(r, true);
    relay_double_end_halted();
    relay_double_say(&ann, "one");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    hub_stage_stop(&stage, 0, false);
    assert_int_equal(relay_double_answered(r), 1);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_MESSAGES), 0);
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

/* What would go on with another order does not hold it up. */
static void test_stop_between(void **state)
{
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    (void)state;
    stage.settings.moderates = 1;
    relay_double_join(&ann, &stage, 1);
    relay_double_hold(r, true);
    relay_double_refuse(r, "STALE", 1000);
    hub_peer_say(&ann, "{\"type\":\"room\",\"slow\":7,\"ref\":\"r\"}");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    hub_stop(stage.hubs[0], false);
    hub_peer_leave(&ann);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    relay_double_hold(r, false);
    hub_stage_stop(&stage, 0, false);
    assert_int_equal(relay_double_answered(r), relay_double_sent(r));
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_COMMAND_ERRORS), 1);
    relay_double_close(r, &stage);
}

/* A Close, or the end of what the client sends, comes behind what it waits
 * for: while the relay has the order, and before it has come by. */
static void end_behind(bool says_close, bool held)
{
    base_bytes stream = BASE_BYTES_INIT;
    hub_stage stage;
    relay *r = relay_double_begin(&stage);
    hub_peer ann;

    relay_double_join(&ann, &stage, 1);
    relay_double_hide(r, true);
    relay_double_hold(r, held);
    ws_stream_text(&stream, FIN | WS_FRAME_TEXT,
                   "{\"type\":\"message\",\"text\":\"x\",\"ref\":\"one\"}");
    if (says_close) {
        ws_stream_frame(&stream, FIN | WS_FRAME_CLOSE, "\x03\xe8", 2);
    }
    hub_peer_write(&ann, stream.data, stream.len);
    if (!says_close) {
        assert_int_equal(shutdown(ann.pair.fd, SHUT_WR), 0);
    }
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    relay_double_hold(r, false);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_MESSAGES) == 1);
    relay_double_hide(r, false);
    hub_peer_expect_text(&ann, MESSAGE);
    relay_double_expect_ack(&ann, "one");
    if (says_close) {
        hub_peer_expect_close(&ann, 1000);
    }
    hub_peer_expect_end(&ann);
    hub_peer_leave(&ann);
    base_bytes_free(&stream);
    relay_double_close(r, &stage);
}

static void test_last_words(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        end_behind(i % 2 == 0, i >= 2);
    }
}

/* Who types is told at once, and no answer is waited for. */
static void test_typing(void **state)
{
    hub_stage stage;
    relay *r = relay_double_open(&stage);
    hub_peer ann;

    (void)state;
    stage.settings.presence_most = 10;
    hub_stage_start(&stage, 0);
    relay_double_join(&ann, &stage, 0x1f);
    relay_double_hold(r, true);
    hub_peer_say(&ann, "{\"type\":\"typing\"}");
    HUB_STAGE_WAIT(relay_double_sent(r) == 1);
    hub_peer_say(&ann, "nothing");
    hub_peer_expect_text(&ann, "{\"type\":\"error\",\"code\":\"bad_json\"");
    relay_double_hold(r, false);
    HUB_STAGE_WAIT(relay_double_answered(r) == 1);
    assert_true(relay_double_heard(r, "chatws:{host/busy} T "
                                      "000000000000001f "));
    hub_peer_leave(&ann);
    relay_double_close(r, &stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_emptied),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stop_while_away),
        cmocka_unit_test(test_stop_between),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_typing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
