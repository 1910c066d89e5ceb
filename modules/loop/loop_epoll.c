/* loop_epoll.c - loop_poll.h by Linux's epoll; see there. */
#include "loop/loop_poll.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base_check.h"

enum { BATCH = 256 }; /* events a wait returns at most */

struct loop_poll {
    int fd;
};

loop_poll *loop_poll_create(unsigned size_hint)
{
    loop_poll *poll = malloc(sizeof(*poll));

    (void)size_hint;
    if (poll == NULL) {
        return NULL;
    }
    poll->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poll->fd < 0) {
        free(poll);
        return NULL;
    }
    return poll;
}

void loop_poll_destroy(loop_poll *poll)
{
    if (poll) {
        close(poll->fd);
        free(poll);
    }
}

static bool control(loop_poll *poll, int operation, int fd, unsigned interest,
                    void *data)
{
    struct epoll_event event = { 0 };

    /* Level-triggered, so that who reads a share of what is there is told
     * again. */
    event.data.ptr = data;
    if (interest & LOOP_READ) {
        event.events |= EPOLLIN;
    }
    if (interest & LOOP_WRITE) {
        event.events |= EPOLLOUT;
    }
    return epoll_ctl(poll->fd, operation, fd, &event) == 0;
}

bool loop_poll_add(loop_poll *poll, int fd, unsigned interest, void *data)
{
    return control(poll, EPOLL_CTL_ADD, fd, interest, data);
}

bool loop_poll_change(loop_poll *poll, int fd, unsigned interest, void *data)
{
    return control(poll, EPOLL_CTL_MOD, fd, interest, data);
}

void loop_poll_remove(loop_poll *poll, int fd)
{
    /* Kernels before 2.6.9 want one. */
    struct epoll_event unused = { 0 };

    (void)epoll_ctl(poll->fd, EPOLL_CTL_DEL, fd, &unused);
}

/* Rounded up: rounded down, the last millisecond before a deadline would be
 * spent spinning. */
static int milliseconds(int64_t timeout_us)
{
    int64_t ms;

    if (timeout_us < 0) {
        return -1;
    }
    ms = timeout_us / 1000 + (timeout_us % 1000 > 0);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static unsigned ready_of(uint32_t events)
{
    unsigned ready = 0;

    if (events & EPOLLIN) {
        ready |= LOOP_READ;
    }
    if (events & EPOLLOUT) {
        ready |= LOOP_WRITE;
    }
    if (events & (EPOLLERR | EPOLLHUP)) {
        ready |= LOOP_HANGUP;
    }
    return ready;
}

int loop_poll_wait(loop_poll *poll, int64_t timeout_us,
                   loop_poll_event *events, int most)
{
    struct epoll_event batch[BATCH];
    int count;

    BASE_CHECK(most > 0);
    count = epoll_wait(poll->fd, batch, most < BATCH ? most : BATCH,
                       milliseconds(timeout_us));
    if (count < 0) {
        /* Anything else is a fault of ours. */
        BASE_CHECK(errno == EINTR);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        events[i].data = batch[i].data.ptr;
        events[i].ready = ready_of(batch[i].events);
    }
    return count;
}
