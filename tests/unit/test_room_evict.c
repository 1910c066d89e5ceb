/* test_room_evict.c - what goes first when no page is free, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "room/people/room_member.h"
#include "room_arena.h"

#define PAGE_BODY 920 /* one record of this fills a page */

static uint64_t kept(arena *a, room_handle room, int64_t wall_ms)
{
    room_log_state now;

    assert_int_equal(room_log_info(a->store, room, ARENA_MONO(wall_ms), &now),
                     ROOM_OK);
    return now.kept;
}

static uint64_t pages_of(arena *a, room_handle room)
{
    room_log_state now;

    assert_int_equal(room_log_info(a->store, room, ARENA_MONO(ARENA_NOW),
                                   &now), ROOM_OK);
    return now.pages;
}

static room_store_figures figures(arena *a)
{
    room_store_figures now;

    room_store_figures_get(a->store, &now);
    return now;
}

static void fill(arena *a, room_handle room, unsigned pages, int64_t wall_ms)
{
    for (unsigned i = 0; i < pages; i++) {
        assert_int_equal(arena_fill(a, room, PAGE_BODY, wall_ms), ROOM_OK);
    }
}

static void sit(arena *a, room_handle room, uint64_t user)
{
    room_member who = { .user = user, .guest = true, .name_size = 1,
                        .name = "n", .name_key = user };

    assert_int_equal(room_member_join(a->store, room, 1, &who, NULL),
                     ROOM_OK);
}

/* Expired ones of any room before anything that is kept. */
static void the_expired_go_first(void **state)
{
    arena a;
    room_handle old;
    room_handle idle;
    room_handle busy;

    (void)state;
    arena_open(&a, 32, 4);
    assert_int_equal(room_table_open(a.store, "old", 3, 100, 1000,
                                     arena_at(ARENA_NOW), &old), ROOM_OK);
    idle = arena_room(&a, "idle", 100);
    busy = arena_room(&a, "busy", 100);
    fill(&a, old, 8, ARENA_NOW);
    fill(&a, idle, 16, ARENA_NOW);
    fill(&a, busy, 8, ARENA_NOW + 90000);
    assert_int_equal(figures(&a).pages_free, 0);
    fill(&a, busy, 8, ARENA_NOW + 90000);
    assert_int_equal(kept(&a, old, ARENA_NOW), 0);
    assert_int_equal(kept(&a, idle, ARENA_NOW), 16);
    assert_int_equal(kept(&a, busy, ARENA_NOW), 16);
    assert_int_equal(figures(&a).evicted, 0);
    arena_check(&a);
    arena_close(&a);
}

/* The room's own transit before that of others. */
static void transit_goes_before_history(void **state)
{
    arena a;
    room_handle busy;
    room_handle idle;

    (void)state;
    arena_open(&a, 32, 4);
    busy = arena_room(&a, "busy", 2);
    idle = arena_room(&a, "idle", 100);
    fill(&a, idle, 16, ARENA_NOW);
    fill(&a, busy, 16, ARENA_NOW);
    assert_int_equal(kept(&a, busy, ARENA_NOW), 2);
    assert_int_equal(pages_of(&a, busy), 16);
    fill(&a, busy, 1, ARENA_NOW + 3000);
    assert_int_equal(pages_of(&a, busy), 3);
    assert_int_equal(kept(&a, idle, ARENA_NOW), 16);
    assert_int_equal(figures(&a).evicted, 0);
    arena_close(&a);
}

/* Rooms without anybody before the largest, down to the guarantee. */
static void empty_rooms_go_before_large_ones(void **state)
{
    arena a;
    room_handle empty;
    room_handle large;
    room_handle busy;

    (void)state;
    arena_open(&a, 32, 4);
    empty = arena_room(&a, "empty", 100);
    large = arena_room(&a, "large", 100);
    busy = arena_room(&a, "busy", 100);
    sit(&a, large, 1);
    sit(&a, busy, 2);
    fill(&a, empty, 10, ARENA_NOW);
    fill(&a, large, 18, ARENA_NOW);
    fill(&a, busy, 4, ARENA_NOW);
    assert_int_equal(figures(&a).guarantee, 4);
    fill(&a, busy, 6, ARENA_NOW);
    assert_int_equal(kept(&a, empty, ARENA_NOW), 4);
    assert_int_equal(kept(&a, large, ARENA_NOW), 18);
    assert_int_equal(kept(&a, busy, ARENA_NOW), 10);
    assert_int_equal(figures(&a).evicted, 6);
    fill(&a, busy, 2, ARENA_NOW);
    assert_int_equal(kept(&a, large, ARENA_NOW), 16);
    assert_int_equal(kept(&a, busy, ARENA_NOW), 12);
    fill(&a, busy, 40, ARENA_NOW); /* they level out */
    assert_int_equal(kept(&a, empty, ARENA_NOW), 4);
    assert_in_range(kept(&a, large, ARENA_NOW), 13, 15);
    assert_in_range(kept(&a, busy, ARENA_NOW), 13, 15);
    arena_check(&a);
    arena_close(&a);
}

