/* test_hub_kept.c - long-polls on a connection that goes on: what the hub
 * answers, and what it gives back, with every byte of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/moderation/act_sanction.h"
#include "hub_peer.h"
#include "hub_text.h"
#include "http/http_repeat.h"
#include "room/log/room_id.h"

#define OTHER "GET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n"

/* One client and its room. */
typedef struct {
    hub_stage stage;
    hub_peer peer;
    room_id at; /* its cursor */
    uint32_t idle_ms;
    uint16_t left;
    int64_t wait_ms;
    int64_t until_us;
} scene;

static atomic_int given = -1; /* what a hub has given back */

static void take_back(int fd)
{
    assert_int_equal(atomic_exchange(&given, fd), -1);
}

static void write_head(base_bytes *out, const base_bytes *lines, int retry,
                       int64_t length)
{
    base_bytes_append_format(out, "head %d %lld\n", retry, (long long)length);
    base_bytes_append(out, lines->data, lines->len);
}

static room_id say(scene *s, const char *text)
{
    act_result stored =
        hub_stage_publish(&s->stage, "/lobby", 9, text, NULL);

    assert_int_equal(stored.error, CHAT_OK);
    return stored.id;
}

static void begin(scene *s)
{
    memset(s, 0, sizeof(*s));
    s->idle_ms = 20000;
    s->left = 100;
    s->wait_ms = 20000;
    hub_stage_open(&s->stage, 0);
    s->stage.settings.poll_wait = 20000;
    s->stage.give_back = take_back;
    hub_stage_start(&s->stage, 0);
    s->at = say(s, "first");
}

static void finish(scene *s)
{
    hub_peer_leave(&s->peer);
    assert_int_equal(atomic_load(&given), -1);
    hub_stage_close(&s->stage);
}

/* The next poll as it stands on the wire; the same array each time. */
static const char *request_of(const scene *s, unsigned wait)
{
    static char text[300];
    char id[ROOM_ID_TEXT];

    room_id_format(&s->at, id);
    snprintf(text, sizeof(text),
             "GET /lobby?after=%s&wait=%u HTTP/1.1\r\nHost: a\r\n"
             "Cookie: b=c\r\n\r\n", id, wait);
    return text;
}

static void expect_members(scene *s, unsigned count)
{
    HUB_STAGE_WAIT(hub_stage_members(&s->stage, "/lobby") == count);
}

static hub_offer *offer_of(scene *s, hub_peer_kind kind)
{
    hub_offer *offer = hub_peer_offer(&s->peer, &s->stage, 0, kind);
    http_repeat_keys keys =
        http_repeat_keys_of(room_store_secret(s->stage.store));
    const char *wire = request_of(s, 1);
    http_repeat request;
    size_t head;

    assert_true(http_repeat_read(&keys, (http_slice){ wire, strlen(wire) },
                                 &request, &head));
    offer->way = &hub_way_longpoll;
    offer->who.user = 1;
    offer->key_size = hub_stage_key(offer->key, "/lobby");
    offer->start.given = true;
    offer->start.after = s->at;
    offer->wait = s->wait_ms * 1000;
    offer->until_us = s->until_us;
    offer->head = write_head;
    base_bytes_append_text(&offer->lines, "Cookie\nX: y\n");
    offer->first_only = strlen("Cookie\n");
    offer->keep = (hub_offer_keep){ .mark = request.mark,
                                    .idle_ms = s->idle_ms,
                                    .left = s->left };
    return offer;
}

/* The first poll waits. */
static void hand_over(scene *s)
{
    hub_offer_hand_over(offer_of(s, HUB_PEER_TCP));
    expect_members(s, 1);
}

static void ask(scene *s, unsigned wait)
{
    const char *text = request_of(s, wait);

    hub_peer_write(&s->peer, text, strlen(text));
}

/* An answer that ends where its head says; returns its body. */
static const char *answer(scene *s)
{
    const char *all = hub_text_until(&s->peer, "]}");
    const char *body = strstr(all, "\n{");
    char id[ROOM_ID_TEXT];
    long long length;

    assert_non_null(body);
    assert_int_equal(sscanf(all, "head 0 %lld\n", &length), 1);
    assert_int_equal(strlen(body + 1), length);
    assert_int_equal(sscanf(body + 1, "{\"cursor\":\"%41[0-9-]", id), 1);
    assert_true(room_id_parse(id, strlen(id), &s->at));
    return body + 1;
}

/* One that ends with the connection, and has this text. */
static void expect_last(scene *s, const char *text)
{
    assert_non_null(strstr(hub_text_until(&s->peer, text), "head 0 -1\n"));
    hub_peer_expect_end(&s->peer);
}

/* Nothing but the end. */
static void expect_end(scene *s)
{
    hub_text_expect_end(&s->peer);
    expect_members(s, 0);
}

