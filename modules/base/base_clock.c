/* base_clock.c - the two clocks; see base_clock.h. */
#include "base/base_clock.h"

#include <time.h>

int64_t base_clock_mono(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t base_clock_wall(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

base_clock_time base_clock_now(void)
{
    return (base_clock_time){ base_clock_wall(), base_clock_mono() };
}
