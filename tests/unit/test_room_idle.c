/* test_room_idle.c - the list of rooms that are given away next. (Which room
 * that is, is in test_room_table.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "room/segment/room_layout.h"
#include "room/table/room_idle.h"
#include "room_arena.h"

static void make(arena *a, const char *key, int64_t wall_ms)
{
    room_handle room;

    assert_int_equal(room_table_open(a->store, key, strlen(key), 0,
                                     ARENA_FOREVER, arena_at(wall_ms), &room),
                     ROOM_OK);
}

/* Whoever waited for the table has looked at the clock before the list of idle
 * rooms was made: that is no reason to look at all rooms again. */
static void one_list_serves_those_who_waited(void **state)
{
    arena a;
    char key[16];

    (void)state;
    arena_open(&a, 64, 16);
    for (int i = 0; i < 16; i++) {
        snprintf(key, sizeof(key), "old %d", i);
        make(&a, key, ARENA_NOW + i);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(key, sizeof(key), "new %d", i);
        make(&a, key, ARENA_NOW + 90 - i);
        assert_int_equal(a.store->header->idle_us, ARENA_MONO(ARENA_NOW + 90));
        assert_int_equal(a.store->header->idle_next, i + 1);
    }
    arena_check(&a);
    arena_close(&a);
}

/* Two places: whoever comes takes that of the room that anybody can make,
 * though the other one has been idle for longer and keeps nothing. */
static void a_rare_room_is_last(void **state)
{
    arena a;
    room_handle rare;
    room_handle now;

    (void)state;
    arena_open(&a, 64, 2);
    make(&a, "rare", ARENA_NOW);
    assert_int_equal(room_table_find(a.store, "rare", 4, &rare), ROOM_OK);
    room_idle_mark(a.store, rare, true);
    for (int i = 0; i < 3; i++) {
        char key[16];

        snprintf(key, sizeof(key), "room %d", i);
        make(&a, key, ARENA_NOW + 2000 * (i + 1));
        assert_int_equal(room_table_find(a.store, "rare", 4, &now), ROOM_OK);
    }
    /* A new generation is not rare any more, and one that nobody calls so. */
    room_idle_mark(a.store, rare, false);
    make(&a, "another", ARENA_NOW + 9000);
    assert_int_equal(room_table_find(a.store, "rare", 4, &now), ROOM_ABSENT);
    room_idle_mark(a.store, rare, true);
    make(&a, "last", ARENA_NOW + 12000);
    make(&a, "rare", ARENA_NOW + 15000);
    make(&a, "late", ARENA_NOW + 18000);
    make(&a, "later", ARENA_NOW + 21000);
    assert_int_equal(room_table_find(a.store, "rare", 4, &now), ROOM_ABSENT);
    arena_check(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_list_serves_those_who_waited),
        cmocka_unit_test(a_rare_room_is_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
