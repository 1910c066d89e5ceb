/* httpd_snapshot.h - all numbers of the status page, as they are now.
 *
 * Taken by whoever writes them: httpd_figures in HTML and JSON, for Prometheus,
 * and the status stream. Any thread of a child; no lock is waited for.
 */
#ifndef CHATWS_HTTPD_SNAPSHOT_H
#define CHATWS_HTTPD_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "act/act_count.h"
#include "relay/relay.h"
#include "room/archive/room_archive_figures.h"
#include "room/set/room_meter.h"
#include "room/segment/room_store.h"

/* Sums over all children. The tables of the formats know what is in it by its
 * offset: what they name has 64 bits. */
typedef struct {
    uint64_t up;     /* 0: there is no segment, and but for the next three all
                        is 0 */
    uint64_t uptime; /* seconds */
    uint64_t started; /* in seconds since 1970 */
    uint64_t forks;  /* httpd_life_forks */
    uint64_t children;
    uint64_t connections_limit; /* 0: nobody knows */
    room_store_figures store;
    uint64_t counts[ACT_COUNTS];
    room_meter_figures traffic[ROOM_METER_LINES];
    room_archive_figures archive;
    uint64_t archive_lag_seconds;
    relay_figures relay;
    uint64_t relay_connected;
    uint64_t relay_lag_ms;
} httpd_snapshot;

void httpd_snapshot_take(httpd_snapshot *now);

/* What has this offset in the snapshot, or in another struct. */
uint64_t httpd_snapshot_value(const void *figures, size_t offset);

#endif
