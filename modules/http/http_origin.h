/* http_origin.h - an origin: scheme, host and port of a page (RFC 6454, WHATWG
 * HTML 7.1.1), and the Host of a request (RFC 9110 7.2).
 *
 * The same parser reads ChatOrigin and the Origin header, so that what passes
 * the one can match the other. Used by httpd_origin and httpd_value. Pure.
 */
#ifndef CHATWS_HTTP_ORIGIN_H
#define CHATWS_HTTP_ORIGIN_H

#include <stdbool.h>

#include "http/http_field.h"

typedef struct {
    http_slice scheme; /* absent in a Host */
    http_slice host;   /* with the brackets of an IPv6 address; empty only in
                          "file://" */
    unsigned port;     /* 0: none is named */
} http_origin;

/* Reads "scheme://host" or "scheme://host:port", of whatever scheme, and
 * nothing behind it: what a browser or an app sends. False for `null`, for
 * anything that is not ASCII, and for two origins in one field. */
bool http_origin_parse(http_slice text, http_origin *out);

/* Reads a Host: "host" or "host:port". */
bool http_origin_parse_host(http_slice text, http_origin *out);

/* True when both are one origin: scheme, host and port, in which ws stands for
 * http and wss for https, and the port of a scheme need not be named. */
bool http_origin_equal(const http_origin *one, const http_origin *other);

/* True when an origin of a site on the web (http, https, ws, wss) has the host
 * and port of `host`. The schemes are not compared, and the ports 80 and 443
 * are one: behind a proxy that ends TLS the scheme here says nothing. */
bool http_origin_is_at(const http_origin *origin, const http_origin *host);

/* True when the host is an IP address: no name that somebody else's DNS could
 * make point here. */
bool http_origin_is_address(const http_origin *host);

#endif
