/* act_count.h - the counters of a child, one table.
 *
 * The table gives the status page its names, kinds and help texts; the values
 * live in the child's slot of the shared segment, so that any child can add
 * them up. Any thread may add.
 */
#ifndef CHATWS_ACT_COUNT_H
#define CHATWS_ACT_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "room/segment/room_store.h"

typedef enum {
    ACT_COUNT_CONNECTIONS,   /* gauge: open now */
    ACT_COUNT_TLS,           /* gauge: of these over TLS */
    ACT_COUNT_ROOM_CLIENTS,  /* gauge: of these in a room */
    ACT_COUNT_ADOPTED,       /* connections handed off so far */
    ACT_COUNT_REFUSED_FULL,  /* upgrades refused: ChatMaxConnections */
    ACT_COUNT_MESSAGES,      /* messages stored */
    ACT_COUNT_REPEATED,      /* repeated refs answered with the first id */
    ACT_COUNT_COMMAND_ERRORS,
    ACT_COUNT_RATE_LIMITED,
    ACT_COUNT_DELIVERIES,    /* message events given to a connection */
    ACT_COUNT_GAPS,          /* gap events sent */
    ACT_COUNT_BYTES_IN,      /* application bytes, above TLS */
    ACT_COUNT_BYTES_OUT,
    ACT_COUNT_CLOSED_SLOW,   /* 1013 */
    ACT_COUNT_CLOSED_PING,   /* no answer to a ping */
    ACT_COUNT_CLOSED_PROTOCOL, /* 1002, 1007, 1009 */
    ACT_COUNT_CLOSED_FLOOD,  /* 1008, for flooding */
    ACT_COUNT_CLOSED_DESCRIPTORS, /* 1012, see hub_relief.h */
    ACT_COUNT_CLOSED_UPLOAD, /* 1008, for a message that took too long */
    ACT_COUNT_ADDRESS_RATE,  /* refused: ChatAddressRate */
    ACT_COUNT_ADDRESS_CONNECTIONS, /* refused: ChatAddressConnections */
    ACT_COUNT_SANCTIONS,     /* mutes, bans, kicks and pardons */
    ACT_COUNT_REPORTS,       /* messages reported to moderators */
    ACT_COUNT_BANNED,        /* requests refused and connections ended */
    ACT_COUNT_ADDRESS_ROOMS, /* refused: ChatAddressRooms */
    ACT_COUNT_MOVED,         /* taken from another child */
    ACT_COUNTS
} act_count;

typedef struct {
    const char *name; /* as in JSON; Prometheus adds the prefix chatws_ */
    bool gauge;       /* false: only ever grows */
    const char *help; /* one sentence */
} act_count_entry;

/* The entry of a counter, ACT_COUNT_CONNECTIONS to ACT_COUNTS - 1. */
const act_count_entry *act_count_describe(act_count which);

/* Bit n is set when counter n is a gauge: for room_store's options. */
uint32_t act_count_gauges(void);

/* Adds one to a counter of the child with this slot; -1: of nobody. */
void act_count_add(room_store *store, int slot, act_count which);

/* Fills in the sums over all children, ended ones included. */
void act_count_sums(room_store *store, uint64_t sums[ACT_COUNTS]);

#endif
