/* test_hub_poll.c - long-polls of hub/: when they are answered, with what, and
 * who is a member meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "act/act_page.h"
#include "act/act_visit.h"
#include "hub_peer.h"
#include "hub_text.h"
#include "room/log/room_id.h"
#include "room/log/room_item.h"
#include "room/log/room_log.h"
#include "room/table/room_table.h"

#define MANY 200

/* A room with one message; its id is where the polls begin. */
static room_id begin(hub_stage *stage, int hubs)
{
    act_result first;

    hub_stage_open(stage, hubs);
    first = hub_stage_publish(stage, "/lobby", 9, "first", NULL);
    assert_int_equal(first.error, CHAT_OK);
    return first.id;
}

/* In place of httpd's. */
static void write_head(base_bytes *out, const base_bytes *lines, int retry,
                       int64_t length)
{
    assert_int_equal(length, -1);
    base_bytes_append_format(out, "head %d\n", retry);
    base_bytes_append(out, lines->data, lines->len);
}

static hub_offer *offer_poll(hub_peer *peer, hub_stage *stage, int which,
                             uint64_t user, room_id after, int64_t wait_ms)
{
    hub_offer *offer = hub_peer_offer_room(peer, stage, which, "/lobby", user);

    offer->way = &hub_way_longpoll;
    offer->start.given = true;
    offer->start.after = after;
    offer->wait = wait_ms * 1000;
    offer->head = write_head;
    return offer;
}

static void poll_once(hub_peer *peer, hub_stage *stage, int which,
                      uint64_t user, room_id after, int64_t wait_ms)
{
    hub_offer_hand_over(offer_poll(peer, stage, which, user, after, wait_ms));
}

static void wait_for(hub_stage *stage, unsigned clients)
{
    HUB_STAGE_WAIT(hub_stage_count(stage, ACT_COUNT_ROOM_CLIENTS) == clients);
}

/* The answer up to its end; the connection ends with it. */
static const char *answer_of(hub_peer *peer)
{
    const char *answer = hub_text_until(peer, "]}");

    hub_peer_expect_end(peer);
    return answer;
}

static room_id cursor_of(const char *answer)
{
    const char *found = strstr(answer, "{\"cursor\":\"");
    char text[ROOM_ID_TEXT];
    room_id cursor;

    assert_non_null(found);
    assert_int_equal(sscanf(found + 11, "%41[0-9-]", text), 1);
    assert_true(room_id_parse(text, strlen(text), &cursor));
    return cursor;
}

static room_id newest(hub_stage *stage, room_handle room)
{
    room_log_state state;

    assert_int_equal(room_log_info(stage->store, room, base_clock_mono(),
                                   &state),
                     ROOM_OK);
    return state.newest;
}

static void say(hub_stage *stage, const char *text)
{
    assert_int_equal(hub_stage_publish(stage, "/lobby", 9, text, NULL).error,
                     CHAT_OK);
}

