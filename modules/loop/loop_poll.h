/* loop_poll.h - which descriptors are ready: the one place that waits.
 *
 * Level-triggered. Two implementations, of which configure compiles in one:
 * loop_epoll.c (Linux) and loop_pollset.c (apr_pollset, elsewhere); both pass
 * tests/unit/test_loop_poll.c. Used by hub/ for its clients, inbox and wake-up
 * descriptor. One thread: the loop's.
 */
#ifndef CHATWS_LOOP_POLL_H
#define CHATWS_LOOP_POLL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
    /* An error, or both directions are closed. Only reported, never asked
     * for, and reported whatever the interest is: the caller reads what is
     * left if it likes and then must remove and close the descriptor, or it is
     * reported again at once, without end. */
    LOOP_HANGUP = 4
};

typedef struct {
    void *data;     /* as given to loop_poll_add or the last change */
    unsigned ready; /* LOOP_READ, LOOP_WRITE, LOOP_HANGUP, or'ed */
} loop_poll_event;

typedef struct loop_poll loop_poll;

/* NULL when the system refuses (descriptors, memory). `size_hint` is the
 * greatest number of descriptors at a time; epoll ignores it, for a pollset it
 * may be a limit. */
loop_poll *loop_poll_create(unsigned size_hint);

/* The descriptors in it are left open. NULL is allowed. */
void loop_poll_destroy(loop_poll *poll);

/* Watches an open descriptor that is not in yet (sockets, pipes, eventfds).
 * `interest` is LOOP_READ and LOOP_WRITE, or'ed. With interest 0 only
 * LOOP_HANGUP is reported: a peer that closed just its own side does not wake,
 * nor do bytes that wait. False when the system refuses. */
bool loop_poll_add(loop_poll *poll, int fd, unsigned interest, void *data);

/* Replaces interest and data of one that is in. False when the system refuses;
 * the caller then removes and closes it. */
bool loop_poll_change(loop_poll *poll, int fd, unsigned interest, void *data);

/* Must be called before the descriptor is closed: a duplicate elsewhere may
 * keep its socket alive. Events of it that the last loop_poll_wait has already
 * returned stay in the caller's array. */
void loop_poll_remove(loop_poll *poll, int fd);

/* Waits until something is ready, at most `timeout_us` microseconds (rounded
 * up to milliseconds; 0: just looks; negative: without end), and writes up to
 * `most` (at least 1) events. Returns their number: 0 at the end of the time
 * and after a signal. When more are ready, later calls return the others. */
int loop_poll_wait(loop_poll *poll, int64_t timeout_us,
                   loop_poll_event *events, int most);

#endif
