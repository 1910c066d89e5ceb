/* base_thread.c - see base_thread.h. */
#include "base/base_thread.h"

#include <signal.h>

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
