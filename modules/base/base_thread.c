/* base_thread.c - see base_thread.h. */
#include "base/base_thread.h"

#include <signal.h>
#include <time.h>

/* A thread inherits the mask, so that no signal finds it open for a moment. */
bool base_thread_start(pthread_t *thread, void *(*run)(void *), void *context)
{
    sigset_t all;
    sigset_t before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(thread, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

/* The clock is told to each wait where that is possible: libfaketime, with
 * which tests set the wall clock, takes that of the condition for the other. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 30)
#define HAS_CLOCKWAIT
#endif
#endif

void base_thread_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &clock);
    pthread_condattr_destroy(&clock);
}

bool base_thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
                           int64_t until_us)
{
    struct timespec until = { (time_t)(until_us / 1000000),
                              (long)(until_us % 1000000 * 1000) };

#ifdef HAS_CLOCKWAIT
    return pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until) == 0;
#else
    return pthread_cond_timedwait(cond, lock, &until) == 0;
#endif
}
