/* test_room_floor.c - positions of rooms that are not there (yet), and what
 * becomes of ids, positions and history when the clock is set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/base_log.h"
#include "room/table/room_floor.h"
#include "room_arena.h"

#define HOUR INT64_C(3600000)
#define TEN_YEARS (INT64_C(87600) * HOUR)

static void no_line(void *context, base_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

/* Floors go by hash: with another key, one test in thirty had two rooms that
 * share one. */
static void set_up(arena *a, uint32_t rooms)
{
    static const base_hash_key key = { 1, 2 };

    arena_open(a, 256, rooms);
    a->store->hash_key = a->store->header->hash_key = key;
    base_log_set(no_line, NULL, BASE_LOG_ERROR);
}

static void tear_down(arena *a)
{
    arena_check(a);
    arena_close(a);
    base_log_set(NULL, NULL, BASE_LOG_NOTICE);
}

static room_handle make(arena *a, const char *key, base_clock_time now)
{
    room_handle room = { 0, 0 };

    assert_int_equal(room_table_open(a->store, key, strlen(key), 10,
                                     ARENA_FOREVER, now, &room), ROOM_OK);
    return room;
}

/* A room that is not there; what is told of it. */
static room_table_nowhere look(arena *a, const char *key, base_clock_time now)
{
    room_table_nowhere nowhere = { { 0, 0 }, { 0, 0 } };
    room_handle room;

    assert_int_equal(room_table_seek(a->store, key, strlen(key), 10,
                                     ARENA_FOREVER, now, &room, &nowhere),
                     ROOM_ABSENT);
    return nowhere;
}

static room_log_position seek(arena *a, room_handle room, room_id after)
{
    room_log_position at;

    assert_int_equal(room_log_seek(a->store, room, &after, 0,
                                   ARENA_MONO(ARENA_NOW), &at), ROOM_OK);
    return at;
}

static room_id say_at(arena *a, room_handle room, base_clock_time now)
{
    room_log_entry entry = { .head = "x", .head_size = 1, .user = 1,
                             .wall_ms = now.wall_ms, .mono_us = now.mono_us };
    room_id id;
    uint64_t seq;

    assert_int_equal(room_log_append(a->store, room, &entry, &id, &seq),
                     ROOM_OK);
    return id;
}

/* The wall clock was set by so much. */
static base_clock_time jumped(int64_t wall_ms, int64_t by_ms)
{
    base_clock_time now = arena_at(wall_ms);

    now.wall_ms += by_ms;
    return now;
}

/* Makes so many other rooms come and go that every old one has gone. */
static void churn(arena *a, const char *prefix, unsigned count,
                  base_clock_time now)
{
    char key[32];

    for (unsigned i = 0; i < count; i++) {
        snprintf(key, sizeof(key), "%s %u", prefix, i);
        now.mono_us++;
        say_at(a, make(a, key, now), now);
    }
}

static void a_position_of_before_is_exact_when_the_room_is_made(void **state)
{
    arena a;
    room_handle room;
    room_id told;
    room_id first;
    room_log_position at;

    (void)state;
    set_up(&a, 16);
    told = look(&a, "r", arena_at(ARENA_NOW + 500)).newest;
    assert_int_equal(told.ms, ARENA_NOW + 500);
    /* All in one millisecond. */
    room = make(&a, "r", arena_at(ARENA_NOW + 500));
    first = say_at(&a, room, arena_at(ARENA_NOW + 500));
    assert_true(room_id_compare(&told, &first) < 0);
    at = seek(&a, room, told);
    assert_true(at.resumed && !at.gap);
    assert_int_equal(at.seq, 1);
    /* Since the segment was made nothing of it was forgotten. */
    assert_true(seek(&a, room, (room_id){ ARENA_NOW, 0 }).resumed);
    assert_true(seek(&a, room, (room_id){ ARENA_NOW - 1, 9 }).gap);
    assert_true(seek(&a, room, (room_id){ 0, 0 }).gap);
    tear_down(&a);
}

/* Whoever had read the clock first may get the table's lock last. */
static void a_position_is_never_later_than_what_is_said_after_it(void **state)
{
    arena a;
    room_handle room;
    room_id told;
    room_id first;

    (void)state;
    set_up(&a, 16);
    told = look(&a, "r", arena_at(ARENA_NOW + 20)).newest;
    room = make(&a, "r", arena_at(ARENA_NOW + 10));
    first = say_at(&a, room, arena_at(ARENA_NOW + 10));
    assert_true(room_id_compare(&told, &first) < 0);
    assert_true(seek(&a, room, told).resumed);
    assert_int_equal(seek(&a, room, told).seq, 1);
    tear_down(&a);
}

