/* test_relay_offer.c - rooms that only the archive knows, and its writer when
 * something is wrong with Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "heard_log.h"
#include "redis_server.h"
#include "relay_scribe.h"

#define WAIT_US INT64_C(60000000)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static room_import_record *make_records(size_t records, size_t size,
                                        room_id birth)
{
    room_import_record *made = calloc(records, sizeof(*made));
    char *body = malloc(size + 30);

    assert_true(made && body);
    strcpy(body, "{\"text\":\"");
    memset(body + 9, 'x', size);
    strcpy(body + 9 + size, "\"}");
    for (size_t i = 0; i < records; i++) {
        made[i] = (room_import_record){
            .kind = ROOM_LOG_MESSAGE, .id = { birth.ms + 1 + i, 7 },
            .author = 5, .ref = i + 1, .body = body, .size = strlen(body),
            .text_at = 8, .text_size = size + 2
        };
    }
    return made;
}

static void free_records(room_import_record *records)
{
    free((void *)(uintptr_t)records[0].body);
    free(records);
}

static void test_a_room_that_only_the_archive_knows(void **state)
{
    const room_id birth = { (uint64_t)base_clock_wall() - 60000, 3 };
    room_import_record *records = make_records(40, 8000, birth);
    room_import_room what = { .birth = birth, .complete = birth,
                              .newest = records[39].id, .keep_ms = 5,
                              .state = { .slow_s = 9, .locked = true,
                                         .topic = "old", .topic_size = 3 },
                              .records = records, .count = 40 };
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;

    (void)state;
    assert_false(relay_scribe_open("site\n/a"));
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 1);
    assert_true(scribe.rooms[0].unknown
                && scribe.rooms[0].what.keep_ms == INT64_MAX);
    assert_int_equal(scribe.source->offer(scribe.source->context,
                                          &scribe.rooms[0], &what),
                     ROOM_OK);
    relay_scribe_fetch("site\n/a", &answer);
    assert_true(answer.known && !answer.torn);
    assert_int_equal(room_id_compare(&answer.what.birth, &birth), 0);
    assert_int_equal(room_id_compare(&answer.what.newest, &what.newest), 0);
    assert_int_equal(room_id_compare(&answer.what.kept, &what.newest), 0);
    assert_int_equal(answer.what.count, 40);
    assert_true(answer.what.keep_ms == INT64_MAX);
    assert_true(answer.what.state.locked && answer.what.state.slow_s == 9);
    assert_int_equal(relay_answer_count(
        redis_server_ask("KEYS", "chatws:{site/a}:ref:*", NULL)), 40);
    relay_room_answer_free(&answer);
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    (void)relay_scribe_say("site\n/a", 1);
    relay_scribe_take(10);
    assert_int_equal(relay_scribe_taken("site\n/a")->what.count, 1);
    free_records(records);
}

static void test_while_a_host_brings_it_back_it_is_busy(void **state)
{
    const room_id birth = { (uint64_t)base_clock_wall() - 60000, 3 };
    room_import_record *records = make_records(2, 10, birth);
    room_import_room what = { .birth = birth, .complete = birth,
                              .newest = records[1].id, .keep_ms = INT64_MAX,
                              .records = records, .count = 2 };
    room_relay_facts facts = { .birth = birth, .complete = birth,
                               .newest = records[1].id };
    relay_room room = relay_scribe_name("site\n/a");
    relay_order *order = relay_room_restore(&room, "some host", &facts, NULL,
                                            NULL);

    (void)state;
    assert_false(relay_scribe_open("site\n/a"));
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 1);
    relay_room_restore_add(order, &facts, &records[0]);
    relay_room_restore_add(order, &facts, NULL);
    relay_scribe_ask(order);
    relay_order_free(order);
    assert_int_equal(scribe.source->offer(scribe.source->context,
                                          &scribe.rooms[0], &what),
                     ROOM_BUSY);
    /* Nor is it written, until that host has died. */
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    (void)redis_server_ask("HSET", "chatws:{site/a}:meta", "filling",
                           "1000 some host", NULL);
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 1);
    assert_true(scribe.rooms[0].unknown);
    assert_int_equal(scribe.source->offer(scribe.source->context,
                                          &scribe.rooms[0], &what),
                     ROOM_OK);
    assert_true(relay_scribe_open("site\n/a"));
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    free_records(records);
}

