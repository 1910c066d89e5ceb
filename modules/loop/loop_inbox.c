/* loop_inbox.c - a list that many push to and one takes; see loop_inbox.h. */
#include "loop/loop_inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "base/base_check.h"

bool loop_inbox_init(loop_inbox *inbox)
{
    atomic_init(&inbox->newest, NULL);
    if (pipe(inbox->fds) != 0) {
        inbox->fds[0] = inbox->fds[1] = -1;
        return false;
    }
    for (int i = 0; i < 2; i++) {
        BASE_CHECK(fcntl(inbox->fds[i], F_SETFD, FD_CLOEXEC) == 0);
        BASE_CHECK(fcntl(inbox->fds[i], F_SETFL, O_NONBLOCK) == 0);
    }
    return true;
}

void loop_inbox_destroy(loop_inbox *inbox)
{
    for (int i = 0; i < 2; i++) {
        if (inbox->fds[i] >= 0) {
            close(inbox->fds[i]);
            inbox->fds[i] = -1;
        }
    }
}

int loop_inbox_fd(const loop_inbox *inbox)
{
    return inbox->fds[0];
}

void loop_inbox_wake(loop_inbox *inbox)
{
    ssize_t written;

    do {
        written = write(inbox->fds[1], "", 1); /* a full pipe wakes as well */
    } while (written < 0 && errno == EINTR);
}

void loop_inbox_push(loop_inbox *inbox, loop_inbox_item *item)
{
    loop_inbox_item *newest = atomic_load_explicit(&inbox->newest,
                                                   memory_order_relaxed);

    /* The release hands over what the item contains. An item may be taken and
     * be gone once it is in, so only `newest` is looked at afterwards. */
    do {
        item->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(
        &inbox->newest, &newest, item, memory_order_release,
        memory_order_relaxed));

    /* Whoever found it empty wakes; the others' items are taken with that
     * one. */
    if (newest == NULL) {
        loop_inbox_wake(inbox);
    }
}

loop_inbox_item *loop_inbox_take(loop_inbox *inbox)
{
    loop_inbox_item *oldest = NULL;
    loop_inbox_item *item;
    char bytes[64];

    /* First the wake-up, then the list: a push in between is taken now and
     * wakes once for nothing. The other way round it would be lost. */
    while (read(inbox->fds[0], bytes, sizeof(bytes)) < 0 && errno == EINTR) {
    }
    item = atomic_exchange_explicit(&inbox->newest, NULL,
                                    memory_order_acquire);
    while (item) {
        loop_inbox_item *next = item->next;

        item->next = oldest;
        oldest = item;
        item = next;
    }
    return oldest;
}
