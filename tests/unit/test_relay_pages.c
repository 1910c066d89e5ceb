/* test_relay_pages.c - what Redis has of a room, page by page, against what a
 * host has of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/base_clock.h"
#include "relay/reader/relay_pages.h"
#include "room_arena.h"

/* A page with the ids from..to (none: to < from). */
static bool add(relay_pages *pages, uint64_t from, uint64_t to,
                uint64_t complete, bool more, size_t bytes)
{
    relay_room_answer answer = RELAY_ROOM_ANSWER_INIT;
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    char *body = calloc(1, bytes + 1);

    relay_answer_add(&order->answer, body, bytes);
    free(body);
    answer.known = true;
    answer.more = more;
    answer.epoch = 7;
    answer.what.complete = (room_id){ complete, 0 };
    answer.what.newest = (room_id){ to, 0 };
    for (uint64_t id = from; id <= to; id++) {
        room_import_record record = { .kind = ROOM_LOG_MESSAGE,
                                      .id = { id, 0 } };

        base_bytes_append(&answer.records, &record, sizeof(record));
        answer.what.count++;
    }
    answer.what.records = (const void *)answer.records.data;
    return relay_pages_add(pages, order, &answer);
}

static void own(relay_pages *pages, uint64_t from, uint64_t to)
{
    for (uint64_t id = from; id <= to; id++) {
        relay_own_id mine = { { id, 0 }, id + 100 };

        base_bytes_append(&pages->own.list, &mine, sizeof(mine));
        pages->own.count++;
    }
}

static void pages_go_on(void **state)
{
    relay_pages *pages = relay_pages_create();
    arena a;
    size_t count;

    (void)state;
    arena_open(&a, 40, 4);
    assert_true(add(pages, 10, 20, 9, true, 10));
    assert_int_equal(relay_pages_end(pages)->ms, 20);
    assert_true(add(pages, 21, 30, 15, true, 10)); /* 10 to 15 have gone */
    assert_true(add(pages, 31, 30, 30, false, 10));
    relay_pages_collect(pages, a.store);
    (void)relay_pages_records(pages, &count);
    assert_int_equal(count, 21);
    assert_int_equal(pages->complete.ms, 9);
    assert_int_equal(pages->top.ms, 30);
    relay_pages_free(pages);
    arena_close(&a);
}

/* What was behind the first page has gone before the second one came. */
static void a_hole_is_noticed(void **state)
{
    relay_pages *pages = relay_pages_create();

    (void)state;
    assert_true(add(pages, 10, 20, 9, true, 10));
    assert_false(add(pages, 26, 30, 25, false, 10));
    relay_pages_free(pages);
    pages = relay_pages_create();
    assert_false(add(pages, 1, 0, 0, true, 10)); /* more, but nothing */
    relay_pages_free(pages);
}

static void memory_is_bounded(void **state)
{
    relay_pages *pages = relay_pages_create();
    arena a;
    size_t count;
    const room_import_record *records;

    (void)state;
    arena_open(&a, 40, 4);
    for (uint64_t i = 0; i < 10; i++) {
        assert_true(add(pages, i * 10 + 1, i * 10 + 10, 0, i < 9,
                        6 * 1024 * 1024));
    }
    relay_pages_collect(pages, a.store);
    records = relay_pages_records(pages, &count);
    assert_int_equal(count, 20);
    assert_int_equal(records[0].id.ms, 81);
    assert_int_equal(pages->complete.ms, 80);
    relay_pages_free(pages);
    arena_close(&a);
}

/* What the host has from..to against Redis' 10..20, complete from 9 on. */
static void compare(uint64_t from, uint64_t to, uint64_t lacking, bool misses)
{
    relay_pages *pages = relay_pages_create();
    room_id same;
    room_relay_facts facts = { .complete = { from - 1, 0 },
                               .newest = { to, 0 } };
    arena a;

    arena_open(&a, 40, 4);
    assert_true(add(pages, 10, 20, 9, false, 10));
    relay_pages_collect(pages, a.store);
    own(pages, from, to);
    assert_int_equal(relay_pages_lacking(pages),
                     lacking ? lacking + 100 : UINT64_MAX);
    assert_int_equal(relay_pages_miss(pages, &facts, &same), misses);
    relay_pages_free(pages);
    arena_close(&a);
}

static void differences_are_found(void **state)
{
    (void)state;
    compare(10, 20, 0, false);
    compare(12, 18, 0, false); /* 19 and 20 come behind */
    compare(5, 15, 0, false);  /* what Redis has let go */
    compare(15, 25, 21, false);
    compare(30, 31, 30, false);
}

static void holes_are_found(void **state)
{
    relay_pages *pages = relay_pages_create();
    room_id same;
    room_relay_facts facts = { .complete = { 9, 0 }, .newest = { 20, 0 } };
    arena a;

    (void)state;
    arena_open(&a, 40, 4);
    assert_true(add(pages, 10, 20, 9, false, 10));
    relay_pages_collect(pages, a.store);
    own(pages, 10, 14);
    own(pages, 16, 20);
    assert_int_equal(relay_pages_lacking(pages), UINT64_MAX);
    assert_true(relay_pages_miss(pages, &facts, &same));
    assert_int_equal(same.ms, 14);
    facts.complete.ms = 15;
    assert_false(relay_pages_miss(pages, &facts, &same));
    relay_pages_free(pages);
    arena_close(&a);
}

static void what_was_lost_there_is_missed(void **state)
{
    relay_pages *pages = relay_pages_create();
    room_id same;
    room_relay_facts facts = { .complete = { 9, 0 }, .newest = { 20, 0 } };
    arena a;

    (void)state;
    arena_open(&a, 40, 4);
    assert_true(add(pages, 10, 20, 9, false, 10));
    relay_pages_collect(pages, a.store);
    own(pages, 10, 20);
    pages->lost = (room_id){ 15, 0 }; /* that one is here */
    assert_false(relay_pages_miss(pages, &facts, &same));
    pages->lost = (room_id){ 15, 7 };
    assert_true(relay_pages_miss(pages, &facts, &same));
    facts.complete = pages->lost; /* it was told */
    assert_false(relay_pages_miss(pages, &facts, &same));
    pages->lost = (room_id){ 21, 0 };
    assert_true(relay_pages_miss(pages, &facts, &same));
    relay_pages_free(pages);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_go_on),
        cmocka_unit_test(a_hole_is_noticed),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(differences_are_found),
        cmocka_unit_test(holes_are_found),
        cmocka_unit_test(what_was_lost_there_is_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
