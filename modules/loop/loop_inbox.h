/* loop_inbox.h - how another thread gives something to the loop.
 *
 * httpd's workers push the connections that they hand off; the loop takes them
 * at its next turn. Lock-free: a push never waits for the loop.
 */
#ifndef CHATWS_LOOP_INBOX_H
#define CHATWS_LOOP_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>

/* Embedded in what is handed over. Owned by the inbox from push to take. */
typedef struct loop_inbox_item {
    struct loop_inbox_item *next;
} loop_inbox_item;

typedef struct {
    _Atomic(loop_inbox_item *) newest;
    int fds[2]; /* a pipe; -1 when not open */
} loop_inbox;

/* False when there are no descriptors left. Before any other thread knows of
 * it. */
bool loop_inbox_init(loop_inbox *inbox);

/* Closes the descriptors; nobody pushes any more, and what was pushed has been
 * taken (else the items are the caller's to find). */
void loop_inbox_destroy(loop_inbox *inbox);

/* Readable when there is something to take: watch it for LOOP_READ. */
int loop_inbox_fd(const loop_inbox *inbox);

/* Any thread. Wakes the loop if the inbox was empty. */
void loop_inbox_push(loop_inbox *inbox, loop_inbox_item *item);

/* Any thread. Wakes the loop with nothing in the inbox. */
void loop_inbox_wake(loop_inbox *inbox);

/* The loop's thread. Takes everything, the oldest first, linked by next; NULL
 * when there is nothing (a wake-up may come late). Clears the wake-up. */
loop_inbox_item *loop_inbox_take(loop_inbox *inbox);

#endif
