/* httpd_accept.h - does the asker want a page or JSON (RFC 9110 12.5.1)?
 *
 * Used by the dispatch of a room's rows and by every refusal. Pure.
 */
#ifndef CHATWS_HTTPD_ACCEPT_H
#define CHATWS_HTTPD_ACCEPT_H

#include <stdbool.h>

/* True when `accept`, the Accept header as httpd merges it (NULL: absent),
 * prefers text/html to application/json: by quality, or with equal quality by
 * naming it more exactly, as "text/html" beside a wildcard does. No header and
 * a wildcard alone prefer neither. */
bool httpd_accept_html(const char *accept);

/* True when `accept` names text/event-stream and does not refuse it (q=0): what
 * no browser sends but an EventSource. */
bool httpd_accept_events(const char *accept);

#endif
