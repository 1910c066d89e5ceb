/* test_loop_timer.c - loop_timer.h. Time is an argument, so nothing waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "loop/loop_timer.h"

#define TICK ((int64_t)LOOP_TIMER_TICK)
#define TURN (TICK * LOOP_TIMER_SLOTS)
#define START ((int64_t)987654321)

enum {
    TIMERS = 400
};

typedef struct plan plan;
typedef void plan_fn(plan *it, loop_timer *fired);

struct plan {
    loop_timer_wheel wheel;
    loop_timer timers[TIMERS];
    int64_t due[TIMERS]; /* what each was last set to */
    int64_t fired_at[TIMERS];
    int order[TIMERS * 4];
    int count;
    int64_t now;
    plan_fn *then; /* called in the callback; may be NULL */
};

static void set(plan *it, int which, int64_t due)
{
    it->due[which] = due;
    loop_timer_set(&it->wheel, &it->timers[which], due);
}

static void cancel(plan *it, int which)
{
    loop_timer_cancel(&it->wheel, &it->timers[which]);
}

static void run(plan *it, int64_t now)
{
    it->now = now;
    loop_timer_run(&it->wheel, now);
}

static void on_fire(void *context, loop_timer *timer)
{
    plan *it = context;
    int which = (int)(timer - it->timers);

    assert_in_range(which, 0, TIMERS - 1);
    assert_false(loop_timer_is_set(timer));
    assert_true(it->now >= it->due[which]);
    assert_true(it->count < TIMERS * 4);
    it->fired_at[which] = it->now;
    it->order[it->count++] = which;
    if (it->then) {
        it->then(it, timer);
    }
}

