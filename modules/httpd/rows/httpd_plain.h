/* httpd_plain.h - row 7 without scripts: a room as a form and a frame that
 * loads itself again.
 *
 * ?plain is the page, ?plain=log the frame with the newest messages. Called by
 * httpd_page; on the worker's thread.
 */
#ifndef CHATWS_HTTPD_PLAIN_H
#define CHATWS_HTTPD_PLAIN_H

#include <stdbool.h>

#include <httpd.h>

#include "httpd/config/httpd_config.h"
#include "httpd/gate/httpd_person.h"
#include "httpd/gate/httpd_room.h"

/* True when the query has `plain`. */
bool httpd_plain_asked(request_rec *r);

/* Answers with the page or the frame and returns what a handler returns. */
int httpd_plain_room(request_rec *r, const httpd_dir_config *config,
                     const httpd_room *room, httpd_person *person);

#endif
