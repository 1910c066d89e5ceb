/* hub_fetch.h - reads from the archive what a reader of a room lacks.
 *
 * Private to modules/hub. On the thread for errands (hub_errand.h); each reader
 * has one question on its way at most. What all their answers take together is
 * bounded: the more readers, the smaller the pieces. All functions are called
 * on the loop thread.
 */
#ifndef CHATWS_HUB_FETCH_H
#define CHATWS_HUB_FETCH_H

#include "hub/hub_client.h"

/* A piece is not larger (but for one event), */
#define HUB_FETCH_MOST 65536

/* nor smaller; */
#define HUB_FETCH_LEAST 4096

/* and in between each reader has its part of so much. */
#define HUB_FETCH_ALL (8 * 1024 * 1024)

/* What a reader lacks. */
typedef struct {
    room_id after;   /* its position */
    room_id to;      /* the events up to here, */
    uint64_t seq;    /* which are those below this number */
    room_id counted; /* those behind this position are counted as given */
} hub_fetch_want;

/* What there is of it. */
typedef struct {
    bool away;        /* the archive could not be read: nothing else is told */
    bool lost;        /* something in front of the first event, or of what the
                         log has, is gone for good */
    size_t count;     /* of the events */
    size_t uncounted; /* those of them that are not counted as given */
    room_id first;    /* of the first event */
    room_id last;     /* of the last one; none: the position of before */
    uint64_t next;    /* the log goes on with this number; 0: the archive has
                         more */
    base_bytes bytes; /* of the events, as the client's way sends them */
} hub_fetch_piece;

/* A question on its way. */
typedef struct hub_fetch hub_fetch;

/* Gets the answer; the piece ends with the call. */
typedef void hub_fetch_give(hub_client *client, const hub_fetch_piece *piece);

/* Before anything is asked. */
void hub_fetch_start(hub *core, hub_fetch_give *give);

/* Asks for the next piece. NULL: there is no thread to be had. */
hub_fetch *hub_fetch_ask(hub_client *client, const hub_fetch_want *want);

/* Its client does not wait for the answer any more. NULL is allowed. */
void hub_fetch_forget(hub_fetch *asked);

/* Behind the last answer (hub_errand_stop); nobody waits any more. */
void hub_fetch_stop(hub *core);

#endif
