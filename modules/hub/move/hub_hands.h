/* hub_hands.h - what two hubs have between them through which one gives its
 * connections to the other, as the children of httpd do at a graceful restart.
 *
 * Made by httpd/; types only. The queue is a pair of sockets that all children
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

typedef struct {
    int take; /* descriptors, see loop_pass.h */
    int give;
    uint64_t segment; /* another number: it has other rooms */
    /* About so many connections are in the queue. In memory of all processes; a
     * hint, as one that is killed may leave it wrong. */
    _Atomic int64_t *in_flight;
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
