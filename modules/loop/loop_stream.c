/* loop_stream.c - a connection's bytes, plain or TLS; see loop_stream.h. */
#include "loop/loop_stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base_check.h"
#include "loop/loop_socket.h"
#include "loop/loop_tls.h"

void loop_stream_open(loop_stream *stream, int fd, SSL *ssl)
{
    int flags = fcntl(fd, F_GETFL);
    int on = 0;
    socklen_t size = sizeof(on);

    BASE_CHECK(flags >= 0);
    BASE_CHECK((flags & O_NONBLOCK) /* as httpd's connections are */
               || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
    /* Not every stream socket is TCP; and what is corked would leave. */
    if (getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0 && !on) {
        on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    stream->fd = fd;
    stream->tls = ssl ? loop_tls_create(fd, ssl) : NULL;
}

loop_io loop_stream_read(loop_stream *stream, void *buf, size_t size,
                         size_t *got)
{
    return stream->tls ? loop_tls_read(stream->tls, buf, size, got)
                       : loop_socket_recv(stream->fd, buf, size, false, got);
}

loop_io loop_stream_peek(const loop_stream *stream, void *buf, size_t size,
                         size_t *got)
{
    BASE_CHECK(!stream->tls);
    return loop_socket_recv(stream->fd, buf, size, true, got);
}

bool loop_stream_want(const loop_stream *stream, size_t size)
{
    int least = (int)size;

    return setsockopt(stream->fd, SOL_SOCKET, SO_RCVLOWAT, &least,
                      sizeof(least)) == 0;
}

bool loop_stream_unread(const loop_stream *stream)
{
    return stream->tls && loop_tls_unread(stream->tls);
}

bool loop_stream_flooded(const loop_stream *stream)
{
    return stream->tls && loop_tls_flooded(stream->tls);
}

size_t loop_stream_waiting(const loop_stream *stream)
{
    return loop_socket_waiting(stream->fd);
}

loop_io loop_stream_write(loop_stream *stream, const struct iovec *parts,
                          int count, size_t *sent)
{
    return stream->tls ? loop_tls_write(stream->tls, parts, count, sent)
                       : loop_socket_send(stream->fd, parts, count, false,
                                          sent);
}

loop_io loop_stream_write_last(loop_stream *stream, const struct iovec *parts,
                               int count, size_t *sent)
{
    return stream->tls ? loop_tls_write(stream->tls, parts, count, sent)
                       : loop_socket_send(stream->fd, parts, count, true,
                                          sent);
}

bool loop_stream_unsent(const loop_stream *stream)
{
    return stream->tls && loop_tls_unsent(stream->tls);
}

loop_io loop_stream_flush(loop_stream *stream)
{
    return stream->tls ? loop_tls_flush(stream->tls) : LOOP_IO_OK;
}

int64_t loop_stream_unheard(const loop_stream *stream)
{
    return loop_socket_unheard(stream->fd);
}

loop_io loop_stream_finish(loop_stream *stream)
{
    loop_io io = stream->tls ? loop_tls_finish(stream->tls) : LOOP_IO_OK;

    /* Not before TLS has said all: a FIN in front of it would cut it off. */
    if (io == LOOP_IO_OK && shutdown(stream->fd, SHUT_WR) != 0) {
        io = LOOP_IO_ERROR;
    }
    return io;
}

void loop_stream_close(loop_stream *stream)
{
    if (stream->tls) {
        loop_tls_destroy(stream->tls);
    }
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    *stream = (loop_stream)LOOP_STREAM_INIT;
}

void loop_stream_reset(loop_stream *stream)
{
    /* With no time to linger, close() sends a reset and drops what is
     * queued. */
    struct linger none = { 1, 0 };

    if (stream->fd >= 0) {
        (void)setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &none,
                         sizeof(none));
    }
    loop_stream_close(stream);
}
