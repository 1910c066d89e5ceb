/* httpd_post.h - publishing a message, and other commands, with POST.
 *
 * Called by httpd_request; on the worker's thread.
 */
#ifndef CHATWS_HTTPD_POST_H
#define CHATWS_HTTPD_POST_H

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_room.h"

/* Reads the body (JSON, plain text or a url-encoded form) and obeys: a message
 * is answered with 201, 200 for a repeated ref, 303 for a form in a browser; a
 * new name with 200, typing with 204; or it is refused. Returns what a handler
 * returns. */
int httpd_post_message(request_rec *r, const httpd_dir_config *config,
                       const httpd_room *room);

/* Refuses a body that httpd_input_body has not got whole, with what it has
 * answered; returns what a handler returns. */
int httpd_post_refuse_body(request_rec *r, int status);

#endif
