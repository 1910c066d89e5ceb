/* httpd_duplex.h - a WebSocket that is a stream of HTTP/2 (RFC 8441).
 *
 * mod_http2 makes a GET that asks for an upgrade of the client's CONNECT, and a
 * 200 of the 101 that answers it; what goes in and out behind that are the
 * frames of RFC 6455. There is no socket to give away: the hub gets one end of
 * a socket pair, and the worker carries bytes between the other end and the
 * stream. Like those of httpd_pipe.h, whose places they share, such workers are
 * few. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_DUPLEX_H
#define CHATWS_HTTPD_DUPLEX_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/rows/httpd_answer.h"
#include "hub/hub.h"

/* True when mod_http2 has made this request of a CONNECT for WebSocket, and of
 * nothing else: a GET with an Upgrade is none, whoever has put that there. */
bool httpd_duplex_fits(request_rec *r);

/* Sends `head`, a 101, and carries bytes until one side ends. The offer is no
 * longer the caller's. False, with `why` filled in: there was no descriptor,
 * and nothing was sent. */
bool httpd_duplex_run(request_rec *r, hub_offer *offer, const char *head,
                      httpd_refusal *why);

#endif
