/* hub_hands.h - what hubs have between them through which one gives its
 * connections to another: to the next generation at a graceful restart
 * (hub_give.h), and to the child that has the rest of a room (hub_home.h).
 *
 * Made by httpd/; types only. A queue is a pair of sockets that all children
 * of all generations inherit: what one has put into it, any other takes. So a
 * child that ends need not wait for the one that comes.
 */
#ifndef CHATWS_HUB_HANDS_H
#define CHATWS_HUB_HANDS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hub/hub_offer.h"

struct act_filter;

/* How many heads of a long-poll's answer there are. */
#define HUB_HANDS_HEADS 2

/* Children with a queue of their own, by their slot: two descriptors of every
 * child for each. */
#define HUB_HANDS_HOMES 8

typedef struct {
    int take; /* descriptors, see loop_pass.h */
    int give;
    /* About so many connections are in it. In memory of all processes; a hint,
     * as one that is killed may leave it wrong. */
    _Atomic int64_t *in_flight;
    /* Its child takes from it until then, base_clock_mono(), unless it is
     * killed. In memory of all processes; only of `homes`. */
    _Atomic int64_t *taken_until;
} hub_queue_ends;

typedef struct {
    hub_queue_ends next; /* for the next generation */
    hub_queue_ends homes[HUB_HANDS_HOMES];
    unsigned home_count; /* 0: each connection stays where it is */
    uint64_t segment;    /* another number: it has other rooms */
    /* Called by each that gives, at its begin; and among how many that is to be
     * shared: these, of the last generation that has given, but no more than
     * begin at once. */
    void (*note_giver)(void);
    unsigned (*givers)(void);
    /* All on the loop thread. `print`: see act_settings; false: the
     * configuration has changed for whoever has this one. */
    bool (*known)(uint64_t print);
    /* A filter's name, which is the same in every process (0: it has none), and
     * the filter with this name (NULL: there is none). */
    uint64_t (*filter_name)(const struct act_filter *filter);
    struct act_filter *(*filter)(uint64_t name);
    hub_offer_head *heads[HUB_HANDS_HEADS]; /* the same in every process */
} hub_hands;

#endif
