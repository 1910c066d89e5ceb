/* loop_pass.c - see loop_pass.h. */
#include "loop/loop_pass.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0 /* elsewhere no program of the site's is started by
                              a child while this is open for a moment */
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* Descriptors that a packet of a stranger's may have: more are closed by the
 * kernel, and the packet counts as cut. */
#define GIFTS 4

typedef union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(GIFTS * sizeof(int))];
} control;

/* More than a user who is not root may ask for; else what there is. */
static void enlarge(int end, int most)
{
#ifdef SO_SNDBUFFORCE
    if (setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &most, sizeof(most)) == 0) {
        return;
    }
#endif
    (void)setsockopt(end, SOL_SOCKET, SO_SNDBUF, &most, sizeof(most));
}

bool loop_pass_pair(int ends[2], int most)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   ends) != 0) {
        return false;
    }
    enlarge(ends[1], most);
    return true;
}

loop_io loop_pass_give(int end, const void *packet, size_t size, int gift)
{
    struct iovec part = { (void *)packet, size };
    control room;
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = room.bytes,
                              .msg_controllen = CMSG_SPACE(sizeof(int)) };
    struct cmsghdr *head;
    ssize_t done;

    memset(&room, 0, sizeof(room));
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &gift, sizeof(int));
    do {
        done = sendmsg(end, &message, MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    if (done >= 0) {
        return LOOP_IO_OK;
    }
    /* The last one: a user's descriptors on their way are as many as one of its
     * processes may have open. */
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS
                   || errno == ENOMEM || errno == ETOOMANYREFS
               ? LOOP_IO_AGAIN
               : LOOP_IO_ERROR;
}

/* Adds those of one control message to `gifts`. */
static size_t collect(const struct cmsghdr *head, int gifts[GIFTS],
                      size_t count)
{
    size_t size = head->cmsg_len - CMSG_LEN(0);

    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
        return count;
    }
    for (size_t at = 0; at + sizeof(int) <= size && count < GIFTS;
         at += sizeof(int)) {
        memcpy(&gifts[count++], CMSG_DATA(head) + at, sizeof(int));
    }
    return count;
}

/* The one descriptor of a whole packet; else closes what there is. */
static int sort(struct msghdr *message)
{
    bool cut = (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    int gifts[GIFTS];
    size_t count = 0;

    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
         head = CMSG_NXTHDR(message, head)) {
        count = collect(head, gifts, count);
    }
    if (count == 1 && !cut) {
        return gifts[0];
    }
    while (count > 0) {
        close(gifts[--count]);
    }
    return -1;
}

bool loop_pass_ready(int end)
{
    int spare = fcntl(end, F_DUPFD_CLOEXEC, 0);

    if (spare >= 0) {
        close(spare);
    }
    return spare >= 0;
}

loop_io loop_pass_take(int end, void *packet, size_t most, size_t *size,
                       int *gift)
{
    struct iovec part = { packet, most };
    control room;
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = room.bytes,
                              .msg_controllen = sizeof(room.bytes) };
    ssize_t done;

    *size = 0;
    *gift = -1;
    do {
        done = recvmsg(end, &message, MSG_CMSG_CLOEXEC);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS
                       || errno == ENOMEM
                   ? LOOP_IO_AGAIN
                   : LOOP_IO_ERROR;
    }
    *gift = sort(&message);
    *size = (size_t)done;
    /* Nothing at all: the other end is closed. An empty packet is not given. */
    return done == 0 && *gift < 0 ? LOOP_IO_END : LOOP_IO_OK;
}
