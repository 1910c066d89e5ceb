/* httpd_tally.h - the traffic of polls that httpd answers itself.
 *
 * The kernel counts per connection, and httpd serves many requests on one. So
 * what was counted when a request's answer had been written is remembered, and
 * what came since the answer before belongs to this request: of the first one
 * also the handshakes of TCP and TLS. An answer may still be on its way then:
 * when the next request has been read, what was sent since, and the packets
 * without payload that have come, are of the one before. What comes after the
 * last answer (the client's ACK, both FINs) belongs to the last poll of the
 * connection; the hub waits for it. On HTTP/2 one connection has all streams,
 * and only time tells: what two streams send at once is counted with the one
 * that ends first, and what is still on its way then with the next.
 */
#ifndef CHATWS_HTTPD_TALLY_H
#define CHATWS_HTTPD_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "base/base_traffic.h"
#include "room/room_meter.h"

/* Of a connection, in its record (httpd_handoff.h). */
typedef struct {
    pthread_mutex_t lock; /* streams of HTTP/2 end on several threads */
    base_traffic last;    /* at the end of the last request */
    uint64_t last_data;   /* packets with payload that had come by then */
    bool other;           /* the last request was not counted */
    bool followed;        /* the hub counts what comes since `last` */
    bool polled;          /* what follows is of the last poll: */
    uint64_t key;
    uint16_t tag;
    room_meter_transport transport;
} httpd_tally;

void httpd_tally_init(httpd_tally *tally);
void httpd_tally_destroy(httpd_tally *tally);

/* Says that this request is of row 4, 5 or 6. If its connection is not given
 * away, its traffic is counted as that of `transport`, and if it has ?meter=KEY
 * also there. */
void httpd_tally_begin(request_rec *r, room_meter_transport transport);

/* Of one that waits, about twice a second: counts what has come so far, if
 * somebody wants to see it. */
void httpd_tally_go_on(request_rec *r);

/* A child starts: looks at what httpd listens on. Its main thread. */
void httpd_tally_start(void);

/* This request's connection will be given away: what is counted as that of
 * earlier requests. */
base_traffic httpd_tally_before(request_rec *r);

/* Hooks of mod_chatws.c: pre_connection, post_read_request, log_transaction
 * (the answer has been written) and pre_close_connection. */
int httpd_tally_open(conn_rec *c, void *socket);
int httpd_tally_read(request_rec *r);
int httpd_tally_log(request_rec *r);
int httpd_tally_close(conn_rec *c);

#endif
