/* httpd_tally.h - the traffic of requests that httpd answers itself.
 *
 * The kernel counts per connection, and httpd serves many requests on one. So
 * what was counted when a request's answer had been written is remembered, and
 * what came since the answer before belongs to this request: of the first one
 * also the handshakes of TCP and TLS, which are told apart as its opening. An
 * answer may still be on its way then: when the next request has been read,
 * what was sent since, and the packets without payload that have come, are of
 * the one before. What comes after the last answer (the client's ACK, both
 * FINs) belongs to the last request of the connection that is counted; the hub
 * waits for it.
 *
 * On HTTP/2 one connection has all streams, at the same time: there a filter of
 * the connection sees whose the frames are (httpd_streams.h).
 */
#ifndef CHATWS_HTTPD_TALLY_H
#define CHATWS_HTTPD_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "base/base_traffic.h"
#include "loop/loop_tcp.h"
#include "room/set/room_meter.h"

struct httpd_streams;

/* To whom something is counted. */
typedef struct {
    uint64_t key; /* 0: to nobody but all together */
    uint16_t tag;
    room_meter_transport transport;
} httpd_tally_owner;

/* Of a connection, in its record (httpd_handoff.h). */
typedef struct {
    pthread_mutex_t lock; /* streams of HTTP/2 end on several threads */
    base_traffic opening; /* before the first request */
    bool paid;            /* `opening` was counted, */
    httpd_tally_owner payer; /* as that of this one's */
    base_traffic last;    /* at the end of the last request */
    uint64_t last_data;   /* packets with payload that had come by then, */
    uint64_t last_sent;   /* and that had been sent */
    uint64_t plain_sent;  /* what TLS carries, as the filter sees it */
    uint64_t plain_received;
    struct httpd_streams *streams; /* NULL: no HTTP/2 */
    bool known;           /* the filter has seen what is spoken, */
    bool blind;           /* and that it need not see more */
    bool other;           /* the last request was not counted */
    bool followed;        /* the hub counts what comes since `last` */
    bool polled;          /* what follows is of the last request: */
    httpd_tally_owner owner;
} httpd_tally;

/* What every message of a connection has around it. */
typedef struct {
    const char *tls; /* the version's name; NULL: plain */
    unsigned record; /* bytes that TLS adds to a record */
    unsigned packet; /* bytes of IP and TCP headers of a packet */
} httpd_tally_link;

void httpd_tally_init(httpd_tally *tally);
void httpd_tally_destroy(httpd_tally *tally);

/* Says that this request is of row 4, 5 or 6, or a POST with a key. If its
 * connection is not given away, its traffic is counted as that of `transport`,
 * and if it has ?meter=KEY also there. */
void httpd_tally_begin(request_rec *r, room_meter_transport transport);

/* Of one that waits, about twice a second: counts what has come so far, if
 * somebody wants to see it. */
void httpd_tally_go_on(request_rec *r);

/* A child starts: looks at what httpd listens on. Its main thread. */
void httpd_tally_start(void);

/* This request's connection will be given away: what is counted as that of
 * earlier requests. Who takes a connection along pays for its opening: in
 * *opening it stands, unless it was counted already; if that was with the same
 * key, it is moved to `transport`. */
base_traffic httpd_tally_before(request_rec *r, room_meter_transport transport,
                                base_traffic *opening);

/* Reads what the kernel has counted, with what the filter has seen. Under the
 * lock, where there are several threads. False: nothing can be told. */
bool httpd_tally_reading(conn_rec *c, const httpd_tally *tally,
                         loop_tcp_state *now);

/* Adds figures to their owner's and everybody's. */
void httpd_tally_add(const httpd_tally_owner *owner,
                     const room_meter_figures *more);

/* Of the client's connection: over HTTP/2 not that of a stream. */
httpd_tally_link httpd_tally_link_of(conn_rec *c);

/* The one with the socket: of a stream of HTTP/2 the master. */
conn_rec *httpd_tally_connection(request_rec *r);

/* Hooks of mod_chatws.c: pre_connection, post_read_request, log_transaction
 * (the answer has been written) and pre_close_connection. */
int httpd_tally_open(conn_rec *c, void *socket);
int httpd_tally_read(request_rec *r);
int httpd_tally_log(request_rec *r);
int httpd_tally_close(conn_rec *c);

#endif
