/* relay_follow.h - the rooms of this host follow what Redis has: which are
 * subscribed to, which have to catch up, which are live.
 *
 * A room that makes trouble is tried again later, and holds up no other. The
 * reader's thread.
 */
#ifndef CHATWS_RELAY_FOLLOW_H
#define CHATWS_RELAY_FOLLOW_H

#include "relay/people/relay_others.h"
#include "relay/reader/relay_bus.h"
#include "relay/reader/relay_rooms.h"

typedef struct {
    relay_bus *bus;
    relay_rooms *rooms;
    relay_others *others;
    bool connected;
    bool taken;           /* since then rooms have been looked at */
    bool caught_up;       /* and all have everything */
    /* Private to relay_follow, relay_catch and relay_compare. Rooms that */
    base_list fresh;      /* are to be subscribed to */
    base_list subscribing;
    base_list due;        /* are to be fetched */
    base_list whole;      /* wholly */
    base_list later;      /* later */
    base_bytes woken;     /* have readers to be woken: their places */
    base_bytes put_off;   /* are to be looked at again: their places */
    int64_t put_off_us;   /* when that is */
    uint64_t orders;      /* so many were sent; each has its number */
    unsigned asked;       /* fetches on their way */
    unsigned wholes;      /* rooms that are compared */
    int64_t archive_us;   /* when there was an archive last, or might be */
} relay_follow;

/* `out` must not move from then on. */
void relay_follow_begin(relay_follow *out, relay_bus *bus,
                        relay_others *others);
void relay_follow_end(relay_follow *follow);

/* All rooms are to be subscribed to and to catch up. */
void relay_follow_connect(relay_follow *follow);

/* A beat of the Redis that the host said hello to has come back: what it says
 * of an archive is noted (RELAY_WORD_ARCHIVE), and where it says for a while
 * that there is none any more, nothing is kept for one. */
void relay_follow_archive(relay_follow *follow, const relay_order *beat);

/* The connection has ended; each order has come back. */
void relay_follow_away(relay_follow *follow);

/* Looks at the rooms that were marked (room_reader_take). The channels of those
 * that are no more are appended to `left`, each with a NUL; there may be one
 * there that is followed again. */
void relay_follow_take(relay_follow *follow, base_bytes *left);

/* Up to `most` rooms whose channels are to be heard: `visit` says so. */
typedef void relay_follow_visit(void *context, const relay_rooms_one *one);
unsigned relay_follow_subscribe(relay_follow *follow, unsigned most,
                                relay_follow_visit *visit, void *context);

/* The channel is heard from now on. */
void relay_follow_subscribed(relay_follow *follow, const char *channel,
                             size_t size);

/* One message of a room's channel. */
void relay_follow_hear(relay_follow *follow, const char *channel, size_t size,
                       const char *text, size_t text_size);

/* Those who read the rooms that have got something are woken. */
void relay_follow_wake(relay_follow *follow);

/* Every now and then: what was put off is due. */
void relay_follow_tick(relay_follow *follow, int64_t mono_us);

#endif
