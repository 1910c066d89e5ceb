/* test_hub_kept.c - long-polls on a connection that goes on: what the hub
 * answers, and what it gives back, with every byte of it.
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

/* Poll after poll on one connection: news, news that was there already, and
 * nothing; nobody leaves meanwhile. */
static void test_goes_on(void **state)
{
    static hub_kept_scene s;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    s.at = hub_kept_say(&s, "second");
    assert_non_null(strstr(hub_text_until(&s.peer, "X: y\n"), "\nCookie\n"));
    (void)hub_text_until(&s.peer, "\"text\":\"second\"}]}");
    for (unsigned i = 0; i < 40; i++) {
        char text[20];
        room_id before = s.at;

        snprintf(text, sizeof(text), "text %u", i);
        if (i % 2) {
            hub_kept_say(&s, text);
            hub_kept_ask(&s, 20);
        }
        else { /* it waits */
            uint64_t before_it = hub_stage_count(&s.stage, ACT_COUNT_BYTES_IN);

            hub_kept_ask(&s, 20);
            HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_BYTES_IN)
                           > before_it);
            hub_kept_say(&s, text);
        }
        assert_non_null(strstr(hub_kept_answer(&s), text));
        assert_true(room_id_compare(&s.at, &before) > 0);
        assert_int_equal(hub_stage_members(&s.stage, "/lobby"), 1);
        assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_ADOPTED), 1);
    }
    hub_kept_ask(&s, 0);
    assert_non_null(strstr(hub_kept_answer(&s), "\"events\":[]}"));
    hub_kept_ask(&s, 1);
    assert_non_null(strstr(hub_kept_answer(&s), "\"events\":[]}"));
    hub_peer_leave(&s.peer);
    hub_kept_members(&s, 0);
    hub_kept_close(&s);
}

/* Two that wait and one that rests: each has what it lacks. */
static void test_room(void **state)
{
    static hub_kept_scene s;
    hub_peer first;
    room_id second;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    second = hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    first = s.peer;
    hub_offer_hand_over(hub_kept_offer(&s, HUB_PEER_TCP));
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_ROOM_CLIENTS) == 2);
    hub_kept_say(&s, "third");
    assert_non_null(strstr(hub_kept_answer(&s), "\"text\":\"third\"}]}"));
    hub_peer_leave(&s.peer);
    s.peer = first;
    s.at = second;
    hub_kept_ask(&s, 20);
    assert_non_null(strstr(hub_kept_answer(&s), "\"text\":\"third\"}]}"));
    hub_kept_close(&s);
}

/* Several at once are answered one after the other; what is none of them comes
 * back, after the answers before it. */
static void test_ahead(void **state)
{
    static hub_kept_scene s;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    hub_kept_ask(&s, 20);
    hub_kept_ask(&s, 0);
    hub_peer_write(&s.peer, HUB_KEPT_OTHER, strlen(HUB_KEPT_OTHER));
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    assert_non_null(strstr(hub_kept_answer(&s), "\"text\":\"second\"}]}"));
    assert_non_null(strstr(hub_kept_answer(&s), "\"text\":\"second\"}]}"));
    hub_kept_given(&s, HUB_KEPT_OTHER, strlen(HUB_KEPT_OTHER));
    hub_kept_close(&s);
}

/* While one rests, and while one waits. */
static void test_others(void **state)
{
    static hub_kept_scene s;
    static char long_head[9000] =
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nX: ";
    const char *others[] = {
        HUB_KEPT_OTHER, "x\n\n", "\r\n\r\n",
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\n\r\n",
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=d"
            "\r\n\r\n",
        "GET /lobby?after=x&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n\r\n",
        "GET /lobby?after=7&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n\r\n",
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n"
            "Content-Length: 5\r\n\r\nhello",
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n"
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        long_head,
    };

    (void)state;
    memset(long_head + strlen(long_head), 'y',
           sizeof(long_head) - strlen(long_head) - 1);
    hub_kept_open(&s);
    for (size_t i = 0; i < 2 * sizeof(others) / sizeof(others[0]); i++) {
        const char *other = others[i / 2];

        hub_kept_hand_over(&s);
        if (i % 2) {
            hub_peer_write(&s.peer, other, strlen(other));
        }
        hub_kept_say(&s, "news");
        (void)hub_kept_answer(&s);
        if (i % 2 == 0) {
            hub_peer_write(&s.peer, other, strlen(other));
        }
        hub_kept_given(&s, other, strlen(other));
        hub_peer_leave(&s.peer);
    }
    hub_kept_close(&s);
}

