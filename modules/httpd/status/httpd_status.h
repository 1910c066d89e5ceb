/* httpd_status.h - what `Chat status` answers: the counters of all children.
 *
 * HTML for people, ?format=json for programs, ?format=prometheus for
 * monitoring. It names no room and no address, so that an operator may show
 * it to others. Called by httpd_request. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_STATUS_H
#define CHATWS_HTTPD_STATUS_H

#include <httpd.h>

#include "base/base_bytes.h"

/* Answers GET and HEAD (else 405); an unknown format is refused with 400.
 * Returns what a handler returns. Access is what `Require` says. */
int httpd_status_handler(request_rec *r);

/* Appends the same as ?format=json. Any thread of a child. */
void httpd_status_write(base_bytes *out);

#endif