/* A host has died while it gave the room back, and the archive has none. */
static void test_what_is_left_of_a_room_is_written(void **state)
{
    room_id id;

    (void)state;
    relay_scribe_make("site\n/a");
    id = relay_scribe_say("site\n/a", 1);
    (void)redis_server_ask("HSET", "chatws:{site/a}:meta", "filling",
                           "1000 some host", NULL);
    assert_false(relay_scribe_open("site\n/a"));
    relay_scribe_take(10);
    assert_true(relay_scribe_taken("site\n/a")->unknown);
    assert_int_equal(scribe.source->offer(scribe.source->context,
                                          &scribe.rooms[0], NULL),
                     ROOM_OK);
    assert_true(relay_scribe_open("site\n/a"));
    relay_scribe_take(10);
    assert_int_equal(relay_scribe_taken("site\n/a")->what.count, 1);
    assert_int_equal(room_id_compare(&scribe.rooms[0].what.newest, &id), 0);
}

static void test_nobody_makes_a_room_before_redis_is_known(void **state)
{
    (void)state;
    assert_false(relay_scribe_open("site\n/a"));
    relay_scribe_take(10);
    relay_words_set(scribe.segment.store, RELAY_WORD_SINCE, 0);
    assert_int_equal(scribe.source->offer(scribe.source->context,
                                          &scribe.rooms[0], NULL),
                     ROOM_BUSY);
    /* Nor in another one than the host knows. */
    relay_words_set(scribe.segment.store, RELAY_WORD_SINCE,
                    scribe.hello.since.ms - 1);
    assert_int_equal(scribe.source->offer(scribe.source->context,
                                          &scribe.rooms[0], NULL),
                     ROOM_BUSY);
    assert_false(relay_scribe_open("site\n/a"));
}

static void test_what_makes_no_sense_holds_up_nothing(void **state)
{
    static const char *const bad[] = {
        "", "1", "-1 100 1000", "-1 100 1000 ab",
    "x 100 1000 0000000000000001",
        "-1 -5 1000 0000000000000001", "-1 5000000000 1 0000000000000001",
        "-1 100 99999999999999999999 0000000000000001",
    };
    char key[20];

    (void)state;
    relay_scribe_make("site\n/a");
    (void)relay_scribe_say("site\n/a", 1);
    for (size_t i = 0; i < COUNT(bad); i++) {
        sprintf(key, "site\n/bad%zu", i);
        (void)redis_server_ask("HSET", "chatws:due", key, bad[i], NULL);
    }
    (void)redis_server_ask("HSET", "chatws:due", "",
                           "-1 100 1000 0000000000000001", NULL);
    (void)redis_server_ask("HSET", "chatws:due", "site\n/wrong",
                           "-1 100 1000 0000000000000001", NULL);
    (void)redis_server_ask("SET", "chatws:{site/wrong}:meta", "x", NULL);
    heard_log_begin(BASE_LOG_WARN);
    relay_scribe_take(100);
    assert_int_equal(scribe.count, 1);
    assert_int_equal(relay_scribe_taken("site\n/a")->what.count, 1);
    assert_true(heard_log_count("CW1222") > 0 && heard_log_count("CW1223") > 0
                && heard_log_count("CW1224") > 0);
    heard_log_end();
}

static void test_a_room_that_is_archived_no_more_is_left_out(void **state)
{
    relay_room room = relay_scribe_name("site\n/a");
    relay_order *order;

    (void)state;
    relay_scribe_make("site\n/a");
    (void)relay_scribe_say("site\n/a", 1);
    room.archive_keep_ms = 0;
    order = relay_room_fetch(&room, NULL, false, 1, NULL, NULL, NULL);
    relay_scribe_ask(order);
    relay_order_free(order);
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    assert_int_equal(relay_scribe_number("EXISTS", "chatws:due"), 0);
}

