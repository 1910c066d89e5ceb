/* httpd_origin.h - may a page of another site make this request, and read what
 * is answered (CORS)?
 *
 * Browsers send a visitor's cookies with it, so the answer is no unless
 * ChatOrigin says otherwise. Used by every row; assets are for everybody. On
 * the worker's thread.
 */
#ifndef CHATWS_HTTPD_ORIGIN_H
#define CHATWS_HTTPD_ORIGIN_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/rows/httpd_answer.h"

/* False, with `why` filled in (403), for a foreign, repeated, malformed or
 * `null` Origin, for a request without Origin of which the browser says that
 * another site made it, and, with UseCanonicalName On, for a Host that is no
 * name of the site. `page`: the answer will be the bundled page, to which
 * anybody may link. With `any` only what httpd let in because of its user is
 * refused to a foreign page. */
bool httpd_origin_check(request_rec *r, const httpd_dir_config *config,
                        bool page, httpd_refusal *why);

/* True when the request's Host is an address, `localhost`, or a name of the
 * site, be it one of a ServerAlias without wildcards: no name that somebody
 * else's DNS could make point here. */
bool httpd_origin_named(request_rec *r);

/* False when the browser says that the page of another origin asks, whatever
 * ChatOrigin is: Origin is not the Host's, or Sec-Fetch-Site neither
 * same-origin nor none. */
bool httpd_origin_own(request_rec *r);

/* True when ChatOrigin is `any` and the page of another site asks: neither its
 * cookies nor its passwords count, since the browser adds them without asking
 * anybody (cross-site WebSocket hijacking). Such a request is a guest's. */
bool httpd_origin_foreign(request_rec *r, const httpd_dir_config *config);

/* Puts the header lines by which the page of an allowed other site can read
 * the answer, be it a refusal, into r->headers_out: with a list its origin and
 * its cookies, with `any` everybody but nobody's cookies. Nothing for other
 * origins and without one. The answer's Vary has to name Origin. */
void httpd_origin_headers(request_rec *r, const httpd_dir_config *config);

/* The same for what is no secret: any page may load it, also as a module. */
void httpd_origin_open(request_rec *r);

/* Row 10: answers OPTIONS with 204 and returns what a handler returns. `allow`
 * are the methods. One of the two above was called before; where that gave
 * nothing, the browser learns that it may not ask. */
int httpd_origin_preflight(request_rec *r, const char *allow);

#endif
