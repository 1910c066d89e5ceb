/* hub_count.h - the counters of a child, one table.
 *
 * The table gives the status page its names, kinds and help texts; the values
 * live in the child's slot of the shared segment, so that any child can add
 * them up. Any thread may add.
 */
#ifndef CHATWS_HUB_COUNT_H
#define CHATWS_HUB_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "room/room_store.h"

typedef enum {
    HUB_COUNT_CONNECTIONS,   /* gauge: open now */
    HUB_COUNT_TLS,           /* gauge: of these over TLS */
    HUB_COUNT_ROOM_CLIENTS,  /* gauge: of these in a room */
    HUB_COUNT_ADOPTED,       /* connections handed off so far */
    HUB_COUNT_REFUSED_FULL,  /* upgrades refused: ChatMaxConnections */
    HUB_COUNT_MESSAGES,      /* messages stored */
    HUB_COUNT_REPEATED,      /* repeated refs answered with the first id */
    HUB_COUNT_COMMAND_ERRORS,
    HUB_COUNT_RATE_LIMITED,
    HUB_COUNT_DELIVERIES,    /* message events given to a connection */
    HUB_COUNT_GAPS,          /* gap events sent */
    HUB_COUNT_BYTES_IN,      /* application bytes, above TLS */
    HUB_COUNT_BYTES_OUT,
    HUB_COUNT_CLOSED_SLOW,   /* 1013 */
    HUB_COUNT_CLOSED_PING,   /* no answer to a ping */
    HUB_COUNT_CLOSED_PROTOCOL, /* 1002, 1007, 1009 */
    HUB_COUNT_CLOSED_FLOOD,  /* 1008, for flooding */
    HUB_COUNT_CLOSED_DESCRIPTORS, /* 1012, see hub_relief.h */
    HUB_COUNT_CLOSED_UPLOAD, /* 1008, for a message that took too long */
    HUB_COUNT_ADDRESS_RATE,  /* refused: ChatAddressRate */
    HUB_COUNT_ADDRESS_CONNECTIONS, /* refused: ChatAddressConnections */
    HUB_COUNT_ADDRESS_ROOMS, /* refused: ChatAddressRooms */
    HUB_COUNTS
} hub_count;

typedef struct {
    const char *name; /* as in JSON; Prometheus adds the prefix chatws_ */
    bool gauge;       /* false: only ever grows */
    const char *help; /* one sentence */
} hub_count_entry;

/* The entry of a counter, HUB_COUNT_CONNECTIONS to HUB_COUNTS - 1. */
const hub_count_entry *hub_count_describe(hub_count which);

/* Bit n is set when counter n is a gauge: for room_store's options. */
uint32_t hub_count_gauges(void);

/* Fills in the sums over all children, ended ones included. */
void hub_count_sums(room_store *store, uint64_t sums[HUB_COUNTS]);

#endif