/* At the end of the wait: nothing. */
static void test_empty(void **state)
{
    hub_stage stage;
    hub_peer peer;
    char expected[100];
    char id[ROOM_ID_TEXT];
    const char *answer;
    int64_t start;
    room_id first = begin(&stage, 1);

    (void)state;
    start = base_clock_mono();
    poll_once(&peer, &stage, 0, 1, first, 300);
    answer = answer_of(&peer);
    assert_true(base_clock_mono() - start >= 295000);
    room_id_format(&first, id);
    snprintf(expected, sizeof(expected),
             "head 0\n{\"cursor\":\"%s\",\"gap\":false,\"events\":[]}", id);
    assert_string_equal(answer, expected);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* A message that is stored just when a poll ends is in its answer, or behind
 * its cursor: the answer is read while somebody stores, unless the hub is as
 * late as that. */
static void test_end_meets_message(void **state)
{
    hub_stage stage;
    hub_peer peer;
    char key[ACT_KEY_MOST];
    size_t key_size = hub_stage_key(key, "/lobby");
    room_handle room;
    room_id first = begin(&stage, 1);
    room_id cursor;
    const char *answer;

    (void)state;
    assert_int_equal(room_table_find(stage.store, key, key_size, &room),
                     ROOM_OK);
    for (int i = 0; i < 5; i++) {
        stage_clock_hold();
        poll_once(&peer, &stage, 0, 1, first, 50);
        wait_for(&stage, 1);
        assert_int_equal(room_item_enter(stage.store, room), ROOM_OK);
        stage_clock_pass(51000); /* the poll is over */
        stage_clock_release();
        poll(NULL, 0, 100);
        room_item_leave(stage.store, room.index);
        say(&stage, "just now");
        answer = answer_of(&peer);
        cursor = cursor_of(answer);
        if (strstr(answer, "\"text\":\"just now\"")) {
            assert_true(room_id_compare(&cursor, &first) > 0);
        }
        else {
            assert_int_equal(room_id_compare(&cursor, &first), 0);
        }
        hub_peer_leave(&peer);
        first = newest(&stage, room);
    }
    hub_stage_close(&stage);
}

/* With its own header lines; and the body alone. */
static void test_head(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;
    room_id first = begin(&stage, 1);

    (void)state;
    offer = offer_poll(&peer, &stage, 0, 1, first, 60000);
    base_bytes_append_text(&offer->lines, "Set-Cookie: a=b\r\nX: y\r\n");
    hub_offer_hand_over(offer);
    wait_for(&stage, 1);
    say(&stage, "news");
    assert_non_null(strstr(answer_of(&peer),
                           "head 0\nSet-Cookie: a=b\r\nX: y\r\n{\"cur"));
    hub_peer_leave(&peer);

    offer = offer_poll(&peer, &stage, 0, 1, first, 60000);
    offer->head = NULL;
    hub_offer_hand_over(offer);
    assert_true(strncmp(answer_of(&peer), "{\"cursor\":", 10) == 0);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Everything that is new goes to everybody that waits, in both children, and
 * the cursor is behind it. */
static void test_news(void **state)
{
    static hub_peer peers[MANY];
    hub_stage stage;
    room_id first = begin(&stage, 2);
    char id[ROOM_ID_TEXT];
    char expected[100];
    act_result second;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        poll_once(&peers[i], &stage, i % 2, 100 + (unsigned)i, first, 60000);
    }
    wait_for(&stage, MANY);
    second = hub_stage_publish(&stage, "/lobby", 9, "second", NULL);
    room_id_format(&second.id, id);
    snprintf(expected, sizeof(expected),
             "{\"cursor\":\"%s\",\"gap\":false,\"events\":[{", id);
    for (int i = 0; i < MANY; i++) {
        const char *answer = answer_of(&peers[i]);

        assert_non_null(strstr(answer, expected));
        assert_non_null(strstr(answer, "\"text\":\"second\"}]}"));
        assert_null(strstr(answer, "\"text\":\"first\""));
        hub_peer_leave(&peers[i]);
    }
    wait_for(&stage, 0);
    hub_stage_close(&stage);
}

/* What came between httpd's look and the hub's is answered at once, all of it
 * or as much as one answer may hold; a cursor of before is a gap. */
static void test_at_once(void **state)
{
    hub_stage stage;
    hub_peer peer;
    const char *answer;
    room_id first = begin(&stage, 1);
    room_id old = { first.ms - 1000000, 0 };

    (void)state;
    say(&stage, "second");
    say(&stage, "third");
    poll_once(&peer, &stage, 0, 1, first, 60000);
    answer = answer_of(&peer);
    assert_non_null(strstr(answer, "\"gap\":false"));
    assert_non_null(strstr(answer, "\"text\":\"second\"},{\"type\""));
    assert_non_null(strstr(answer, "\"text\":\"third\"}]}"));
    hub_peer_leave(&peer);
    poll_once(&peer, &stage, 0, 1, old, 60000);
    answer = answer_of(&peer);
    assert_non_null(strstr(answer, "\"gap\":true"));
    assert_non_null(strstr(answer, "\"text\":\"first\""));
    hub_peer_leave(&peer);
    hub_stage_flood(&stage, "/lobby", 0, 60, 2000);
    poll_once(&peer, &stage, 0, 1, first, 60000);
    assert_true(strlen(hub_text_until(&peer, "],\"more\":true}")) < 67000);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

/* Nothing is lost and nothing repeated, poll after poll, while somebody
 * talks without a pause. */
static void test_chain(void **state)
{
    hub_stage stage;
    room_id at = begin(&stage, 2);
    hub_peer peer;
    unsigned next = 0;
    int which = 0;

    (void)state;
    for (unsigned sent = 0; next < 400; which ^= 1) {
        const char *answer;
        const char *found;

        poll_once(&peer, &stage, which, 1, at, 60000);
        if (sent < 400) {
            hub_stage_flood(&stage, "/lobby", sent, 10, 20);
            sent += 10;
        }
        answer = answer_of(&peer);
        assert_non_null(strstr(answer, "\"gap\":false"));
        found = answer;
        while ((found = strstr(found, "\"text\":\"")) != NULL) {
            found += 8;
            assert_int_equal(strtoul(found, NULL, 10), next);
            next++;
        }
        at = cursor_of(answer);
        hub_peer_leave(&peer);
    }
    hub_stage_close(&stage);
}

/* A waiting poll is a member; and for a while after it. */
static void test_member(void **state)
{
    hub_stage stage;
    hub_peer peer;
    hub_peer socket;
    char key[ACT_KEY_MOST];
    act_room_key room = { .key = key,
                          .key_size = hub_stage_key(key, "/lobby") };
    chat_person who = { .user = 5, .guest = true };
    act_address from = { .tag = 0 };
    room_id first = begin(&stage, 1);

    (void)state;
    stage.settings.presence_most = 200;
    poll_once(&peer, &stage, 0, 1, first, 60000);
    wait_for(&stage, 1);
    hub_peer_join(&socket, &stage, 0, "/lobby", 2);
    hub_peer_expect_text(&socket, "{\"type\":\"hello\"");
    assert_int_equal(hub_stage_members(&stage, "/lobby"), 2);
    say(&stage, "second");
    assert_non_null(strstr(answer_of(&peer), "\"text\":\"second\""));
    hub_peer_leave(&peer);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 1);

    act_visit(stage.store, hub_slot(stage.hubs[0]), &room, &stage.settings,
              &from, &who);
    hub_text_until(&socket, "{\"id\":\"g-0000000000000005\"");
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 1);
    hub_peer_leave(&socket);
    hub_stage_close(&stage);
}

