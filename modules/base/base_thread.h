/* base_thread.h - threads of our own in a process that is httpd's. */
#ifndef CHATWS_BASE_THREAD_H
#define CHATWS_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Starts a thread in which all signals are blocked: httpd's are for threads of
 * its own. False: there is none. The caller joins or detaches it. */
bool base_thread_start(pthread_t *thread, void *(*run)(void *), void *context);

/* Makes a condition, and waits for it until `until_us` of base_clock_mono, as
 * pthread_cond_timedwait does. False: that time has come. */
void base_thread_cond_init(pthread_cond_t *cond);
bool base_thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
                           int64_t until_us);

#endif
