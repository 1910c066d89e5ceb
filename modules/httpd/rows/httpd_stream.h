/* httpd_stream.h - rows 4 and 5: an event stream, and a poll that waits.
 *
 * On HTTP/1.1 their connection leaves httpd like a WebSocket's and holds no
 * worker. Where there is no socket to give away (HTTP/2) they wait on their
 * worker, if few others do, and else are answered at once: a stream that ends
 * when it has told what there is, a poll that was not held. Called by
 * httpd_request; on the worker's thread; each returns what a handler returns.
 */
#ifndef CHATWS_HTTPD_STREAM_H
#define CHATWS_HTTPD_STREAM_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* Row 4: Accept names text/event-stream. */
int httpd_stream_events(request_rec *r, const httpd_dir_config *config,
                        const httpd_room *room);

/* The same of a location with `Chat status`: an event each second with the
 * numbers of the whole server, for as long as ChatRecheck. */
int httpd_stream_status(request_rec *r, const httpd_dir_config *config);

/* Row 5: the query has `after` and `wait`. */
int httpd_stream_wait(request_rec *r, const httpd_dir_config *config,
                      const httpd_room *room);

#endif