/* Whoever has closed its half of the connection reads the answer, news or not;
 * it is no member any more, for it has most likely gone. */
static void half_closed(hub_peer_kind kind, int64_t wait_ms)
{
    hub_stage stage;
    hub_peer peer;
    hub_offer *offer;
    room_id first = begin(&stage, 1);

    stage_clock_hold(); /* whoever waits does so until it is looked at */
    offer = hub_peer_offer(&peer, &stage, 0, kind);
    offer->who.user = 1;
    offer->key_size = hub_stage_key(offer->key, "/lobby");
    offer->way = &hub_way_longpoll;
    offer->start.given = true;
    offer->start.after = first;
    offer->wait = wait_ms * 1000;
    hub_offer_hand_over(offer);
    wait_for(&stage, 1);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 1);
    if (kind >= HUB_PEER_TLS12) {
        assert_true(SSL_shutdown(peer.pair.peer) >= 0);
    }
    assert_int_equal(shutdown(peer.pair.fd, SHUT_WR), 0);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 0);
    assert_int_equal(hub_stage_count(&stage, ACT_COUNT_ROOM_CLIENTS), 1);
    stage_clock_release();
    if (wait_ms > 1000) {
        say(&stage, "news");
        assert_non_null(strstr(answer_of(&peer), "\"text\":\"news\"}]}"));
    }
    else {
        assert_non_null(strstr(answer_of(&peer), "\"events\":[]}"));
    }
    wait_for(&stage, 0);
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

