/* test_room_ref.c - room_ref.h: what one address can do to the refs of others.
 * (That a ref stores once is tested with the log.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "room/log/room_log.h"
#include "room/set/room_ref.h"
#include "room/set/room_set.h"
#include "room_arena.h"

#define NOW INT64_C(5000000)
#define FLOOD 50000

static uint64_t hash_of(uint64_t number)
{
    return (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void put(arena *a, uint64_t number, uint16_t tag, int64_t now)
{
    room_id id = { number, 1 };

    room_ref_put(a->store, hash_of(number), tag, &id, now);
}

static bool knows(arena *a, uint64_t number, int64_t now)
{
    room_id id = { 0, 0 };

    if (!room_ref_find(a->store, hash_of(number), now, &id)) {
        return false;
    }
    assert_int_equal(id.ms, number);
    return true;
}

/* Each honest ref is of an address of its own: of one that has most of a set
 * some would go. */
static void a_flood_pushes_out_its_own(void **state)
{
    arena a;
    uint64_t most;
    uint64_t honest;
    uint64_t lost = 0;

    (void)state;
    arena_open(&a, 400, 2);
    most = (uint64_t)a.store->geometry.ref_sets * ROOM_SET_WAYS;
    honest = most / 16;
    assert_in_range(most, 1024, 20000);
    for (uint64_t i = 0; i < honest; i++) {
        put(&a, 1000000 + i, (uint16_t)(100 + i), NOW);
    }
    for (uint64_t i = 0; i < FLOOD; i++) {
        put(&a, i, 2, NOW + (int64_t)i);
    }
    for (uint64_t i = 0; i < honest; i++) {
        lost += !knows(&a, 1000000 + i, NOW + FLOOD);
    }
    assert_int_equal(lost, 0);
    for (uint64_t i = 0; i < honest; i++) { /* and in the middle of it */
        put(&a, 2000000 + i, (uint16_t)(30000 + i), NOW + FLOOD);
        put(&a, FLOOD + i, 2, NOW + FLOOD);
    }
    for (uint64_t i = 0; i < honest; i++) {
        lost += !knows(&a, 2000000 + i, NOW + FLOOD);
    }
    assert_int_equal(lost, 0);
    arena_close(&a);
}

/* Who is alone has all of the table, its newest stay, and after ten minutes
 * everything is free. */
static void alone(void **state)
{
    arena a;
    uint64_t most;
    uint64_t known = 0;

    (void)state;
    arena_open(&a, 400, 2);
    most = (uint64_t)a.store->geometry.ref_sets * ROOM_SET_WAYS;
    for (uint64_t i = 0; i < 8 * most; i++) {
        put(&a, i, 2, NOW + (int64_t)i);
        assert_true(knows(&a, i, NOW + (int64_t)i));
    }
    for (uint64_t i = 0; i < 8 * most; i++) {
        known += knows(&a, i, NOW + (int64_t)(8 * most));
    }
    assert_in_range(known, most * 99 / 100, most);
    put(&a, 5, 3, NOW + 2 * ROOM_REF_US);
    assert_true(knows(&a, 5, NOW + 3 * ROOM_REF_US - 1));
    assert_false(knows(&a, 5, NOW + 3 * ROOM_REF_US));
    assert_false(knows(&a, 8 * most - 1, NOW + 2 * ROOM_REF_US));
    arena_close(&a);
}

/* Whose they are and until when moves along. */
static void shares_move(void **state)
{
    arena a;
    arena b;

    (void)state;
    arena_open(&a, 400, 2);
    for (uint64_t i = 0; i < 64; i++) {
        put(&a, 1000000 + i, (uint16_t)(100 + i), NOW);
    }
    arena_open_after(&b, 500, 2, a.store);
    room_ref_move(a.store, b.store, NOW + 1);
    for (uint64_t i = 0; i < FLOOD; i++) {
        put(&b, i, 2, NOW + 1);
    }
    for (uint64_t i = 0; i < 64; i++) {
        assert_true(knows(&b, 1000000 + i, NOW + ROOM_REF_US - 1));
        assert_false(knows(&b, 1000000 + i, NOW + ROOM_REF_US));
    }
    arena_close(&b);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_pushes_out_its_own),
        cmocka_unit_test(alone),
        cmocka_unit_test(shares_move),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
