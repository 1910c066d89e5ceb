/* stage_clock.c - see stage_clock.h. */
#include "stage_clock.h"

#include <pthread.h>
#include <time.h>

#include "base/base_clock.h"

/* No reading lies between the one that is held and the moment from which on
 * that is shown: else a hub could see time run back. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int64_t held;   /* what the clock shows; 0: it runs */
static int64_t offset; /* of one that runs */

static int64_t microseconds(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* With the mutex. */
static int64_t shown(void)
{
    return held != 0 ? held : stage_clock_real() + offset;
}

int64_t base_clock_mono(void)
{
    int64_t now;

    pthread_mutex_lock(&mutex);
    now = shown();
    pthread_mutex_unlock(&mutex);
    return now;
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
    pthread_mutex_lock(&mutex);
    held = shown();
    pthread_mutex_unlock(&mutex);
}

void stage_clock_pass(int64_t time)
{
    pthread_mutex_lock(&mutex);
    held += time;
    pthread_mutex_unlock(&mutex);
}

void stage_clock_release(void)
{
    pthread_mutex_lock(&mutex);
    offset = held - stage_clock_real();
    held = 0;
    pthread_mutex_unlock(&mutex);
}

int64_t stage_clock_real(void)
{
    return microseconds(CLOCK_MONOTONIC);
}