/* No position of a room that was forgotten fits the one that comes after it;
 * those of others stay as they are. */
static void what_is_forgotten_is_a_gap_and_nothing_else(void **state)
{
    enum { OTHERS = 100 };
    arena a;
    room_handle room;
    room_id ids[3];
    room_id told;
    room_table_nowhere now;
    unsigned exact = 0;

    (void)state;
    set_up(&a, 64);
    room = make(&a, "r", arena_at(ARENA_NOW));
    for (int i = 0; i < 3; i++) {
        ids[i] = say_at(&a, room, arena_at(ARENA_NOW + 1));
    }
    told = look(&a, "other 0", arena_at(ARENA_NOW + 2)).newest;
    churn(&a, "flood", 64, arena_at(ARENA_NOW + 10));
    now = look(&a, "r", arena_at(ARENA_NOW + 20));
    assert_true(room_id_compare(&now.complete, &ids[2]) > 0);
    room = make(&a, "r", arena_at(ARENA_NOW + 20));
    for (int i = 0; i < 3; i++) {
        assert_true(seek(&a, room, ids[i]).gap);
    }
    assert_true(seek(&a, room, now.newest).resumed);
    /* One forgotten room in 128 floors. */
    for (unsigned i = 0; i < OTHERS; i++) {
        char key[32];

        snprintf(key, sizeof(key), "other %u", i);
        now = look(&a, key, arena_at(ARENA_NOW + 30));
        exact += room_id_compare(&now.complete, &told) <= 0;
    }
    assert_in_range(exact, OTHERS * 8 / 10, OTHERS);
    tear_down(&a);
}

static uint64_t floor_of(arena *a, const char *key)
{
    return base_hash(&a->store->hash_key, key, strlen(key))
           & (a->store->geometry.floors - 1);
}

/* A key that does not share the floor of `other`. */
static void choose_key(arena *a, const char *other, char key[32])
{
    unsigned i = 0;

    do {
        snprintf(key, 32, "late %u", i++);
    } while (floor_of(a, key) == floor_of(a, other));
}

/* SECURITY X6. The clock goes ten years forward, rooms are made, used and
 * forgotten, and it comes back. */
static void x6_a_jump_forward_and_back(void **state)
{
    arena a;
    room_handle lived;
    room_handle room;
    room_id future;
    room_id told;
    room_id id;
    unsigned right = 0;
    char late[32];

    (void)state;
    set_up(&a, 64);
    choose_key(&a, "gone", late);
    lived = make(&a, "lived", arena_at(ARENA_NOW));
    say_at(&a, lived, arena_at(ARENA_NOW));
    future = say_at(&a, lived, jumped(ARENA_NOW + 10, TEN_YEARS));
    room = make(&a, "gone", jumped(ARENA_NOW + 10, TEN_YEARS));
    say_at(&a, room, jumped(ARENA_NOW + 10, TEN_YEARS));
    told = look(&a, late, jumped(ARENA_NOW + 10, TEN_YEARS)).newest;
    say_at(&a, lived, jumped(ARENA_NOW + 19, TEN_YEARS)); /* is used last */
    churn(&a, "flood", 63, arena_at(ARENA_NOW + 20));

    /* A room that is there goes on above its ids, others are of today. */
    id = say_at(&a, lived, arena_at(ARENA_NOW + 30));
    assert_true(room_id_compare(&future, &id) < 0);
    for (unsigned i = 0; i < 60; i++) {
        char key[32];

        snprintf(key, sizeof(key), "new %u", i);
        id = say_at(&a, make(&a, key, arena_at(ARENA_NOW + 40 + i)),
                    arena_at(ARENA_NOW + 40 + i));
        right += id.ms < (uint64_t)(ARENA_NOW + HOUR);
    }
    assert_in_range(right, 54, 60);
    /* A position of the future is no silence, now or when its time comes. */
    room = make(&a, late, arena_at(ARENA_NOW + 200));
    id = say_at(&a, room, arena_at(ARENA_NOW + 200));
    assert_int_equal(id.ms, ARENA_NOW + 200);
    assert_true(seek(&a, room, told).gap);
    assert_true(seek(&a, room, id).resumed);
    say_at(&a, room, jumped(ARENA_NOW + 300, TEN_YEARS));
    id = say_at(&a, room, jumped(ARENA_NOW + 400, TEN_YEARS));
    assert_true(seek(&a, room, told).gap);
    assert_true(seek(&a, room, id).resumed);
    tear_down(&a);
}