/* A head in pieces: the last one brings the answer; without that it is waited
 * for as long as for a poll, or as there is somebody to send it. */
static void test_pieces(void **state)
{
    static hub_kept_scene s;
    char wire[300];
    size_t size;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    s.at = hub_kept_say(&s, "second");
    (void)hub_text_until(&s.peer, "\"text\":\"second\"}]}");
    snprintf(wire, sizeof(wire), "%s", hub_kept_request(&s, 0));
    size = strlen(wire);
    for (size_t i = 0; i < size; i++) {
        hub_peer_write(&s.peer, wire + i, 1);
        assert_false(i < size - 1 && i % 20 == 0 && hub_peer_read(&s.peer, 5));
    }
    assert_non_null(strstr(hub_kept_answer(&s), "\"events\":[]}"));
    hub_peer_write(&s.peer, wire, size - 1);
    assert_int_equal(shutdown(s.peer.pair.fd, SHUT_WR), 0);
    close(hub_kept_take());
    hub_peer_leave(&s.peer);

    s.idle_ms = 300;
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "third");
    (void)hub_kept_answer(&s);
    hub_peer_write(&s.peer, wire, size - 1);
    hub_kept_end(&s);
    hub_kept_close(&s);
}

/* Nor does a piece of another request go back before its head is whole; and
 * while httpd is busy with others no connection goes on. */
static void test_busy(void **state)
{
    static hub_kept_scene s;

    (void)state;
    hub_kept_open(&s);
    hub_kept_hand_over(&s);
    hub_kept_say(&s, "second");
    (void)hub_kept_answer(&s);
    atomic_store(&hub_kept_full, true);
    hub_peer_write(&s.peer, "P", 1);
    assert_false(hub_peer_read(&s.peer, 50));
    hub_peer_write(&s.peer, "OST / HTTP/1.1\r\n\r\n", 18);
    hub_kept_given(&s, "POST / HTTP/1.1\r\n\r\n", 19);
    hub_peer_leave(&s.peer);

    hub_kept_hand_over(&s);
    atomic_store(&hub_kept_full, false);
    hub_kept_say(&s, "third");
    hub_kept_last(&s, "\"text\":\"third\"}]}");
    hub_kept_close(&s);
}

/* Whoever asks for what is there already, again and again, gets to httpd. */
static void test_quick(void **state)
{
    static hub_kept_scene s;
    room_id start;
    const char *wire;

    (void)state;
    hub_kept_open(&s);
    start = s.at;
    hub_kept_hand_over(&s);
    for (int i = 0; i < 21; i++) {
        hub_kept_say(&s, "news");
        (void)hub_kept_answer(&s);
        s.at = start;
        if (i < 20) {
            hub_kept_ask(&s, 20);
        }
    }
    wire = hub_kept_request(&s, 20);
    hub_peer_write(&s.peer, wire, strlen(wire));
    hub_kept_given(&s, wire, strlen(wire));
    hub_kept_close(&s);
}

/* Whoever does not read is not read: its answers do not pile up, and it gets
 * each of them. */
static void test_slow(void **state)
{
    static hub_kept_scene s;
    room_id start;
    const int small = 4096;

    (void)state;
    hub_kept_open(&s);
    start = s.at;
    hub_kept_hand_over(&s);
    assert_int_equal(setsockopt(s.peer.pair.fd, SOL_SOCKET, SO_RCVBUF, &small,
                                sizeof(small)), 0);
    hub_stage_flood(&s.stage, "/lobby", 0, 30, 2000);
    for (int i = 0; i < 10; i++) {
        s.at = start;
        hub_kept_ask(&s, 20);
    }
    for (int i = 0; i < 11; i++) {
        (void)hub_text_until(&s.peer, "head 0 ");
        (void)hub_text_until(&s.peer, "\"00000000 ");
    }
    hub_kept_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_quick),
        cmocka_unit_test(test_slow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
