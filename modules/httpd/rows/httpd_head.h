/* httpd_head.h - the head of an HTTP/1.1 answer, without what nobody needs and
 * with all that other modules have to say.
 *
 * httpd names itself and its keep-alive timeout in every head; with Debian's
 * configuration that is a hundred bytes, more than an empty poll has to say.
 * Polls get a head of ours instead, and so do answers that leave httpd before
 * they end.
 *
 * Most modules add their lines in an output filter, when the first bytes of a
 * body pass (mod_headers, mod_session, mod_expires). An answer whose body never
 * passes the filters of httpd asks for them: httpd_head_complete. On the
 * worker's thread.
 */
#ifndef CHATWS_HTTPD_HEAD_H
#define CHATWS_HTTPD_HEAD_H

#include <httpd.h>

#include "base/base_bytes.h"
#include "hub/hub_offer.h"

/* Has the output filters of the response do what they do for the head of any
 * other one; status, content type and our own lines are to be set before. The
 * lines are in r->err_headers_out and r->headers_out then, but for those about
 * framing, coding and the connection, which the caller sets. OK; or the status
 * of a module that refuses the response, which the handler is to return. Once a
 * request. Compression is off for the rest of it. */
int httpd_head_complete(request_rec *r);

/* Appends the lines of r->err_headers_out and r->headers_out, each with its CR
 * LF, but Date, Server, Keep-Alive and Content-Type; a line with a control
 * character is left out. */
void httpd_head_lines(request_rec *r, base_bytes *out);

/* Appends the head as it is to be sent: the line of r->status, Date, the lines
 * of httpd_head_lines, and Content-Type. Says nothing by itself of length,
 * coding or the connection: the caller sets those headers. */
void httpd_head_write(request_rec *r, base_bytes *out);

/* What a poll is answered with. */
#define HTTPD_HEAD_POLL_TYPE "application/json"

/* Leaves to an offer what its hub needs for the head of a long-poll's answer,
 * after httpd_head_complete: that of httpd_answer_json, with the date of the
 * answer and `Connection: close`. */
void httpd_head_leave(request_rec *r, hub_offer *offer);

/* The functions that it leaves, HUB_HANDS_HEADS of them: in every process in
 * the same order. */
void httpd_head_polls(hub_offer_head **out);

/* Registers the filter; once, with the hooks of mod_chatws.c. */
void httpd_head_register(void);

/* Has the answer of this request sent with such a head, if it turns out to be
 * one of HTTP/1.1 with a known length; else, and on HTTP/2, it is httpd's. What
 * other modules do with header lines and body is done before. */
void httpd_head_shorten(request_rec *r);

#endif
