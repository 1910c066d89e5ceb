/* stage_clock.c - see stage_clock.h. */
#include "stage_clock.h"

#include <stdatomic.h>
#include <time.h>

#include "base/base_clock.h"

static _Atomic int64_t held;   /* what the clock shows; 0: it runs */
static _Atomic int64_t offset; /* of one that runs */

static int64_t microseconds(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t base_clock_mono(void)
{
    int64_t shown = atomic_load(&held);

    return shown != 0 ? shown : stage_clock_real() + atomic_load(&offset);
}

int64_t base_clock_wall(void)
{
    return microseconds(CLOCK_REALTIME) / 1000;
}

base_clock_time base_clock_now(void)
{
    return (base_clock_time){ base_clock_wall(), base_clock_mono() };
}

void stage_clock_hold(void)
{
    atomic_store(&held, base_clock_mono());
}

void stage_clock_pass(int64_t time)
{
    atomic_fetch_add(&held, time);
}

void stage_clock_release(void)
{
    atomic_store(&offset, atomic_load(&held) - stage_clock_real());
    atomic_store(&held, 0);
}

int64_t stage_clock_real(void)
{
    return microseconds(CLOCK_MONOTONIC);
}
