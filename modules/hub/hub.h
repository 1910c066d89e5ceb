/* hub.h - the chat of one child process: connections, rooms, fan-out.
 *
 * One loop thread owns every connection; all other threads only hand one over
 * (hub_offer.h), ask for descriptors (hub_relief.h) or say that the child
 * stops. httpd/ makes one hub per child; a unit test makes one over
 * socketpairs.
 */
#ifndef CHATWS_HUB_H
#define CHATWS_HUB_H

#include "hub/archive/hub_archive.h"
#include "hub/hub_offer.h"
#include "hub/move/hub_hands.h"
#include "room/segment/room_store.h"

typedef struct {
    room_store *store;        /* NULL: echo only */
    unsigned max_connections; /* open at once, at most */
    int64_t drain;            /* ChatDrain, microseconds, at most */
    unsigned drain_rate;      /* as many reconnects a second need no longer; 0:
                                 the whole window, however few there are */
    const hub_archive *archive; /* copied; NULL: none */
    struct relay *relay;      /* stays until the hub has ended; NULL: none */
    /* Asked once a second on the loop thread; true: the child is stopping
     * gracefully. For MPMs that do not tell (prefork). May be NULL. */
    bool (*stopping)(void *context);
    /* What is given to the next generation of children, and taken from the one
     * before; copied. NULL: nothing. */
    const hub_hands *hands;
    /* With `hands`: true as long as this child is of the newest generation. On
     * the loop thread. */
    bool (*current)(void *context);
    void *context;
    /* Gives a plain connection back to httpd, whole, its descriptor included;
     * on the loop thread. True: it has to wait there. -1 at each sweep: it may
     * look after those that wait. NULL: that cannot be, and none goes on. */
    bool (*give_back)(int fd);
    struct hub_board *board;  /* see hub_board.h; stays; NULL: none */
    /* Appends the event that those who watch the status get once a second
     * (hub_way_status), on the loop thread; it waits for nothing. NULL: nobody
     * can watch it. */
    void (*figures)(base_bytes *out);
} hub_options;

/* Makes the hub and starts its thread with all signals blocked, which takes a
 * child slot in the segment; without one, rooms are refused. NULL, with a log
 * line, when a thread or a descriptor cannot be had. */
hub *hub_create(const hub_options *options);

/* The child's slot in the segment, or -1. Any thread. */
int hub_slot(const hub *core);

/* Begins to send the connections away: with a bye and close 1012 spread over
 * the drain window (graceful), or all at once. Who is handed over after that
 * is sent away too. Any thread, also in a signal's handler; the second call
 * only ever makes it faster. */
void hub_stop(hub *core, bool graceful);

/* Called when nobody makes or hands over offers any more. Waits until the loop
 * thread has ended, which after hub_stop takes at most the drain window and
 * three seconds, and as long as the archive, and the relay, take for what they
 * were asked last.
 * After that only hub_destroy may be called. */
void hub_join(hub *core);

/* Frees a hub whose loop has ended. */
void hub_destroy(hub *core);

#endif
