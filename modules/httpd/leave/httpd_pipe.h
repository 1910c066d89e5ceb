/* httpd_pipe.h - a stream whose socket cannot be given away.
 *
 * An HTTP/2 stream has no socket of its own. Its worker thread then gives the
 * hub one end of a socket pair and passes on what comes out of the other. Such
 * threads are lost to the site meanwhile, so there are few of them in a child:
 * a quarter of the MPM's threads. On the worker's thread.
 */
#ifndef CHATWS_HTTPD_PIPE_H
#define CHATWS_HTTPD_PIPE_H

#include <stdbool.h>

#include <apr_buckets.h>
#include <httpd.h>

#include "base/base_bytes.h"
#include "hub/hub.h"

/* Of these bytes at once, at most. */
#define HTTPD_PIPE_PIECE 8192

/* Takes one of the places; false: all are taken, or the client's connection has
 * `most` of them already. */
bool httpd_pipe_take(request_rec *r, unsigned most);

/* Gives it back. */
void httpd_pipe_give(request_rec *r);

/* Gives the offer to the hub, and passes each piece of the stream to the
 * request's output as soon as it comes, until one side ends. False: there was
 * no descriptor, and nothing was sent. The offer is no longer the caller's. */
bool httpd_pipe_stream(request_rec *r, hub_offer *offer);

/* The same, but gathers everything in `out`. An answer that the client does not
 * wait for is left empty. */
bool httpd_pipe_gather(request_rec *r, hub_offer *offer, base_bytes *out);

/* A pair of connected sockets. False, with errno set: there are no descriptors
 * but httpd's own reserve. */
bool httpd_pipe_pair(int ends[2]);

/* Sends bytes to the output of `r` at once; false when nobody wants more. The
 * brigade is empty before and after. */
bool httpd_pipe_send(request_rec *r, apr_bucket_brigade *brigade,
                     const char *data, size_t size);

#endif
