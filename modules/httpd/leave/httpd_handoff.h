/* httpd_handoff.h - gives a connection away: from httpd to the child's hub.
 *
 * A connection that a module keeps would hold a place of the MPM. So the
 * descriptor is duplicated, httpd is told that the connection is lost, and
 * when it has let go (the cleanup of the connection's pool) the duplicate goes
 * to the hub. Used by httpd_upgrade and httpd_stream; on the worker's thread.
 */
#ifndef CHATWS_HTTPD_HANDOFF_H
#define CHATWS_HTTPD_HANDOFF_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/rows/httpd_answer.h"
#include "hub/hub.h"

/* Registers the filter; with the hooks of mod_chatws.c. */
void httpd_handoff_register(void);

/* True when this request's connection can be given away. */
bool httpd_handoff_fits(request_rec *r);

/* False, with `why` filled in (501) and a log line, when this request's
 * connection cannot be given away: HTTP/2, mpm-itk, or TLS that is not
 * mod_ssl's. */
bool httpd_handoff_possible(request_rec *r, httpd_refusal *why);

/* Sends `head`, the whole head of the response (NULL: the hub will do that),
 * and gives the connection away with `offer`, which must lack nothing but fd,
 * ssl and early; both ways the offer is no longer the caller's. `status` is for
 * the access log. True: the handler returns OK. False: nothing was sent, and
 * `why` is filled in. */
bool httpd_handoff_send(request_rec *r, hub_offer *offer, int status,
                        const char *head, httpd_refusal *why);

#endif
