/* base_traffic.h - bytes and packets of a connection, as figures that are
 * subtracted and added up. Pure.
 *
 * Read from the kernel by loop/, kept by room/, joined by hub/ and httpd/.
 */
#ifndef CHATWS_BASE_TRAFFIC_H
#define CHATWS_BASE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/* Sent and received as the server sees it. */
typedef struct {
    uint64_t sent;             /* payload of TCP, TLS included */
    uint64_t received;
    uint64_t packets_sent;     /* segments: also SYN, FIN, pure ACKs */
    uint64_t packets_received;
    uint64_t wire_sent;        /* payload, and the IP and TCP headers of all */
    uint64_t wire_received;
    uint64_t plain_sent;       /* of the payload without TLS */
    uint64_t plain_received;
} base_traffic;

/* What came between two readings of one connection; no figure is below 0. */
base_traffic base_traffic_since(const base_traffic *now,
                                const base_traffic *before);

/* Adds `more` to `sum`. */
void base_traffic_add(base_traffic *sum, const base_traffic *more);

/* True when there is no packet and no byte in it. */
bool base_traffic_is_none(const base_traffic *traffic);

#endif
