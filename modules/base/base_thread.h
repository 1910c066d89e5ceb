/* base_thread.h - threads of our own in a process that is httpd's. */
#ifndef CHATWS_BASE_THREAD_H
#define CHATWS_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts a thread in which all signals are blocked: httpd's are for threads of
 * its own. False: there is none. The caller joins or detaches it. */
bool base_thread_start(pthread_t *thread, void *(*run)(void *), void *context);

#endif