static void test_redis_goes_and_comes_back(void **state)
{
    int64_t until_us;
    int64_t began_us;

    (void)state;
    relay_scribe_make("site\n/a");
    (void)relay_scribe_say("site\n/a", 1);
    relay_scribe_take(10);
    redis_server_kill();
    scribe.source->done(scribe.source->context, &scribe.rooms[0],
                        &scribe.rooms[0].what.newest, false);
    began_us = base_clock_mono();
    assert_int_equal(scribe.source->flush(scribe.source->context), ROOM_BUSY);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(scribe.source->take(scribe.source->context, 10,
                                             &scribe.rooms, &scribe.count),
                         ROOM_BUSY);
    }
    assert_true(base_clock_mono() - began_us < WAIT_US);
    redis_server_start();
    until_us = base_clock_mono() + WAIT_US;
    relay_words_set(scribe.segment.store, RELAY_WORD_RUN, 0);
    while (scribe.source->take(scribe.source->context, 10, &scribe.rooms,
                               &scribe.count) != ROOM_OK) {
        assert_true(base_clock_mono() < until_us);
    }
    assert_int_equal(scribe.count, 0);
    assert_int_equal(relay_scribe_number("EXISTS", "chatws:archive"), 1);
    /* It has lost its scripts; and once more while connected. */
    relay_scribe_connect();
    relay_scribe_make("site\n/a");
    (void)redis_server_ask("SCRIPT", "FLUSH", NULL);
    (void)relay_scribe_say("site\n/a", 1);
    relay_scribe_take(10);
    relay_scribe_write();
    assert_int_equal(relay_scribe_number("EXISTS", "chatws:due"), 0);
}

static void test_only_the_redis_that_the_host_hears(void **state)
{
    int64_t until_us = base_clock_mono() + WAIT_US;

    (void)state;
    relay_scribe_take(10);
    relay_words_set(scribe.segment.store, RELAY_WORD_RUN, scribe.hello.run ^ 1);
    assert_int_equal(scribe.source->take(scribe.source->context, 10,
                                         &scribe.rooms, &scribe.count),
                     ROOM_BUSY);
    assert_int_equal(scribe.source->flush(scribe.source->context), ROOM_OK);
    relay_words_set(scribe.segment.store, RELAY_WORD_RUN, scribe.hello.run);
    while (scribe.source->take(scribe.source->context, 10, &scribe.rooms,
                               &scribe.count) != ROOM_OK) {
        assert_true(base_clock_mono() < until_us);
    }
}

static void test_jobs(void **state)
{
    char text[30];

    (void)state;
    assert_false(scribe.source->job(scribe.source->context, text,
                                    sizeof(text)));
    (void)redis_server_ask("HSET", "chatws:jobs", "7", "erase a1", NULL);
    assert_true(scribe.source->job(scribe.source->context, text, sizeof(text)));
    assert_string_equal(text, "erase a1");
    assert_int_equal(scribe.source->job_done(scribe.source->context, true,
                                             "erase a1 b"),
                     ROOM_OK);
    assert_true(scribe.source->job(scribe.source->context, text, sizeof(text)));
    assert_string_equal(text, "erase a1 b");
    assert_int_equal(scribe.source->job_done(scribe.source->context, false,
                                             NULL), ROOM_OK);
    assert_false(scribe.source->job(scribe.source->context, text,
                                    sizeof(text)));
    (void)redis_server_ask("HSET", "chatws:jobs", "8",
                           "it is longer than there is room for", NULL);
    assert_false(scribe.source->job(scribe.source->context, text,
                                    sizeof(text)));
    /* It holds up no others. */
    assert_int_equal(relay_scribe_number("HLEN", "chatws:jobs"), 0);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, relay_scribe_set_up, \
                                    relay_scribe_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_room_that_only_the_archive_knows),
        TEST(test_while_a_host_brings_it_back_it_is_busy),
        TEST(test_what_is_left_of_a_room_is_written),
        TEST(test_nobody_makes_a_room_before_redis_is_known),
        TEST(test_what_makes_no_sense_holds_up_nothing),
        TEST(test_a_room_that_is_archived_no_more_is_left_out),
        TEST(test_redis_goes_and_comes_back),
        TEST(test_only_the_redis_that_the_host_hears),
        TEST(test_jobs),
    };
    int failed;

    if (!redis_server_begin(false)) {
        return 77; /* skipped */
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_end();
    return failed;
}
