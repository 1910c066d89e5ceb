/* httpd_traffic.h - the traffic of requests that httpd answers itself.
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
#ifndef CHATWS_HTTPD_TRAFFIC_H
#define CHATWS_HTTPD_TRAFFIC_H

#include <httpd.h>

#include "act/act_traffic.h"
#include "base/base_traffic.h"

/* Says that this request is of row 4, 5 or 6, or a POST with a key. If its
 * connection is not given away, its traffic is counted as that of `line`,
 * and if it has ?meter=KEY also there. */
void httpd_traffic_begin(request_rec *r, act_traffic line);

/* Of one that waits, about twice a second: counts what has come so far, if
 * somebody wants to see it. */
void httpd_traffic_go_on(request_rec *r);

/* This request's connection will be given away: what is counted as that of
 * earlier requests. Who takes a connection along pays for its opening: in
 * *opening it stands, unless it was counted already; if that was with the same
 * key, it is moved to `line`. */
base_traffic httpd_traffic_before(request_rec *r, act_traffic line,
                                  base_traffic *opening);

/* Hooks of mod_chatws.c: child_init (looks at what httpd listens on),
 * pre_connection, post_read_request, log_transaction (the answer has been
 * written) and pre_close_connection. */
void httpd_traffic_child_init(apr_pool_t *pchild, server_rec *server);
int httpd_traffic_open(conn_rec *c, void *socket);
int httpd_traffic_read(request_rec *r);
int httpd_traffic_log(request_rec *r);
int httpd_traffic_close(conn_rec *c);

#endif
