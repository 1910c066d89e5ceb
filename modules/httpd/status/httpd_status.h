/* httpd_status.h - what `Chat status` answers: the counters of all children.
 *
 * A page for people, with a table that needs no script, ?format=json for
 * programs, ?format=prometheus for monitoring. It names no room and no person,
 * so that an operator may show it to others, but to whom httpd_guard lets in.
 * Called by httpd_request. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_STATUS_H
#define CHATWS_HTTPD_STATUS_H

#include <httpd.h>

#include "base/base_bytes.h"
#include "httpd/config/httpd_config.h"

/* Answers GET and HEAD (else 405), also for the page's files, below its path;
 * an unknown format is refused with 400. Returns what a handler returns. Access
 * is what `Require` says. */
int httpd_status_handler(request_rec *r, const httpd_dir_config *config);

/* Appends the same as ?format=json. Any thread of a child. */
void httpd_status_write(base_bytes *out);

#endif