/* The connection comes back with these bytes in it, and is open. */
static void expect_given(scene *s, const char *bytes, size_t size)
{
    char got[20000];
    int fd;

    assert_true(size < sizeof(got));
    HUB_STAGE_WAIT(atomic_load(&given) >= 0);
    fd = atomic_exchange(&given, -1);
    HUB_STAGE_WAIT(recv(fd, got, sizeof(got), MSG_PEEK | MSG_DONTWAIT)
                   >= (ssize_t)size);
    assert_int_equal(recv(fd, got, sizeof(got), 0), size);
    assert_memory_equal(got, bytes, size);
    assert_int_equal(recv(fd, got, 1, MSG_DONTWAIT), -1);
    assert_int_equal(send(fd, "answered", 8, 0), 8);
    (void)hub_text_until(&s->peer, "answered");
    close(fd);
    expect_end(s);
    HUB_STAGE_WAIT(hub_stage_count(&s->stage, ACT_COUNT_CONNECTIONS) == 0);
}

/* Poll after poll on one connection: news, news that was there already, and
 * nothing; nobody leaves meanwhile. */
static void test_goes_on(void **state)
{
    static scene s;

    (void)state;
    begin(&s);
    hand_over(&s);
    s.at = say(&s, "second");
    assert_non_null(strstr(hub_text_until(&s.peer, "X: y\n"), "\nCookie\n"));
    (void)hub_text_until(&s.peer, "\"text\":\"second\"}]}");
    for (unsigned i = 0; i < 40; i++) {
        char text[20];
        room_id before = s.at;

        snprintf(text, sizeof(text), "text %u", i);
        if (i % 2) {
            say(&s, text);
            ask(&s, 20);
        }
        else {
            ask(&s, 20);
            say(&s, text);
        }
        assert_non_null(strstr(answer(&s), text));
        assert_true(room_id_compare(&s.at, &before) > 0);
        assert_int_equal(hub_stage_members(&s.stage, "/lobby"), 1);
        assert_int_equal(hub_stage_count(&s.stage, ACT_COUNT_ADOPTED), 1);
    }
    ask(&s, 0);
    assert_non_null(strstr(answer(&s), "\"events\":[]}"));
    ask(&s, 1);
    assert_non_null(strstr(answer(&s), "\"events\":[]}"));
    hub_peer_leave(&s.peer);
    expect_members(&s, 0);
    finish(&s);
}

/* Two that wait and one that rests: each has what it lacks. */
static void test_room(void **state)
{
    static scene s;
    hub_peer first;
    room_id second;

    (void)state;
    begin(&s);
    hand_over(&s);
    second = say(&s, "second");
    (void)answer(&s);
    first = s.peer;
    hub_offer_hand_over(offer_of(&s, HUB_PEER_TCP));
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_ROOM_CLIENTS) == 2);
    say(&s, "third");
    assert_non_null(strstr(answer(&s), "\"text\":\"third\"}]}"));
    hub_peer_leave(&s.peer);
    s.peer = first;
    s.at = second;
    ask(&s, 20);
    assert_non_null(strstr(answer(&s), "\"text\":\"third\"}]}"));
    finish(&s);
}

static void test_how_long(void **state)
{
    static scene s;

    (void)state;
    begin(&s);
    s.idle_ms = 100;
    hand_over(&s);
    say(&s, "second");
    (void)answer(&s);
    expect_end(&s);
    hub_peer_leave(&s.peer);

    s.idle_ms = 20000;
    s.left = 2;
    hand_over(&s);
    for (int i = 0; i < 2; i++) {
        say(&s, "on");
        (void)answer(&s);
        ask(&s, 20);
    }
    say(&s, "last");
    expect_last(&s, "\"text\":\"last\"}]}");
    finish(&s);
}

/* Without a head of httpd's, with TLS, or with bytes that have left the socket,
 * nothing goes on. */
static void test_not_at_all(void **state)
{
    static scene s;
    hub_offer *offer;
    room_id second;

    (void)state;
    begin(&s);
    offer = offer_of(&s, HUB_PEER_TCP);
    base_bytes_append_text(&offer->early, OTHER);
    hub_offer_hand_over(offer);
    expect_members(&s, 1);
    second = say(&s, "second");
    expect_last(&s, "\"text\":\"second\"}]}");
    hub_peer_leave(&s.peer);
    s.at = second;
    hub_offer_hand_over(offer_of(&s, HUB_PEER_TLS13));
    expect_members(&s, 1);
    say(&s, "third");
    expect_last(&s, "\"text\":\"third\"}]}");
    finish(&s);
}

/* Several at once are answered one after the other; what is none of them comes
 * back, after the answers before it. */
