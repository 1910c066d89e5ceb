/* test_base_gcra.c - rates: burst, refill, the clock going back, extremes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base_gcra.h"

#define SECOND INT64_C(1000000)
#define INTERVAL (SECOND / 5)
#define BURST 20

static int take_all(int64_t *due, int64_t now)
{
    int taken = 0;

    while (taken < 10 * BURST
           && base_gcra_take(due, now, INTERVAL, BURST, NULL)) {
        taken++;
    }
    return taken;
}

static void test_gives_a_burst_and_then_the_rate(void **state)
{
    int64_t due = 0;
    int64_t now = 7 * SECOND;
    int64_t retry = -1;

    (void)state;
    assert_int_equal(take_all(&due, now), BURST);
    assert_false(base_gcra_take(&due, now, INTERVAL, BURST, &retry));
    assert_int_equal(retry, INTERVAL);
    assert_false(
        base_gcra_take(&due, now + INTERVAL - 1, INTERVAL, BURST, &retry));
    assert_int_equal(retry, 1);
    assert_true(base_gcra_take(&due, now + INTERVAL, INTERVAL, BURST, &retry));
    assert_int_equal(retry, 0);
    assert_int_equal(take_all(&due, now + INTERVAL), 0);
    assert_int_equal(take_all(&due, now + 4 * INTERVAL), 3);
}

static void test_saves_no_more_than_a_burst(void **state)
{
    int64_t due = 0;

    (void)state;
    assert_int_equal(take_all(&due, SECOND), BURST);
    assert_int_equal(take_all(&due, 3600 * SECOND), BURST);
}

static void test_refusals_cost_nothing(void **state)
{
    int64_t due = 0;
    int64_t before;

    (void)state;
    assert_int_equal(take_all(&due, 0), BURST);
    before = due;
    for (int i = 0; i < 1000; i++) {
        assert_false(base_gcra_take(&due, 1, INTERVAL, BURST, NULL));
    }
    assert_int_equal(due, before);
}

static void test_clock_that_goes_back_locks_nobody_out(void **state)
{
    int64_t due = 0;
    int64_t retry = 0;

    (void)state;
    assert_int_equal(take_all(&due, 1000000 * SECOND), BURST);
    assert_false(base_gcra_take(&due, SECOND, INTERVAL, BURST, &retry));
    assert_int_equal(retry, INTERVAL);
    assert_true(base_gcra_take(&due, SECOND + retry, INTERVAL, BURST, NULL));
}

static void test_burst_of_one(void **state)
{
    int64_t due = 0;
    int64_t retry = 0;

    (void)state;
    assert_true(base_gcra_take(&due, 0, 10, 1, &retry));
    assert_false(base_gcra_take(&due, 9, 10, 1, &retry));
    assert_int_equal(retry, 1);
    assert_true(base_gcra_take(&due, 10, 10, 1, &retry));
}

static void test_no_interval_is_no_limit(void **state)
{
    int64_t due = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(base_gcra_take(&due, 5, 0, 1, NULL));
    }
}

static void test_extremes_do_not_overflow(void **state)
{
    static const int64_t extremes[] = {
        INT64_MIN, -1, 0, 1, SECOND, INT64_MAX
    };
    int64_t due;
    int64_t retry;

    (void)state;
    for (size_t i = 0; i < sizeof(extremes) / sizeof(extremes[0]); i++) {
        due = extremes[i];
        (void)base_gcra_take(&due, INT64_MAX, INT64_MAX, INT64_MAX, &retry);
        assert_true(retry >= 0);
        due = extremes[i];
        if (!base_gcra_take(&due, SECOND, INTERVAL, BURST, &retry)) {
            assert_in_range(retry, 1, INTERVAL);
        }
        assert_true(due <= SECOND + BURST * INTERVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_a_burst_and_then_the_rate),
        cmocka_unit_test(test_saves_no_more_than_a_burst),
        cmocka_unit_test(test_refusals_cost_nothing),
        cmocka_unit_test(test_clock_that_goes_back_locks_nobody_out),
        cmocka_unit_test(test_burst_of_one),
        cmocka_unit_test(test_no_interval_is_no_limit),
        cmocka_unit_test(test_extremes_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
