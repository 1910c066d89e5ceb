/* test_relay_archive.c - what the archive's writer gets from a real Redis, and
 * that it has written it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis_server.h"
#include "relay_scribe.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void test_all_hosts_know_that_there_is_one(void **state)
{
    const relay_answer *answer = redis_server_ask("GET", "chatws:archive",
                                                  NULL);

    (void)state;
    assert_true(relay_answer_is(answer, 0, "1"));
    assert_in_range(relay_scribe_number("PTTL", "chatws:archive"), 2500000000,
                    2592000000);
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    scribe.source->alive(scribe.source->context, false);
    answer = redis_server_ask("GET", "chatws:archive", NULL);
    assert_true(relay_answer_is(answer, 0, "0"));
    /* Redis has lost that. */
    (void)redis_server_ask("FLUSHALL", NULL);
    relay_scribe_take(10);
    answer = redis_server_ask("GET", "chatws:archive", NULL);
    assert_true(relay_answer_is(answer, 0, "0"));
}

static void test_what_was_said_is_taken_and_written(void **state)
{
    const room_source_room *one;
    room_id first;
    room_id second;

    (void)state;
    relay_scribe_make("site\n/a");
    relay_scribe_make("site\n/b/c");
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    first = relay_scribe_say("site\n/a", 10);
    second = relay_scribe_say("site\n/a", 20);
    (void)relay_scribe_say("site\n/b/c", 10);
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 2);
    one = relay_scribe_taken("site\n/a");
    assert_int_equal(one->what.count, 2);
    assert_int_equal(room_id_compare(&one->what.records[0].id, &first), 0);
    assert_int_equal(room_id_compare(&one->what.newest, &second), 0);
    assert_int_equal(room_id_compare(&one->what.kept, &one->what.birth), 0);
    assert_true(one->what.keep_ms == INT64_MAX && one->realm == 0xab);
    assert_true(one->keep_count == 100 && one->keep_age_ms == 86400000);
    assert_false(one->gap || one->unknown);
    /* Some of one, and nothing of the other. */
    scribe.source->done(scribe.source->context, one, &first, false);
    relay_scribe_flush();
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 2);
    one = relay_scribe_taken("site\n/a");
    assert_int_equal(one->what.count, 1);
    assert_int_equal(room_id_compare(&one->what.kept, &first), 0);
    relay_scribe_write();
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
    assert_int_equal(relay_scribe_number("EXISTS", "chatws:due"), 0);
}

static void test_times_are_by_this_hosts_clock(void **state)
{
    room_id id;

    (void)state;
    relay_scribe_make("site\n/a");
    id = relay_scribe_say("site\n/a", 1);
    relay_words_set(scribe.segment.store, RELAY_WORD_SKEW, 5000);
    relay_scribe_take(10);
    assert_int_equal(relay_scribe_taken("site\n/a")->what.records[0].stored_ms,
                     (int64_t)id.ms + 5000);
}

/* Those that cannot be written hide no others. */
static void test_rooms_take_turns(void **state)
{
    bool seen[300] = { false };
    unsigned found = 0;
    char key[20];

    (void)state;
    for (unsigned i = 0; i < COUNT(seen); i++) {
        sprintf(key, "site\n/%u", i);
        relay_scribe_make(key);
    }
    for (unsigned i = 0; i < COUNT(seen); i++) {
        sprintf(key, "site\n/%u", i);
        (void)relay_scribe_say(key, 1);
    }
    for (unsigned turn = 0; turn < 100 && found < COUNT(seen); turn++) {
        relay_scribe_take(50);
        assert_in_range(scribe.count, 1, 50);
        for (size_t i = 0; i < scribe.count; i++) {
            unsigned number = (unsigned)strtoul(scribe.rooms[i].key + 6, NULL,
                                                10);

            found += !seen[number];
            seen[number] = true;
            assert_int_equal(scribe.rooms[i].what.count, 1);
        }
    }
    assert_int_equal(found, COUNT(seen));
    for (unsigned turn = 0; turn < 100 && scribe.count > 0; turn++) {
        relay_scribe_take(50);
        relay_scribe_write();
    }
    assert_int_equal(relay_scribe_number("EXISTS", "chatws:due"), 0);
}

static void test_much_comes_piece_by_piece(void **state)
{
    unsigned turns = 0;
    size_t all = 0;

    (void)state;
    relay_scribe_make("site\n/a");
    for (int i = 0; i < 30; i++) {
        (void)relay_scribe_say("site\n/a", 10000);
    }
    do {
        relay_scribe_take(10);
        for (size_t i = 0; i < scribe.count; i++) {
            size_t last = scribe.rooms[i].what.count - 1;

            all += last + 1;
            scribe.source->done(scribe.source->context, &scribe.rooms[i],
                         &scribe.rooms[i].what.records[last].id, false);
        }
        relay_scribe_flush();
        turns++;
    } while (scribe.count > 0);
    assert_int_equal(all, 30);
    assert_in_range(turns, 4, 10);
}

/* What Redis had to let go before it was written. */
static void test_a_gap_is_told(void **state)
{
    (void)state;
    relay_scribe_make("site\n/a");
    (void)relay_scribe_say("site\n/a", 1);
    (void)redis_server_ask("DEL", "chatws:{site/a}:log",
                           "chatws:{site/a}:text", NULL);
    relay_scribe_take(10);
    assert_int_equal(relay_scribe_taken("site\n/a")->what.count, 0);
    assert_true(relay_scribe_taken("site\n/a")->gap);
    (void)relay_scribe_say("site\n/a", 1);
    relay_scribe_take(10);
    assert_int_equal(relay_scribe_taken("site\n/a")->what.count, 1);
    assert_true(relay_scribe_taken("site\n/a")->gap);
    relay_scribe_write();
    (void)relay_scribe_say("site\n/a", 1);
    relay_scribe_take(10);
    assert_false(relay_scribe_taken("site\n/a")->gap);
}

static void test_a_record_that_is_refused_is_told(void **state)
{
    const relay_answer *answer;
    room_id id;

    (void)state;
    relay_scribe_make("site\n/a");
    id = relay_scribe_say("site\n/a", 1);
    relay_scribe_take(10);
    scribe.source->done(scribe.source->context, relay_scribe_taken("site\n/a"),
                        &id, true);
    relay_scribe_write();
    answer = redis_server_ask("HGET", "chatws:{site/a}:meta", "kept", NULL);
    assert_int_equal(relay_answer_count(answer), 1);
    relay_scribe_take(10);
    assert_int_equal(scribe.count, 0);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, relay_scribe_set_up, \
                                    relay_scribe_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_hosts_know_that_there_is_one),
        TEST(test_what_was_said_is_taken_and_written),
        TEST(test_times_are_by_this_hosts_clock),
        TEST(test_rooms_take_turns),
        TEST(test_much_comes_piece_by_piece),
        TEST(test_a_gap_is_told),
        TEST(test_a_record_that_is_refused_is_told),
    };
    int failed;

    if (!redis_server_begin(false)) {
        return 77; /* skipped */
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_end();
    return failed;
}