static void test_ahead(void **state)
{
    static scene s;

    (void)state;
    begin(&s);
    hand_over(&s);
    ask(&s, 20);
    ask(&s, 0);
    hub_peer_write(&s.peer, OTHER, strlen(OTHER));
    say(&s, "second");
    (void)answer(&s);
    assert_non_null(strstr(answer(&s), "\"text\":\"second\"}]}"));
    assert_non_null(strstr(answer(&s), "\"text\":\"second\"}]}"));
    expect_given(&s, OTHER, strlen(OTHER));
    finish(&s);
}

/* While one rests, and while one waits. */
static void test_others(void **state)
{
    static scene s;
    static char long_head[9000] = "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nX: ";
    const char *others[] = {
        OTHER, "x", "\r\n", "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\n\r\n",
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\n",
        "GET /lobby?after=1-0&wait=1 HTTP/1.1\r\nHost: a\r\nCookie: b=d\r\n\r\n",
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
    begin(&s);
    for (size_t i = 0; i < 2 * sizeof(others) / sizeof(others[0]); i++) {
        const char *other = others[i / 2];

        hand_over(&s);
        if (i % 2) {
            hub_peer_write(&s.peer, other, strlen(other));
        }
        say(&s, "news");
        (void)answer(&s);
        if (i % 2 == 0) {
            hub_peer_write(&s.peer, other, strlen(other));
        }
        expect_given(&s, other, strlen(other));
        hub_peer_leave(&s.peer);
    }
    finish(&s);
}

/* Rights hold for so long; then httpd asks for them again. */
static void test_rights(void **state)
{
    static scene s;
    char wire[300];

    (void)state;
    begin(&s);
    s.until_us = base_clock_mono() + 1500000;
    s.wait_ms = 1000;
    hand_over(&s);
    say(&s, "second");
    (void)answer(&s);
    ask(&s, 20);
    expect_last(&s, "\"events\":[]}"); /* the wait ends with the rights */
    hub_peer_leave(&s.peer);

    s.until_us = base_clock_mono() + 300000;
    hand_over(&s);
    say(&s, "third");
    (void)answer(&s);
    HUB_STAGE_WAIT(base_clock_mono() > s.until_us + 1000);
    snprintf(wire, sizeof(wire), "%s", request_of(&s, 20));
    hub_peer_write(&s.peer, wire, strlen(wire));
    expect_given(&s, wire, strlen(wire));
    finish(&s);
}

/* Who closes its half: while it waits it is answered, while it rests it goes.
 */
static void test_half_closed(void **state)
{
    static scene s;

    (void)state;
    begin(&s);
    hand_over(&s);
    assert_int_equal(shutdown(s.peer.pair.fd, SHUT_WR), 0);
    expect_members(&s, 0);
    say(&s, "second");
    expect_last(&s, "\"text\":\"second\"}]}");
    hub_peer_leave(&s.peer);

    hand_over(&s);
    say(&s, "third");
    (void)answer(&s);
    assert_int_equal(shutdown(s.peer.pair.fd, SHUT_WR), 0);
    expect_end(&s);
    finish(&s);
}

static void ban(scene *s, uint64_t user)
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
    static scene s;

    (void)state;
    begin(&s);
    hand_over(&s);
    say(&s, "second");
    (void)answer(&s);
    ban(&s, 1);
    expect_end(&s);
    finish(&s);
}

/* A child that stops: who waits is answered, who rests goes. */
static void test_stop(void **state)
{
    static scene s;
    hub_peer first;

    (void)state;
    begin(&s);
    hand_over(&s);
    say(&s, "second");
    (void)answer(&s);
    first = s.peer;
    hub_offer_hand_over(offer_of(&s, HUB_PEER_TCP));
    HUB_STAGE_WAIT(hub_stage_count(&s.stage, ACT_COUNT_ROOM_CLIENTS) == 2);
    hub_stop(s.stage.hubs[0], true);
    expect_last(&s, "\"events\":[]}");
    hub_peer_leave(&s.peer);
    s.peer = first;
    hub_text_expect_end(&s.peer);
    finish(&s);
}

/* Whoever does not read is not read: its answers do not pile up, and it gets
 * each of them. */
static void test_slow(void **state)
{
    static scene s;
    room_id start;
    const int small = 4096;

    (void)state;
    begin(&s);
    start = s.at;
    hand_over(&s);
    assert_int_equal(setsockopt(s.peer.pair.fd, SOL_SOCKET, SO_RCVBUF, &small,
                                sizeof(small)), 0);
    hub_stage_flood(&s.stage, "/lobby", 0, 30, 2000);
    for (int i = 0; i < 10; i++) {
        s.at = start;
        ask(&s, 20);
    }
    for (int i = 0; i < 11; i++) {
        (void)hub_text_until(&s.peer, "head 0 ");
        (void)hub_text_until(&s.peer, "\"00000000 ");
    }
    finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_how_long),
        cmocka_unit_test(test_not_at_all),
        cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_half_closed),
        cmocka_unit_test(test_sent_out),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_slow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
