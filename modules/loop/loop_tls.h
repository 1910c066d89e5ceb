/* loop_tls.h - the TLS half of loop_stream.h, which tells the contract of each
 * call. Used by loop_stream.c only; one thread.
 */
#ifndef CHATWS_LOOP_TLS_H
#define CHATWS_LOOP_TLS_H

#include "loop/loop_stream.h"

typedef struct loop_tls loop_tls;

/* Takes over the SSL; the descriptor stays the caller's, is non-blocking and
 * outlives the result. */
loop_tls *loop_tls_create(int fd, SSL *ssl);

void loop_tls_destroy(loop_tls *tls);

loop_io loop_tls_read(loop_tls *tls, void *buf, size_t size, size_t *got);
bool loop_tls_unread(const loop_tls *tls);
bool loop_tls_flooded(const loop_tls *tls);
loop_io loop_tls_write(loop_tls *tls, const struct iovec *parts, int count,
                       size_t *sent);
bool loop_tls_unsent(const loop_tls *tls);
loop_io loop_tls_flush(loop_tls *tls);

/* The close_notify, without the FIN. */
loop_io loop_tls_finish(loop_tls *tls);

#endif
