/* loop_socket.c - recv and send; see loop_socket.h. */
#include "loop/loop_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* httpd ignores SIGPIPE anyway */
#endif
#ifndef MSG_MORE
#define MSG_MORE 0 /* a segment more */
#endif

static loop_io io_of_errno(void)
{
    return (errno == EAGAIN || errno == EWOULDBLOCK) ? LOOP_IO_AGAIN
                                                     : LOOP_IO_ERROR;
}

loop_io loop_socket_recv(int fd, void *buf, size_t size, bool peek,
                         size_t *got)
{
    ssize_t count;

    *got = 0;
    do {
        count = recv(fd, buf, size, peek ? MSG_PEEK : 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return io_of_errno();
    }
    if (count == 0) {
        return LOOP_IO_END;
    }
    *got = (size_t)count;
    return LOOP_IO_OK;
}

loop_io loop_socket_send(int fd, const struct iovec *parts, int count,
                         bool more, size_t *sent)
{
    int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    struct msghdr message = { 0 };
    ssize_t done;

    *sent = 0;
    message.msg_iov = (struct iovec *)parts;
    message.msg_iovlen = (size_t)count;
    do {
        /* sendmsg has the kernel copy the list of parts first. */
        done = count == 1
                   ? send(fd, parts->iov_base, parts->iov_len, flags)
                   : sendmsg(fd, &message, flags);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        return io_of_errno();
    }
    *sent = (size_t)done;
    return LOOP_IO_OK;
}

void loop_socket_cork(int fd, bool on)
{
#ifdef TCP_CORK
    int value = on;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
#else
    (void)fd;
    (void)on;
#endif
}

size_t loop_socket_waiting(int fd)
{
    int count = 0;

    return ioctl(fd, FIONREAD, &count) == 0 && count > 0 ? (size_t)count : 0;
}

int64_t loop_socket_unheard(int fd)
{
#if defined(__linux__) && defined(TCP_INFO)
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0
        && info.tcpi_unacked > 0) {
        return info.tcpi_last_ack_recv;
    }
#else
    (void)fd;
#endif
    return 0;
}
