/* hub_kept_stage.c - see hub_kept_stage.h. */
#include "hub_kept_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http_repeat.h"
#include "hub_text.h"

static atomic_int given = -1;

atomic_bool hub_kept_full;

static bool take_back(int fd)
{
    if (fd < 0) {
        return false;
    }
    assert_int_equal(atomic_exchange(&given, fd), -1);
    return atomic_load(&hub_kept_full);
}

static void write_head(base_bytes *out, const base_bytes *lines, int retry,
                       int64_t length)
{
    base_bytes_append_format(out, "head %d %lld\n", retry, (long long)length);
    base_bytes_append(out, lines->data, lines->len);
}

room_id hub_kept_say(hub_kept_scene *s, const char *text)
{
    act_result stored =
        hub_stage_publish(&s->stage, "/lobby", 9, text, NULL);

    assert_int_equal(stored.error, CHAT_OK);
    return stored.id;
}

void hub_kept_open(hub_kept_scene *s)
{
    memset(s, 0, sizeof(*s));
    s->idle_ms = 20000;
    s->left = 100;
    s->wait_ms = 20000;
    hub_stage_open(&s->stage, 0);
    s->stage.settings.poll_wait = 20000;
    s->stage.give_back = take_back;
    hub_stage_start(&s->stage, 0);
    s->at = hub_kept_say(s, "first");
}

void hub_kept_close(hub_kept_scene *s)
{
    hub_peer_leave(&s->peer);
    assert_int_equal(atomic_load(&given), -1);
    hub_stage_close(&s->stage);
}

const char *hub_kept_request(const hub_kept_scene *s, unsigned wait)
{
    static char text[300];
    char id[ROOM_ID_TEXT];

    room_id_format(&s->at, id);
    snprintf(text, sizeof(text),
             "GET /lobby?after=%s&wait=%u HTTP/1.1\r\nHost: a\r\n"
             "Cookie: b=c\r\n\r\n", id, wait);
    return text;
}

void hub_kept_members(hub_kept_scene *s, unsigned count)
{
    HUB_STAGE_WAIT(hub_stage_members(&s->stage, "/lobby") == count);
}

hub_offer *hub_kept_offer(hub_kept_scene *s, hub_peer_kind kind)
{
    hub_offer *offer = hub_peer_offer(&s->peer, &s->stage, 0, kind);
    http_repeat_keys keys =
        http_repeat_keys_of(room_store_secret(s->stage.store));
    const char *wire = hub_kept_request(s, 1);
    http_repeat request;
    size_t head;

    assert_int_equal(http_repeat_read(&keys,
                                      (http_slice){ wire, strlen(wire) },
                                      &request, &head),
                     HTTP_REPEAT_HEAD);
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

void hub_kept_hand_over(hub_kept_scene *s)
{
    hub_offer_hand_over(hub_kept_offer(s, HUB_PEER_TCP));
    hub_kept_members(s, 1);
}

void hub_kept_ask(hub_kept_scene *s, unsigned wait)
{
    const char *text = hub_kept_request(s, wait);

    hub_peer_write(&s->peer, text, strlen(text));
}

const char *hub_kept_answer(hub_kept_scene *s)
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

void hub_kept_last(hub_kept_scene *s, const char *text)
{
    assert_non_null(strstr(hub_text_until(&s->peer, text), "head 0 -1\n"));
    hub_peer_expect_end(&s->peer);
}

void hub_kept_end(hub_kept_scene *s)
{
    hub_text_expect_end(&s->peer);
    hub_kept_members(s, 0);
}

int hub_kept_take(void)
{
    HUB_STAGE_WAIT(atomic_load(&given) >= 0);
    return atomic_exchange(&given, -1);
}

void hub_kept_given(hub_kept_scene *s, const char *bytes, size_t size)
{
    char got[20000];
    int fd = hub_kept_take();

    assert_true(size < sizeof(got));
    HUB_STAGE_WAIT(recv(fd, got, sizeof(got), MSG_PEEK | MSG_DONTWAIT)
                   >= (ssize_t)size);
    assert_int_equal(recv(fd, got, sizeof(got), 0), size);
    assert_memory_equal(got, bytes, size);
    assert_int_equal(recv(fd, got, 1, MSG_DONTWAIT), -1);
    assert_int_equal(send(fd, "answered", 8, 0), 8);
    (void)hub_text_until(&s->peer, "answered");
    close(fd);
    hub_kept_end(s);
    HUB_STAGE_WAIT(hub_stage_count(&s->stage, ACT_COUNT_CONNECTIONS) == 0);
}
