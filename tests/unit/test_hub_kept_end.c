/* test_hub_kept_end.c - long-polls on a connection that goes on: when it does
 * not go on any longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub_kept_stage.h"
#include "hub_text.h"

static void test_how_long(void **state)
{
    static hub_kept_scene s;

    (void)state;
    hub_kept_open(&s);
    s.idle_ms = 100;
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    hub_kept_end(&s);
    hub_peer_leave(&s.peer);

    s.idle_ms = 20000;
    s.left = 2;
    hub_kept_hand_over(&s);
    for (int i = 0; i < 2; i++) {
        hub_kept_say(&s, "on");
        (void)hub_kept_answer(&s);
        hub_kept_ask(&s, 20);
    }
    hub_kept_say(&s, "last");
    hub_kept_last(&s, "\"text\":\"last\"}]}");
    hub_kept_close(&s);
}

/* Without a head of httpd's, with TLS, or with bytes that have left the socket,
 * nothing goes on. */
static void test_not_at_all(void **state)
{
    static hub_kept_scene s;
    hub_offer *offer;
    room_id second;

    (void)state;
    hub_kept_open(&s);
    offer = hub_kept_offer(&s, HUB_PEER_TCP);
    base_bytes_append_text(&offer->early, HUB_KEPT_OTHER);
    hub_offer_hand_over(offer);
    hub_kept_members(&s, 1);
    second = hub_kept_say(&s, "second");
    hub_kept_last(&s, "\"text\":\"second\"}]}");
    hub_peer_leave(&s.peer);
    s.at = second;
    hub_offer_hand_over(hub_kept_offer(&s, HUB_PEER_TLS13));
    hub_kept_members(&s, 1);
    hub_kept_say(&s, "third");
    hub_kept_last(&s, "\"text\":\"third\"}]}");
    hub_kept_close(&s);
}

/* An answer that ends the connection is whole, whatever has come behind its
 * request and is not read any more. */
static void test_last_of_many(void **state)
{
    static hub_kept_scene s;
    const int small = 4096;

    (void)state;
    hub_kept_open(&s);
    s.left = 1;
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    assert_int_equal(setsockopt(s.peer.pair.fd, SOL_SOCKET, SO_RCVBUF, &small,
                                sizeof(small)), 0);
    hub_kept_ask(&s, 20);
    hub_kept_ask(&s, 20);
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_BYTES_IN) > 0);
    hub_stage_flood(&s.stage, "/lobby", 0, 30, 2000);
    (void)hub_text_until(&s.peer, "head 0 -1\n");
    (void)hub_text_until(&s.peer, "}]}");
    hub_peer_expect_end(&s.peer);
    hub_kept_close(&s);
}

/* Rights hold for so long; then httpd asks for them again. */
static void test_rights(void **state)
{
    static hub_kept_scene s;
    uint64_t before;
    char wire[300];

    (void)state;
    hub_kept_open(&s);
    stage_clock_hold();
    s.until_us = base_clock_mono() + 1500000;
    s.wait_ms = 1000;
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    before = hub_stage_count(&s.stage, ACT_COUNT_BYTES_IN);
    hub_kept_ask(&s, 20);
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_BYTES_IN) > before);
    stage_clock_pass(1500000);
    hub_kept_last(&s, "\"events\":[]}"); /* the wait ends with the rights */
    hub_peer_leave(&s.peer);

    s.until_us = base_clock_mono() + 300000;
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "third");
    (void)hub_kept_answer(&s);
    stage_clock_pass(301000);
    snprintf(wire, sizeof(wire), "%s", hub_kept_request(&s, 20));
    stage_clock_release();
    hub_peer_write(&s.peer, wire, strlen(wire));
    hub_kept_given(&s, wire, strlen(wire));
    hub_kept_close(&s);
}

/* Who closes its half: while it waits it is answered, while it rests it goes.
 */
static void test_half_closed(void **state)
{
    static hub_kept_scene s;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    assert_int_equal(shutdown(s.peer.pair.fd, SHUT_WR), 0);
    hub_kept_members(&s, 0);
    hub_kept_say(&s, "second");
    hub_kept_last(&s, "\"text\":\"second\"}]}");
    hub_peer_leave(&s.peer);

    hub_kept_hand_over(&s);
    hub_kept_say(&s, "third");
    (void)hub_kept_answer(&s);
    assert_int_equal(shutdown(s.peer.pair.fd, SHUT_WR), 0);
    hub_kept_end(&s);
    hub_kept_close(&s);
}

static void ban(hub_kept_scene *s, uint64_t user)
{
    char json[200];

    s->stage.settings.moderates = 1;
    snprintf(json, sizeof(json),
             "{\"type\":\"kick\",\"user\":\"g-%016llx\"}",
             (unsigned long long)user);
    assert_int_equal(hub_stage_command(&s->stage, "/lobby", 9, json).error,
                     CHAT_OK);
    s->stage.settings.moderates = 0;
}

/* Who is sent out while it waits is told; one that rests has not asked. */
static void test_sent_out(void **state)
{
    static hub_kept_scene s;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    ban(&s, 1);
    hub_kept_end(&s);
    hub_kept_close(&s);
}

/* A child that stops: who waits is answered, who rests goes. */
static void test_stop(void **state)
{
    static hub_kept_scene s;
    hub_peer first;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    first = s.peer;
    hub_offer_hand_over(hub_kept_offer(&s, HUB_PEER_TCP));
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_ROOM_CLIENTS) == 2);
    hub_stop(s.stage.hubs[0], true);
    hub_kept_last(&s, "\"events\":[]}");
    hub_peer_leave(&s.peer);
    s.peer = first;
    hub_text_expect_end(&s.peer);
    hub_kept_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_long),
        cmocka_unit_test(test_not_at_all),
        cmocka_unit_test(test_last_of_many),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_half_closed),
        cmocka_unit_test(test_sent_out),
        cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
