/* act_health.h - what the figures say of how the chat is, in sentences that say
 * what to do. Pure.
 *
 * For the status page and whoever watches it: one finding of each part, the
 * worst first.
 */
#ifndef CHATWS_ACT_HEALTH_H
#define CHATWS_ACT_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/relay.h"
#include "room/archive/room_archive_figures.h"
#include "room/segment/room_store.h"

/* Most findings. */
#define ACT_HEALTH_MOST 8

/* Longest sentence, with its NUL. */
#define ACT_HEALTH_TEXT 256

/* From the worst on. */
typedef enum { ACT_HEALTH_BAD, ACT_HEALTH_WARN, ACT_HEALTH_OK }
    act_health_level;

/* The figures, as they are told elsewhere. */
typedef struct {
    const room_store_figures *store;     /* NULL: there is no segment, and no
                                            more is told */
    const uint64_t *counts;              /* of act_count_sums */
    const room_archive_figures *archive; /* NULL: none */
    const relay_figures *relay;          /* NULL: none */
    uint64_t children;
    uint64_t connections_limit; /* that all children take; 0: not known */
    uint64_t uptime;            /* seconds */
    bool forks;                 /* a process for each connection */
} act_health_input;

typedef struct {
    const char *code; /* the part: "segment", "archive" */
    act_health_level level;
    char text[ACT_HEALTH_TEXT]; /* a sentence in ASCII */
    const char *doc; /* where more stands: a file of docs/, and a heading */
} act_health_finding;

/* Returns how many there are, one at least. */
size_t act_health_find(const act_health_input *now,
                       act_health_finding out[ACT_HEALTH_MOST]);

/* "ok", "warn", "bad". */
const char *act_health_name(act_health_level level);

#endif
