/* loop_stream.h - a connection's bytes: a non-blocking socket, plain or TLS.
 *
 * The TLS handshake was made by mod_ssl; here only records are read and
 * written (OpenSSL also answers TLS 1.3 key updates; renegotiation is refused).
 * Used by hub/; one thread, the loop's. No call blocks, raises a signal or
 * calls back.
 *
 * How to wait without spinning or stalling:
 *  - reading: poll for LOOP_READ, but never while loop_stream_unread() is true:
 *    those bytes have left the socket, so it need not become ready again.
 *  - writing: poll for LOOP_WRITE after a write or flush gave AGAIN or less
 *    than everything, or while loop_stream_unsent() is true.
 *  - loop_stream_unsent() may turn true in a read as well (an answer of TLS).
 */
#ifndef CHATWS_LOOP_STREAM_H
#define CHATWS_LOOP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <openssl/ssl.h>

typedef enum {
    LOOP_IO_OK,    /* something was done */
    LOOP_IO_AGAIN, /* nothing could be done; wait for the socket */
    LOOP_IO_END,   /* the peer will send no more: its FIN or close_notify */
    LOOP_IO_ERROR  /* reset, broken TLS, ...: only close and reset are left */
} loop_io;

/* May be moved by plain assignment. */
typedef struct {
    int fd;               /* for loop_poll; -1 when closed */
    struct loop_tls *tls; /* NULL when plain */
} loop_stream;

#define LOOP_STREAM_INIT { -1, NULL }

/* Takes over a connected stream socket, and `ssl` (a reference of the caller's,
 * NULL when plain) with a finished server or client handshake. Makes the
 * descriptor non-blocking and turns Nagle's delay off. The SSL's BIOs are
 * freed and its application data and callbacks cleared, so that nothing of the
 * former owner's is called or read any more; bytes that OpenSSL has already
 * read are kept, see loop_stream_unread. Has no failure but lack of memory. */
void loop_stream_open(loop_stream *stream, int fd, SSL *ssl);

/* Reads up to `size` (at least 1) bytes; `*got` is their number, 0 unless OK.
 * TLS gives at most one record at a time. After END the write side still
 * works. A TLS peer's FIN without close_notify is END: the protocols above
 * know themselves whether a message is complete. */
loop_io loop_stream_read(loop_stream *stream, void *buf, size_t size,
                         size_t *got);

/* The same, but what it gives stays to be read; not over TLS. */
loop_io loop_stream_peek(const loop_stream *stream, void *buf, size_t size,
                         size_t *got);

/* A plain TCP stream is ready to be read from so many bytes on, or at its end.
 * False: that cannot be. */
bool loop_stream_want(const loop_stream *stream, size_t size);

/* True when more may be read without the socket becoming ready; also after
 * AGAIN, when TLS has read as many records without data as one call may: give
 * the others their turn and read again. After END and ERROR it is false. */
bool loop_stream_unread(const loop_stream *stream);

/* True when the ERROR of a read is that the peer sent nothing but records
 * without data (key updates, empty ones). */
bool loop_stream_flooded(const loop_stream *stream);

/* How many bytes the kernel has for us. */
size_t loop_stream_waiting(const loop_stream *stream);

/* Writes the parts (1 to IOV_MAX of them, possibly empty) in order; `*sent`
 * is the number of bytes taken, which need never be given again, and is set
 * whatever the result is. OK: at least one byte, or there was none to send.
 * TLS takes a whole record even if the socket takes but a part of it and keeps
 * the rest (at most some 17 KB); until that is flushed it takes no more. */
loop_io loop_stream_write(loop_stream *stream, const struct iovec *parts,
                          int count, size_t *sent);

/* The same, for what loop_stream_finish follows at once if all of it is taken:
 * a plain stream's FIN then travels with the bytes, a packet less. */
loop_io loop_stream_write_last(loop_stream *stream, const struct iovec *parts,
                               int count, size_t *sent);

/* True while ciphertext is kept that the socket did not take; never for a
 * plain stream. */
bool loop_stream_unsent(const loop_stream *stream);

/* Sends what is kept. OK: nothing is left; AGAIN: something is. */
loop_io loop_stream_flush(loop_stream *stream);

/* For how many milliseconds the peer's kernel has been silent while something
 * waits to be acknowledged; 0: nothing does, or it cannot be told. */
int64_t loop_stream_unheard(const loop_stream *stream);

/* Says that no more will be written: close_notify if TLS, then FIN. AGAIN:
 * call it again when the socket is writable. Reading goes on. */
loop_io loop_stream_finish(loop_stream *stream);

/* Gives everything back, sending nothing more (but what the kernel holds),
 * and leaves LOOP_STREAM_INIT. The TLS session stays resumable. Remove the
 * descriptor from its loop_poll before. A closed stream is allowed. */
void loop_stream_close(loop_stream *stream);

/* As loop_stream_close, but the peer gets a reset and what the kernel still
 * holds for it is dropped: for a peer that does not read. */
void loop_stream_reset(loop_stream *stream);

#endif
