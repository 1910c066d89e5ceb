/* relay_crowd.h - who is in one room: what this host has told the others of its
 * own members, and which hosts have told of theirs.
 *
 * Pure but for malloc. The reader's thread.
 */
#ifndef CHATWS_RELAY_CROWD_H
#define CHATWS_RELAY_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one room; who comes then is not listed. */
#define RELAY_CROWD_MOST 65536

/* A digest that none is: Redis has something of ours that others may not have
 * heard. */
#define RELAY_CROWD_STALE UINT64_C(1)

typedef struct {
    uint64_t user;
    uint64_t told;       /* a digest of what this host has told; 0: nothing */
    uint64_t name;       /* a hash of the name that counts, */
    int64_t named_ms;    /* and since when it does, by Redis' TIME */
    int64_t linger_us;   /* not 0: has no connection here any more and is told
                            until then all the same */
    uint64_t hosts;      /* the others that have it, by their numbers */
    uint64_t moderators; /* those of them where it moderates */
    uint64_t fresh;      /* those that were heard since a look was asked for */
    uint64_t doubt;      /* those that the last look did not show */
    bool used;
    bool own;            /* seen by the comparison that goes on */
    bool held;           /* a member by the reader's slot, */
    bool held_moderator; /* as such a one; */
    bool surplus;        /* and once too often, */
    bool surplus_moderator;
} relay_crowd_one;

typedef struct {
    relay_crowd_one *list; /* `most` of them, if `used` */
    size_t most;           /* 0, or a power of two */
    size_t count;
} relay_crowd;

#define RELAY_CROWD_INIT { NULL, 0, 0 }

/* NULL: it is not there. */
relay_crowd_one *relay_crowd_find(const relay_crowd *crowd, uint64_t user);

/* Finds or makes it. NULL: there are too many. Pointers end with it. */
relay_crowd_one *relay_crowd_add(relay_crowd *crowd, uint64_t user);

/* Drops those of whom nothing is known. Pointers end with it. */
void relay_crowd_tidy(relay_crowd *crowd);

void relay_crowd_free(relay_crowd *crowd);

#endif
