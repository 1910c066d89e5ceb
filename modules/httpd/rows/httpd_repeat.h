/* httpd_repeat.h - whether the connection of a long-poll that is handed off can
 * go on, and what its next poll has to look like (http_repeat.h).
 *
 * The hub answers the same request again for as long as ChatRecheck lets a
 * connection be, so whatever httpd decides by the request it would decide
 * again. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_REPEAT_H
#define CHATWS_HTTPD_REPEAT_H

#include <httpd.h>

#include "hub/hub_offer.h"

/* Hook post_read_request of mod_chatws.c, before any module has changed the
 * request: takes its mark. One on a connection that came back is its last. */
int httpd_repeat_read(request_rec *r);

/* Fills in how the connection goes on, after httpd_head_complete; it stays zero
 * where it cannot: HTTP/1.0, TLS, another MPM than event, or httpd's own
 * settings and the client want it to end. */
void httpd_repeat_keep(request_rec *r, hub_offer_keep *keep);

#endif
