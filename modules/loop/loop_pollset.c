/* loop_pollset.c - loop_poll.h by apr_pollset, where there is no epoll; see
 * there. The one file of this floor that knows APR.
 */
#include "loop/loop_poll.h"

#include <stdlib.h>

#include <apr_general.h>
#include <apr_poll.h>
#include <apr_pools.h>
#include <apr_portable.h>

#include "base/base_check.h"

/* One for each descriptor number that was ever watched: APR's descriptor
 * object lives as long as the pool and is used again. */
typedef struct {
    apr_socket_t *socket;
    void *data;
    unsigned interest;
    bool watched;
} watch;

struct loop_poll {
    apr_pool_t *pool;
    apr_pollset_t *set;
    watch *watches; /* by descriptor */
    int size;
    unsigned turn; /* where the next choice among too many events begins */
};

loop_poll *loop_poll_create(unsigned size_hint)
{
    loop_poll *poll = calloc(1, sizeof(*poll));

    if (poll == NULL || apr_initialize() != APR_SUCCESS) {
        free(poll);
        return NULL;
    }
    if (apr_pool_create_unmanaged_ex(&poll->pool, NULL, NULL) != APR_SUCCESS) {
        goto failed;
    }
    if (apr_pollset_create(&poll->set, size_hint ? size_hint : 1, poll->pool,
                           0) != APR_SUCCESS) {
        apr_pool_destroy(poll->pool);
        goto failed;
    }
    return poll;
failed:
    apr_terminate();
    free(poll);
    return NULL;
}

void loop_poll_destroy(loop_poll *poll)
{
    if (poll) {
        apr_pool_destroy(poll->pool);
        apr_terminate();
        free(poll->watches);
        free(poll);
    }
}

/* Makes room for a descriptor's entry. */
static bool reach(loop_poll *poll, int fd)
{
    /* Descriptors are small numbers, the lowest that are free: a table by
     * number stays short. */
    int size = poll->size ? poll->size : 64;
    watch *watches;

    while (size <= fd) {
        size *= 2;
    }
    if (size == poll->size) {
        return true;
    }
    watches = realloc(poll->watches, (size_t)size * sizeof(*watches));
    if (watches == NULL) {
        return false;
    }
    for (int i = poll->size; i < size; i++) {
        watches[i] = (watch){ 0 };
    }
    poll->watches = watches;
    poll->size = size;
    return true;
}

static watch *watch_of(loop_poll *poll, int fd)
{
    if (fd < 0 || fd >= poll->size || !poll->watches[fd].watched) {
        return NULL;
    }
    return &poll->watches[fd];
}

static apr_pollfd_t describe(const loop_poll *poll, const watch *entry)
{
    apr_pollfd_t fd = { 0 };

    fd.p = poll->pool;
    fd.desc_type = APR_POLL_SOCKET;
    fd.desc.s = entry->socket;
    fd.client_data = entry->data;
    fd.reqevents = (apr_int16_t)(
        ((entry->interest & LOOP_READ) ? APR_POLLIN : 0) |
        ((entry->interest & LOOP_WRITE) ? APR_POLLOUT : 0));
    return fd;
}

bool loop_poll_add(loop_poll *poll, int fd, unsigned interest, void *data)
{
    apr_os_sock_t number = fd;
    apr_pollfd_t described;
    watch *entry;

    if (fd < 0 || watch_of(poll, fd) || !reach(poll, fd)) {
        return false;
    }
    entry = &poll->watches[fd];
    if (apr_os_sock_put(&entry->socket, &number, poll->pool) != APR_SUCCESS) {
        return false;
    }
    entry->interest = interest;
    entry->data = data;
    described = describe(poll, entry);
    entry->watched = apr_pollset_add(poll->set, &described) == APR_SUCCESS;
    return entry->watched;
}

bool loop_poll_change(loop_poll *poll, int fd, unsigned interest, void *data)
{
    watch *entry = watch_of(poll, fd);

    if (entry == NULL) {
        return false;
    }
    if (entry->interest == interest && entry->data == data) {
        return true;
    }
    /* APR cannot change what it waits for. */
    loop_poll_remove(poll, fd);
    return loop_poll_add(poll, fd, interest, data);
}

void loop_poll_remove(loop_poll *poll, int fd)
{
    watch *entry = watch_of(poll, fd);
    apr_pollfd_t described;

    if (entry) {
        described = describe(poll, entry);
        (void)apr_pollset_remove(poll->set, &described);
        entry->watched = false;
    }
}

static unsigned ready_of(apr_int16_t events)
{
    unsigned ready = 0;

    if (events & APR_POLLIN) {
        ready |= LOOP_READ;
    }
    if (events & APR_POLLOUT) {
        ready |= LOOP_WRITE;
    }
    if (events & (APR_POLLERR | APR_POLLHUP | APR_POLLNVAL)) {
        ready |= LOOP_HANGUP;
    }
    return ready;
}

/* Rounded up to milliseconds: APR rounds down, and the last millisecond before
 * a deadline would be spent spinning. */
static apr_interval_time_t whole_milliseconds(int64_t timeout_us)
{
    int64_t ms = timeout_us / 1000 + (timeout_us % 1000 > 0);

    return timeout_us < 0 ? -1 : (ms > INT32_MAX ? INT32_MAX : ms) * 1000;
}

int loop_poll_wait(loop_poll *poll, int64_t timeout_us,
                   loop_poll_event *events, int most)
{
    const apr_pollfd_t *found;
    apr_status_t status;
    apr_int32_t count = 0;
    unsigned from = 0;
    int i;

    BASE_CHECK(most > 0);
    status = apr_pollset_poll(poll->set, whole_milliseconds(timeout_us),
                              &count, &found);
    if (status != APR_SUCCESS) {
        BASE_CHECK(APR_STATUS_IS_TIMEUP(status) || APR_STATUS_IS_EINTR(status));
        return 0;
    }
    if (count > most) {
        /* Nothing is kept for the next call (it could be removed by then);
         * that one begins further on instead. */
        from = poll->turn;
        poll->turn += (unsigned)most;
    }
    for (i = 0; i < count && i < most; i++) {
        const apr_pollfd_t *one = &found[(from + (unsigned)i) %
                                         (unsigned)count];

        events[i].data = one->client_data;
        events[i].ready = ready_of(one->rtnevents);
    }
    return i;
}
