/* httpd_head.h - the head of an HTTP/1.1 answer, without what nobody needs.
 *
 * httpd names itself and its keep-alive timeout in every head; with Debian's
 * configuration that is a hundred bytes, more than an empty poll has to say.
 * Polls get a head of ours instead, and so do answers that leave httpd before
 * they end. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_HEAD_H
#define CHATWS_HTTPD_HEAD_H

#include <httpd.h>

#include "base/base_bytes.h"

/* Appends the head as it is to be sent: the line of r->status, Date, and what
 * stands in r->err_headers_out, r->headers_out and r->content_type, each line
 * but Server and Keep-Alive; a line with a control character is left out. Says
 * nothing by itself of length, coding or the connection: the caller sets those
 * headers. */
void httpd_head_write(request_rec *r, base_bytes *out);

/* Registers the filter; once, with the hooks of mod_chatws.c. */
void httpd_head_register(void);

/* Has the answer of this request sent with such a head, if it turns out to be
 * one of HTTP/1.1 with a known length; else, and on HTTP/2, it is httpd's. What
 * other modules do with header lines and body is done before. */
void httpd_head_shorten(request_rec *r);

#endif