/* A flood in one room leaves each other room its guaranteed pages. */
static void a_flood_leaves_the_last_messages(void **state)
{
    arena a;
    room_handle rooms[8];
    char key[8];

    (void)state;
    arena_open(&a, 64, 8);
    for (int i = 0; i < 8; i++) {
        snprintf(key, sizeof(key), "r%d", i);
        rooms[i] = arena_room(&a, key, 1000);
        sit(&a, rooms[i], (uint64_t)i + 1);
        fill(&a, rooms[i], 4, ARENA_NOW);
    }
    fill(&a, rooms[0], 500, ARENA_NOW);
    for (int i = 1; i < 8; i++) {
        assert_int_equal(kept(&a, rooms[i], ARENA_NOW), 4);
    }
    assert_int_equal(kept(&a, rooms[0], ARENA_NOW), 64 - 7 * 4);
    assert_int_equal(figures(&a).evicted, 504 - (64 - 7 * 4));
    arena_check(&a);
    arena_close(&a);
}

/* Every room holds one message larger than the guarantee: the largest message
 * still finds a place in a room that has nothing. */
static void the_largest_message_always_fits(void **state)
{
    arena a;
    room_handle room = { 0, 0 };
    char key[8];

    (void)state;
    arena_open(&a, 64, 8);
    for (int i = 0; i < 8; i++) {
        snprintf(key, sizeof(key), "r%d", i);
        room = arena_room(&a, key, 1000);
        if (i < 7) {
            assert_int_equal(arena_fill(&a, room, 9000, ARENA_NOW), ROOM_OK);
        }
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(arena_fill(&a, room, 16 * 1008 - 84, ARENA_NOW),
                         ROOM_OK);
        arena_check(&a);
    }
    assert_int_equal(pages_of(&a, room), 16);
    arena_close(&a);
}

/* What is lost to pressure is told as a gap. */
static void an_evicted_cursor_is_a_gap(void **state)
{
    arena a;
    room_handle one;
    room_handle two;
    room_log_position at;
    room_id birth = { (uint64_t)ARENA_NOW, 0 };

    (void)state;
    arena_open(&a, 16, 2);
    one = arena_room(&a, "one", 1000);
    two = arena_room(&a, "two", 1000);
    fill(&a, one, 10, ARENA_NOW + 1);
    room_log_seek(a.store, one, &birth, 0, ARENA_MONO(ARENA_NOW + 1), &at);
    assert_true(at.resumed);
    fill(&a, two, 20, ARENA_NOW + 1);
    room_log_seek(a.store, one, &birth, 0, ARENA_MONO(ARENA_NOW + 1), &at);
    assert_true(at.gap);
    assert_int_equal(at.seq, 11 - kept(&a, one, ARENA_NOW + 1));
    arena_close(&a);
}

/* Ten segments' worth: the number of used pages stays, counters are exact. */
static void memory_stays_constant(void **state)
{
    arena a;
    room_handle rooms[6];
    uint64_t said = 0;
    uint64_t there = 0;

    (void)state;
    arena_open(&a, 96, 6);
    for (int i = 0; i < 6; i++) {
        char key[8];

        snprintf(key, sizeof(key), "r%d", i);
        rooms[i] = arena_room(&a, key, 100000);
    }
    for (int i = 0; i < 6000; i++) {
        size_t size = (size_t)(i * 131 % 2500);

        assert_int_equal(arena_fill(&a, rooms[i * 7 % 6], size,
                                    ARENA_NOW + i), ROOM_OK);
        said++;
    }
    assert_in_range(figures(&a).pages_free, 0, 3);
    for (int i = 0; i < 6; i++) {
        there += kept(&a, rooms[i], ARENA_NOW);
    }
    assert_int_equal(figures(&a).evicted, said - there);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_expired_go_first),
        cmocka_unit_test(transit_goes_before_history),
        cmocka_unit_test(empty_rooms_go_before_large_ones),
        cmocka_unit_test(a_flood_leaves_the_last_messages),
        cmocka_unit_test(the_largest_message_always_fits),
        cmocka_unit_test(an_evicted_cursor_is_a_gap),
        cmocka_unit_test(memory_stays_constant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
