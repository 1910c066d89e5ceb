/* http_bearer.h - where a request carries a token: as a Bearer credential (RFC
 * 6750 2.1), or as a subprotocol that a WebSocket offers, since a browser lets
 * its script set nothing else there.
 *
 * The third place is a cookie: http_cookie_all. Used by httpd_token. Pure.
 */
#ifndef CHATWS_HTTP_BEARER_H
#define CHATWS_HTTP_BEARER_H

#include "http/http_field.h"

/* What is in front of the token among the subprotocols. */
#define HTTP_BEARER_PROTOCOL "chatws.token."

typedef enum {
    HTTP_BEARER_NONE, /* there is no token, but perhaps something else */
    HTTP_BEARER_FOUND,
    HTTP_BEARER_BAD   /* there is none behind its name, or more than one */
} http_bearer_result;

/* Looks at the Authorization field; any other scheme is no token. */
http_bearer_result http_bearer_read_field(http_slice authorization,
                                          http_slice *token);

/* Looks at the Sec-WebSocket-Protocol field. */
http_bearer_result http_bearer_read_protocols(http_slice protocols,
                                              http_slice *token);

#endif
