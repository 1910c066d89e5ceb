/* test_room_rate.c - room_rate.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "room/segment/room_layout.h"
#include "room/set/room_rate.h"
#include "room_arena.h"

#define SECOND INT64_C(1000000)

static void a_burst_and_then_one_each_interval(void **state)
{
    arena a;
    int64_t now = 5 * SECOND;
    int64_t retry = 1;

    (void)state;
    arena_open(&a, 32, 2);
    for (int i = 0; i < 20; i++) {
        assert_true(room_rate_take(a.store, 42, 0, now, SECOND / 5, 20,
                                   &retry));
        assert_int_equal(retry, 0);
    }
    assert_false(room_rate_take(a.store, 42, 0, now, SECOND / 5, 20, &retry));
    assert_int_equal(retry, SECOND / 5);
    assert_false(room_rate_take(a.store, 42, 0, now + 150000, SECOND / 5, 20,
                                &retry));
    assert_int_equal(retry, 50000);
    assert_true(room_rate_take(a.store, 42, 0, now + 200000, SECOND / 5, 20,
                               &retry));
    assert_false(room_rate_take(a.store, 42, 0, now + 200001, SECOND / 5, 20,
                                NULL));
    assert_true(room_rate_take(a.store, 43, 0, now, SECOND / 5, 20, &retry));
    now += 60 * SECOND;
    for (int i = 0; i < 20; i++) {
        assert_true(room_rate_take(a.store, 42, 0, now, SECOND / 5, 20, NULL));
    }
    assert_false(room_rate_take(a.store, 42, 0, now, SECOND / 5, 20, NULL));
    arena_close(&a);
}

/* Over a minute at any pace nobody gets more than burst + rate * time. */
static void the_sum_is_bounded(void **state)
{
    arena a;
    unsigned taken = 0;

    (void)state;
    arena_open(&a, 32, 2);
    for (int64_t now = SECOND; now < 61 * SECOND; now += 7919) {
        taken += room_rate_take(a.store, 9, 0, now, SECOND / 5, 20, NULL);
    }
    assert_in_range(taken, 318, 320);
    arena_close(&a);
}

/* A limit that was slower before does not lock its user out for long, and a
 * burst of 0 is 1. */
static void rates_may_change(void **state)
{
    arena a;
    int64_t retry;

    (void)state;
    arena_open(&a, 32, 2);
    for (int i = 0; i < 10; i++) {
        assert_true(room_rate_take(a.store, 5, 0, SECOND, 3600 * SECOND, 10,
                                   NULL));
    }
    assert_false(room_rate_take(a.store, 5, 0, SECOND, SECOND, 2, &retry));
    assert_int_equal(retry, SECOND);
    assert_true(room_rate_take(a.store, 6, 0, SECOND, SECOND, 0, NULL));
    assert_false(room_rate_take(a.store, 6, 0, SECOND, SECOND, 0, NULL));
    arena_close(&a);
}

/* Many users in a small table: those whose time has passed make place. */
static void the_table_is_bounded(void **state)
{
    arena a;

    (void)state;
    arena_open(&a, 32, 2);
    for (uint64_t user = 1; user < 20000; user++) {
        uint64_t hash = user * UINT64_C(0x9e3779b97f4a7c15);
        int64_t now = (int64_t)user * 1000;

        assert_true(room_rate_take(a.store, hash, 0, now, SECOND / 50, 1,
                                   NULL));
        assert_false(room_rate_take(a.store, hash, 0, now, SECOND / 50, 1,
                                    NULL));
    }
    arena_close(&a);
}

/* An address that brings a new user each time, faster than the table can keep
 * them, does not give the users of others their turns back. */
static void one_address_has_a_share(void **state)
{
    arena a;
    int64_t now = SECOND;
    uint64_t others = 0;

    (void)state;
    arena_open(&a, 400, 2);
    others = a.store->geometry.rate_sets; /* an eighth of the table */
    for (uint64_t user = 1; user <= others; user++) {
        assert_true(room_rate_take(a.store, user * 7919, (uint16_t)user, now,
                                   60 * SECOND, 1, NULL));
    }
    for (uint64_t user = 1; user <= 64 * others; user++) {
        (void)room_rate_take(a.store, user * UINT64_C(0x9e3779b97f4a7c15),
                             50000, now, 3600 * SECOND, 1, NULL);
    }
    for (uint64_t user = 1; user <= others; user++) {
        assert_false(room_rate_take(a.store, user * 7919, (uint16_t)user, now,
                                    60 * SECOND, 1, NULL));
    }
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_and_then_one_each_interval),
        cmocka_unit_test(the_sum_is_bounded),
        cmocka_unit_test(rates_may_change),
        cmocka_unit_test(the_table_is_bounded),
        cmocka_unit_test(one_address_has_a_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