static void test_half_closed(void **state)
{
    (void)state;
    half_closed(HUB_PEER_TCP, 60000);
    half_closed(HUB_PEER_TCP, 300);
    half_closed(HUB_PEER_LOCAL, 60000);
    half_closed(HUB_PEER_TLS12, 60000);
    half_closed(HUB_PEER_TLS13, 60000);
}

/* The loop does not turn for one that has closed its half; one that is then
 * reset, or has really gone, is dropped at once or with the answer. */
static void test_half_closed_costs_nothing(void **state)
{
    static hub_peer peers[3];
    hub_stage stage;
    room_id first = begin(&stage, 1);
    struct timespec before;
    struct timespec after;
    int64_t end;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        hub_offer *offer = hub_peer_offer(&peers[i], &stage, 0, HUB_PEER_TCP);

        offer->who.user = i + 1;
        offer->key_size = hub_stage_key(offer->key, "/lobby");
        offer->way = &hub_way_longpoll;
        offer->start.given = true;
        offer->start.after = first;
        offer->wait = 60000000;
        hub_offer_hand_over(offer);
    }
    wait_for(&stage, 3);
    assert_int_equal(shutdown(peers[0].pair.fd, SHUT_WR), 0);
    assert_int_equal(shutdown(peers[1].pair.fd, SHUT_WR), 0);
    hub_peer_leave(&peers[2]);
    HUB_STAGE_WAIT(hub_stage_members(&stage, "/lobby") == 0);
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
    end = base_clock_mono() + 500000;
    HUB_STAGE_WAIT(base_clock_mono() >= end);
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
    assert_true((after.tv_sec - before.tv_sec) * 1000
                    + (after.tv_nsec - before.tv_nsec) / 1000000
                < 250);
    wait_for(&stage, 3);
    loop_stream_reset(&(loop_stream){ peers[1].pair.fd, NULL });
    peers[1].pair.fd = -1;
    wait_for(&stage, 2);
    say(&stage, "news");
    assert_non_null(strstr(answer_of(&peers[0]), "\"text\":\"news\"}]}"));
    wait_for(&stage, 0);
    HUB_STAGE_WAIT(hub_stage_count(&stage, ACT_COUNT_CONNECTIONS) == 0);
    hub_peer_leave(&peers[0]);
    hub_peer_leave(&peers[1]);
    hub_stage_close(&stage);
}

/* Who goes away while it waits is forgotten. */
static void test_gone(void **state)
{
    static hub_peer peers[MANY];
    hub_stage stage;
    room_id first = begin(&stage, 1);

    (void)state;
    for (int i = 0; i < MANY; i++) {
        poll_once(&peers[i], &stage, 0, 1 + (unsigned)i, first, 60000);
    }
    wait_for(&stage, MANY);
    for (int i = 0; i < MANY; i += 2) {
        hub_peer_leave(&peers[i]);
    }
    say(&stage, "second");
    for (int i = 1; i < MANY; i += 2) {
        assert_non_null(strstr(answer_of(&peers[i]), "\"text\":\"second\""));
        hub_peer_leave(&peers[i]);
    }
    wait_for(&stage, 0);
    hub_stage_close(&stage);
}

/* The server stops: an answer at once. */
static void test_stop(void **state)
{
    hub_stage stage;
    hub_peer peer;
    room_id first = begin(&stage, 1);

    (void)state;
    poll_once(&peer, &stage, 0, 1, first, 60000);
    wait_for(&stage, 1);
    hub_stop(stage.hubs[0], true);
    assert_non_null(strstr(answer_of(&peer), "\"gap\":false,\"events\":[]}"));
    hub_peer_leave(&peer);
    hub_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_end_meets_message),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_member),
        cmocka_unit_test(test_half_closed),
        cmocka_unit_test(test_half_closed_costs_nothing),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
