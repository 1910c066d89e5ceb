/* http_accept.h - does the asker want a page, JSON or events (RFC 9110
 * 12.5.1)?
 *
 * Used by the dispatch of a room's rows and by every refusal. Pure.
 */
#ifndef CHATWS_HTTP_ACCEPT_H
#define CHATWS_HTTP_ACCEPT_H

#include <stdbool.h>

#include "http/http_field.h"

/* True when `accept`, the Accept header as httpd merges it, prefers text/html
 * to application/json: by quality, or with equal quality by naming it more
 * exactly, as "text/html" next to a wildcard does. No header and a wildcard
 * alone prefer neither. */
bool http_accept_html(http_slice accept);

/* True when `accept` names text/event-stream and does not refuse it (q=0): what
 * no browser sends but an EventSource. */
bool http_accept_events(http_slice accept);

#endif
