/* httpd_streams.h - whose the traffic of an HTTP/2 connection is.
 *
 * The kernel counts a connection, on which many streams send at the same time.
 * The frames of each are counted exactly: what they need is known where they
 * pass the connection's filter (httpd_tap.h), between mod_http2 and TLS. What
 * is left of the kernel's figures, the records of TLS, the headers of packets,
 * and frames of the connection itself, is shared out at each settling: to the
 * streams that have sent or received something since the last one, in
 * proportion to that. What comes without any frame (the last ACK) is of the
 * stream that had the most.
 *
 * All calls but httpd_streams_create under the account's lock.
 */
#ifndef CHATWS_HTTPD_STREAMS_H
#define CHATWS_HTTPD_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include <httpd.h>

#include "http/http_frames.h"
#include "httpd/traffic/httpd_account.h"

typedef struct httpd_streams httpd_streams;

/* From the connection's pool, on its thread: a preface comes. */
httpd_streams *httpd_streams_create(apr_pool_t *pool);

/* Something has come: first of all, before its bytes are told. */
void httpd_streams_wake(conn_rec *c, httpd_account *account);

/* All bytes that came at once have been told. */
void httpd_streams_heard(conn_rec *c, httpd_account *account);

/* Bytes on their way in or out; `data` may be NULL where
 * httpd_streams_skips says so. How many were taken. Of those that go out:
 * httpd_streams_due says, when they are written, whether to settle. */
size_t httpd_streams_take(httpd_streams *streams, bool out, const void *data,
                          size_t size);
bool httpd_streams_skips(const httpd_streams *streams, bool out);
bool httpd_streams_due(const httpd_streams *streams);

/* The request on this stream is counted from now on, back to its beginning. */
void httpd_streams_mark(conn_rec *c, httpd_account *account, uint32_t id,
                        const httpd_account_owner *owner);

/* Shares out what has come since the last time. */
void httpd_streams_settle(conn_rec *c, httpd_account *account);

/* The connection is going to be closed: sets whose the rest is. */
void httpd_streams_end(conn_rec *c, httpd_account *account);

#endif
