/* act_traffic.h - what traffic is counted as: the transports, one table.
 *
 * room_meter keeps a line of figures for each of them in the segment and knows
 * no more than its number; so an entry keeps its place when others are added.
 */
#ifndef CHATWS_ACT_TRAFFIC_H
#define CHATWS_ACT_TRAFFIC_H

#include <stdbool.h>

#include "room/set/room_meter.h"

typedef enum {
    ACT_TRAFFIC_WEBSOCKET,
    ACT_TRAFFIC_SSE,
    ACT_TRAFFIC_LONGPOLL,
    ACT_TRAFFIC_POLL,
    ACT_TRAFFIC_POST,
    ACT_TRAFFICS
} act_traffic;

typedef struct {
    const char *name; /* in JSON, and as the label in Prometheus */
    bool keyed;       /* counted for a meter's key only: there is no sum of
                         all for the status page */
} act_traffic_entry;

/* The entry of a transport, ACT_TRAFFIC_WEBSOCKET to ACT_TRAFFICS - 1. */
const act_traffic_entry *act_traffic_describe(act_traffic which);

#endif
