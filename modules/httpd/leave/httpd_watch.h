/* httpd_watch.h - is the client still there?
 *
 * Of a worker that carries bytes between the hub and its client. The socket
 * pair between them accepts the hub's pings whether or not there is a client,
 * so the worker asks the client's kernel.
 */
#ifndef CHATWS_HTTPD_WATCH_H
#define CHATWS_HTTPD_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "hub/hub.h"

/* How often to ask, in milliseconds: so soon a client that has gone away is
 * noticed without a word to it. */
#define HTTPD_WATCH_MS 500

/* Times are in milliseconds. */
typedef struct {
    request_rec *r;
    int socket; /* the client's, or -1 */
    int64_t timeout;
    int64_t checked;
    int64_t acked; /* when its kernel owed no acknowledgement, or gave one */
} httpd_watch;

/* Of the client of `r`, which gets as much time as the offer's pings. */
httpd_watch httpd_watch_begin(request_rec *r, const hub_offer *offer);

/* False when the client has vanished: it has let the hub's pings, and whatever
 * else it is sent, unacknowledged for too long. Also counts what has come so
 * far, if somebody wants to see it. */
bool httpd_watch_alive(httpd_watch *watch);

#endif
