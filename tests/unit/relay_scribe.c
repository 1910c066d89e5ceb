/* relay_scribe.c - see relay_scribe.h. */
#include "relay_scribe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "redis_server.h"
#include "relay/relay_room.h"

#define WAIT_US INT64_C(60000000)
#define HEAD "{\"type\":\"message\",\"id\":\""

relay_scribe_one scribe;

void relay_scribe_connect(void)
{
    static const base_hash_key secret = { 7, 8 };
    char why[400];

    assert_true(relay_link_open(scribe.link));
    assert_true(relay_hello_ask(scribe.link, redis_server_settings(),
                                "0123456789abcdef", &secret, &scribe.hello, why,
                                sizeof(why)));
    relay_words_set(scribe.segment.store, RELAY_WORD_SINCE,
                    scribe.hello.since.ms);
    relay_words_set(scribe.segment.store, RELAY_WORD_RUN, scribe.hello.run);
}

int relay_scribe_set_up(void **state)
{
    (void)state;
    (void)redis_server_ask("FLUSHALL", NULL);
    arena_open_relay(&scribe.segment, 200, 4, 7, NULL);
    scribe.link = relay_link_create(redis_server_settings(), -1);
    relay_scribe_connect();
    scribe.archive = relay_archive_create(redis_server_settings(),
                                          scribe.segment.store);
    scribe.source = relay_archive_source(scribe.archive);
    scribe.source->alive(scribe.source->context, true);
    return 0;
}

int relay_scribe_tear_down(void **state)
{
    (void)state;
    relay_archive_destroy(scribe.archive);
    relay_link_destroy(scribe.link);
    arena_close(&scribe.segment);
    return 0;
}

relay_room relay_scribe_name(const char *key)
{
    return (relay_room){ .settings = redis_server_settings(),
                         .key = key,
                         .key_size = strlen(key),
                         .keep_count = 100,
                         .keep_age_ms = 86400000,
                         .realm = 0xab,
                         .archive_keep_ms = INT64_MAX };
}

void relay_scribe_ask(relay_order *order)
{
    relay_link_ask(scribe.link, order, base_clock_mono() + WAIT_US);
    assert_int_equal(order->status, RELAY_OK);
}

void relay_scribe_fetch(const char *key, relay_room_answer *out)
{
    relay_room room = relay_scribe_name(key);
    relay_order *order = relay_room_fetch(&room, NULL, true, 1000000,
                                          &scribe.hello.since, NULL, NULL);

    relay_scribe_ask(order);
    assert_true(relay_room_fetched(order, out));
    relay_order_free(order);
}

bool relay_scribe_open(const char *key)
{
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;
    bool known;

    relay_scribe_fetch(key, &answer);
    known = answer.known;
    assert_true(known || answer.asked);
    relay_room_answer_free(&answer);
    return known;
}

room_id relay_scribe_say(const char *key, size_t size)
{
    relay_room room = relay_scribe_name(key);
    char *tail = malloc(size + 40);
    int front = sprintf(tail, "\",\"text\":\"");
    room_log_entry entry = { .kind = ROOM_LOG_MESSAGE, .head = HEAD,
                             .head_size = strlen(HEAD), .tail = tail,
                             .user = 5, .text_at = (size_t)front - 1,
                             .text_size = size + 2 };
    relay_order *order;
    int64_t wait_us;
    bool archived;
    room_id id;

    assert_non_null(tail);
    memset(tail + front, 'x', size);
    strcpy(tail + front + size, "\"}");
    entry.tail_size = strlen(tail);
    order = relay_room_store(&room, &entry, NULL, &(room_id){ 0, 0 }, NULL,
                             NULL);
    relay_scribe_ask(order);
    assert_int_equal(relay_room_stored(order, &id, &wait_us, &archived),
                     ROOM_OK);
    assert_true(archived);
    relay_order_free(order);
    free(tail);
    return id;
}

void relay_scribe_take(size_t most)
{
    assert_int_equal(scribe.source->take(scribe.source->context, most,
                                         &scribe.rooms, &scribe.count),
                     ROOM_OK);
}

const room_source_room *relay_scribe_taken(const char *key)
{
    for (size_t i = 0; i < scribe.count; i++) {
        if (scribe.rooms[i].key_size == strlen(key)
            && memcmp(scribe.rooms[i].key, key, strlen(key)) == 0) {
            return &scribe.rooms[i];
        }
    }
    fail_msg("%s was not taken", key);
    return NULL;
}

void relay_scribe_flush(void)
{
    assert_int_equal(scribe.source->flush(scribe.source->context), ROOM_OK);
}

void relay_scribe_write(void)
{
    for (size_t i = 0; i < scribe.count; i++) {
        scribe.source->done(scribe.source->context, &scribe.rooms[i],
                            &scribe.rooms[i].what.newest, false);
    }
    relay_scribe_flush();
}

int64_t relay_scribe_number(const char *word, const char *key)
{
    return relay_answer_number(redis_server_ask(word, key, NULL), 0);
}

void relay_scribe_make(const char *key)
{
    if (!relay_scribe_open(key)) {
        relay_scribe_take(10);
        assert_true(relay_scribe_taken(key)->unknown);
        assert_int_equal(scribe.source->offer(scribe.source->context,
                                              relay_scribe_taken(key), NULL),
                         ROOM_OK);
        assert_true(relay_scribe_open(key));
    }
}