/* The clock is set back twice, to before the segment was made: what was
 * forgotten in between is a gap still. */
static void x6_two_jumps_back(void **state)
{
    arena a;
    room_handle room;
    room_id gone;
    room_id told;

    (void)state;
    set_up(&a, 16);
    room = make(&a, "r", jumped(ARENA_NOW + 1, -HOUR));
    gone = say_at(&a, room, jumped(ARENA_NOW + 2, -HOUR));
    say_at(&a, room, jumped(ARENA_NOW + 3, -HOUR));
    churn(&a, "flood", 16, jumped(ARENA_NOW + 4, -HOUR));
    told = look(&a, "r", jumped(ARENA_NOW + 5, -2 * HOUR)).newest;
    room = make(&a, "r", jumped(ARENA_NOW + 6, -2 * HOUR));
    say_at(&a, room, jumped(ARENA_NOW + 7, -2 * HOUR));
    say_at(&a, room, arena_at(ARENA_NOW + 8));
    assert_true(seek(&a, room, gone).gap);
    assert_true(seek(&a, room, told).resumed);
    assert_int_equal(seek(&a, room, told).seq, 1);
    tear_down(&a);
}

/* What was said ages from when it was stored. */
static void x6_history_ages_by_the_monotonic_clock(void **state)
{
    static const int64_t jumps[] = { TEN_YEARS, HOUR, -HOUR, -TEN_YEARS };
    arena a;

    (void)state;
    set_up(&a, 16);
    for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        char key[4];
        int size = snprintf(key, sizeof(key), "r%zu", i);
        room_log_state now;
        room_handle room;

        assert_int_equal(room_table_open(a.store, key, (size_t)size, 10, 60000,
                                         arena_at(ARENA_NOW), &room), ROOM_OK);
        say_at(&a, room, arena_at(ARENA_NOW));
        say_at(&a, room, jumped(ARENA_NOW + 1000, jumps[i]));
        say_at(&a, room, arena_at(ARENA_NOW + 2000));
        room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 60000), &now);
        assert_int_equal(now.kept, 3);
        room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 61000), &now);
        assert_int_equal(now.kept, 2);
        room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 61001), &now);
        assert_int_equal(now.kept, 1);
        room_log_info(a.store, room, ARENA_MONO(ARENA_NOW + 62001), &now);
        assert_int_equal(now.kept, 0);
    }
    tear_down(&a);
}

/* Another size: floors go along, whichever has more of them. */
static void floors_move(void **state)
{
    static const uint32_t sizes[] = { 4, 64 };

    (void)state;
    for (int i = 0; i < 2; i++) {
        arena from;
        arena to;
        room_id last;
        room_id told;
        room_handle room;

        set_up(&from, sizes[i]);
        last = say_at(&from, make(&from, "r", arena_at(ARENA_NOW + 1)),
                      arena_at(ARENA_NOW + 1));
        churn(&from, "flood", sizes[i], arena_at(ARENA_NOW + 2));
        told = look(&from, "r", arena_at(ARENA_NOW + 3)).newest;
        arena_open_after(&to, 256, sizes[1 - i], from.store);
        room_floor_move(from.store, to.store);
        room = make(&to, "r", arena_at(ARENA_NOW + 2));
        say_at(&to, room, arena_at(ARENA_NOW + 2));
        assert_true(seek(&to, room, last).gap);
        assert_true(seek(&to, room, told).resumed);
        assert_int_equal(seek(&to, room, told).seq, 1);
        tear_down(&from);
        tear_down(&to);
    }
}

/* The successor may have the room already: what is told is exact there. */
static void a_closed_segment_tells_no_position_of_now(void **state)
{
    arena a;
    room_table_nowhere now;

    (void)state;
    set_up(&a, 4);
    room_store_close(a.store);
    now = look(&a, "r", arena_at(ARENA_NOW + 500));
    assert_int_equal(now.newest.ms, ARENA_NOW);
    assert_int_equal(room_id_compare(&now.newest, &now.complete), 0);
    tear_down(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_position_of_before_is_exact_when_the_room_is_made),
        cmocka_unit_test(a_position_is_never_later_than_what_is_said_after_it),
        cmocka_unit_test(what_is_forgotten_is_a_gap_and_nothing_else),
        cmocka_unit_test(x6_a_jump_forward_and_back),
        cmocka_unit_test(x6_two_jumps_back),
        cmocka_unit_test(x6_history_ages_by_the_monotonic_clock),
        cmocka_unit_test(floors_move),
        cmocka_unit_test(a_closed_segment_tells_no_position_of_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
