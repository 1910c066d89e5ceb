/* httpd_poll.h - rows 6 and 8: messages as JSON, at once.
 *
 * Called by httpd_request, and by whatever answers a poll that was not held;
 * on the worker's thread.
 */
#ifndef CHATWS_HTTPD_POLL_H
#define CHATWS_HTTPD_POLL_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"
#include "httpd/rows/httpd_position.h"

/* Answers what is after the cursor, a page before an id, or what is kept; or
 * refuses. Returns what a handler returns. */
int httpd_poll_room(request_rec *r, const httpd_dir_config *config,
                    const httpd_room *room);

#endif
