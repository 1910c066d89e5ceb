/* test_room_clock.c - room_clock.h: when the wall clock is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "room/archive/room_clock.h"
#include "room_arena.h"

#define DAY INT64_C(86400000)

/* It begins, is set forward and back, is corrected little by little, and was
 * not looked at for long. */
static void it_is_believed_in_time(void **state)
{
    static const struct {
        int64_t minute;   /* of the monotonic clock */
        int64_t ahead_ms; /* of the wall clock, since the beginning */
        bool even;
    } looks[] = {
        { 1, 0, false },           { 60, 0, false },
        { 61, 0, true },           { 62, 40 * DAY, false },
        { 121, 40 * DAY, false },  { 122, 40 * DAY, true },
        { 123, 0, false },         { 182, 900, false },
        { 183, 1800, true },       { 800, 30000, true },
        { 1400, 60000, true },     { 1401, -DAY, false },
        { 1461, -DAY, true },
    };
    arena a;

    (void)state;
    arena_open_archive(&a, 60, 3, NULL);
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        int64_t mono_us = looks[i].minute * 60000000;
        base_clock_time now = { .mono_us = mono_us,
                                .wall_ms = ARENA_NOW + mono_us / 1000
                                           + looks[i].ahead_ms };

        if (room_clock_even(a.store, now) != looks[i].even) {
            fail_msg("minute %d", (int)looks[i].minute);
        }
    }
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_believed_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