static int setup(void **state)
{
    plan *it = calloc(1, sizeof(*it));

    assert_non_null(it);
    loop_timer_wheel_init(&it->wheel, START, on_fire, it);
    *state = it;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void test_size(void **state)
{
    (void)state;
    assert_true(sizeof(loop_timer) <= 24);
}

/* Fires within a tick, never early, whatever the phase. */
static void test_precision(void **state)
{
    plan *it = *state;

    for (int64_t off = 0; off <= 3 * TICK; off += 997) {
        int64_t due = it->now > START ? it->now + off : START + off;
        int before = it->count;

        set(it, 0, due);
        run(it, due - 1);
        if (off > 0) {
            assert_int_equal(it->count, before);
        }
        run(it, due + TICK);
        assert_int_equal(it->count, before + 1);
        it->count = 0;
    }
}

static void test_order(void **state)
{
    plan *it = *state;

    for (int i = 0; i < 100; i++) {
        int which = i * 37 % 100;

        set(it, which, START + (which + 1) * 2 * TICK);
    }
    run(it, START + 202 * TICK);
    assert_int_equal(it->count, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(it->order[i], i);
    }
}

static void test_rearm_and_cancel(void **state)
{
    plan *it = *state;

    set(it, 0, START + 5 * TICK);
    set(it, 0, START + 50 * TICK);
    set(it, 1, START + 50 * TICK);
    set(it, 1, START + 5 * TICK);
    set(it, 2, START + 5 * TICK);
    assert_true(loop_timer_is_set(&it->timers[2]));
    cancel(it, 2);
    cancel(it, 2);
    assert_false(loop_timer_is_set(&it->timers[2]));
    run(it, START + 20 * TICK);
    assert_int_equal(it->count, 1);
    assert_int_equal(it->order[0], 1);
    run(it, START + 51 * TICK);
    assert_int_equal(it->count, 2);
    assert_int_equal(it->order[1], 0);
    assert_int_equal(loop_timer_wait(&it->wheel, it->now), -1);
}

static void test_past_and_now(void **state)
{
    plan *it = *state;

    set(it, 0, 0);
    set(it, 1, START);
    set(it, 2, START - TURN);
    run(it, START + TICK);
    assert_int_equal(it->count, 3);
    set(it, 0, START);
    run(it, START + TICK);
    assert_int_equal(it->count, 3);
    run(it, START + 2 * TICK);
    assert_int_equal(it->count, 4);
}

static void test_longer_than_a_turn(void **state)
{
    plan *it = *state;
    int64_t due[3] = { START + TURN + 3 * TICK, START + 2 * TURN,
                       START + 9 * TURN + 5 * TICK };

    for (int i = 0; i < 3; i++) {
        set(it, i, due[i]);
    }
    set(it, 3, START + 3 * TICK); /* the same slot as the first */
    for (int64_t now = START; now < START + 10 * TURN; now += TICK) {
        run(it, now);
    }
    assert_int_equal(it->count, 4);
    for (int i = 0; i < 3; i++) {
        assert_in_range(it->fired_at[i] - due[i], 0, TICK);
    }
}

static void test_jump_of_time(void **state)
{
    plan *it = *state;

    for (int i = 0; i < TIMERS; i++) {
        set(it, i, START + (i + 1) * TURN / 50);
    }
    run(it, START + 4 * TURN + TICK); /* half of them */
    assert_int_equal(it->count, TIMERS / 2);
    for (int i = 0; i < TIMERS; i++) {
        assert_int_equal(loop_timer_is_set(&it->timers[i]), i >= TIMERS / 2);
    }
    run(it, START); /* backwards: nothing */
    assert_int_equal(it->count, TIMERS / 2);
    run(it, START + INT64_C(1000000) * 86400 * 365);
    assert_int_equal(it->count, TIMERS);
    assert_int_equal(loop_timer_wait(&it->wheel, it->now), -1);
}

/* The callback cancels one that is due in the same run, moves another away and
 * sets itself anew. */
static void meddle(plan *it, loop_timer *fired)
{
    if (fired == &it->timers[0]) {
        cancel(it, 1);
        set(it, 2, it->now + 10 * TICK);
        set(it, 0, it->now);
    }
}

static void test_callback_changes_others(void **state)
{
    plan *it = *state;

    it->then = meddle;
    for (int i = 0; i < 4; i++) {
        set(it, i, START + (i + 1) * TICK);
    }
    run(it, START + 8 * TICK);
    assert_int_equal(it->count, 2); /* and no endless loop through itself */
    assert_int_equal(it->order[0], 0);
    assert_int_equal(it->order[1], 3);
    assert_false(loop_timer_is_set(&it->timers[1]));
    it->then = NULL;
    run(it, START + 9 * TICK);
    assert_int_equal(it->count, 3);
    assert_int_equal(it->order[2], 0);
    run(it, START + 19 * TICK);
    assert_int_equal(it->count, 4);
    assert_int_equal(it->order[3], 2);
}

static void test_wait(void **state)
{
    plan *it = *state;

    assert_int_equal(loop_timer_wait(&it->wheel, START), -1);
    set(it, 0, START + 10 * TICK);
    assert_in_range(loop_timer_wait(&it->wheel, START), 10 * TICK, 11 * TICK);
    assert_in_range(loop_timer_wait(&it->wheel, START + 8 * TICK), 2 * TICK,
                    3 * TICK);
    assert_int_equal(loop_timer_wait(&it->wheel, START + 20 * TICK), 0);
    set(it, 1, START + 5 * TICK);
    assert_in_range(loop_timer_wait(&it->wheel, START), 5 * TICK, 6 * TICK);
    cancel(it, 1);
    cancel(it, 0);
    assert_int_equal(loop_timer_wait(&it->wheel, START), -1);
}

/* A loop that sleeps for exactly what loop_timer_wait says never spins and
 * is never late. */
static void test_wait_drives_the_loop(void **state)
{
    plan *it = *state;
    int turns = 0;
    int64_t now = START;
    int64_t wait;

    for (int i = 0; i < 20; i++) {
        set(it, i, START + i * i * TURN / 100 + 7);
    }
    while ((wait = loop_timer_wait(&it->wheel, now)) >= 0) {
        now += wait;
        run(it, now);
        assert_true(loop_timer_wait(&it->wheel, now) != 0);
        turns++;
    }
    assert_int_equal(it->count, 20);
    assert_true(turns < 100);
    for (int i = 0; i < 20; i++) {
        assert_in_range(it->fired_at[i] - it->due[i], 0, TICK);
    }
}

/* Against a plain list, with a fixed seed. */
static void test_random(void **state)
{
    plan *it = *state;
    unsigned seed = 42;
    int64_t now = START;

    for (int step = 0; step < 20000; step++) {
        int which = (int)(rand_r(&seed) % TIMERS);

        if (rand_r(&seed) % 4 == 0) {
            cancel(it, which);
        }
        else {
            set(it, which, now + rand_r(&seed) % (3 * TURN));
        }
        if (step % 10 == 0) {
            now += rand_r(&seed) % (20 * TICK);
            run(it, now);
            it->count = 0;
        }
        if (step % 100 == 0) {
            for (int i = 0; i < TIMERS; i++) {
                assert_true(!loop_timer_is_set(&it->timers[i])
                            || it->due[i] + TICK > now);
            }
        }
    }
}

/* The same of the wait, with so few timers that it is long. */
static void test_random_wait(void **state)
{
    plan *it = *state;
    unsigned seed = 43;
    int64_t now = START;

    for (int step = 0; step < 20000; step++) {
        int which = (int)(rand_r(&seed) % 4);
        int64_t wait;
        int64_t first = INT64_MAX;

        if (rand_r(&seed) % 3 == 0) {
            cancel(it, which);
        }
        else {
            set(it, which, now + rand_r(&seed) % (3 * TURN));
        }
        wait = loop_timer_wait(&it->wheel, now);
        for (int i = 0; i < 4; i++) {
            if (loop_timer_is_set(&it->timers[i]) && it->due[i] < first) {
                first = it->due[i];
            }
        }
        if (first == INT64_MAX) {
            assert_int_equal(wait, -1);
            continue;
        }
        assert_in_range(wait, 0, first - now + TICK);
        now += wait;
        run(it, now);
        it->count = 0;
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_size),         CASE(test_precision),
        CASE(test_order),        CASE(test_rearm_and_cancel),
        CASE(test_past_and_now), CASE(test_longer_than_a_turn),
        CASE(test_jump_of_time), CASE(test_callback_changes_others),
        CASE(test_wait),         CASE(test_wait_drives_the_loop),
        CASE(test_random),       CASE(test_random_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
