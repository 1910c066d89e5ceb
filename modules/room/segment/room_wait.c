/* room_wait.c - see room_wait.h. */
#include "room/segment/room_wait.h"

#include <limits.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#define SLICE_US 200000

#ifdef __linux__
void room_wait_sleep(_Atomic uint32_t *word, uint32_t seen, int64_t most_us)
{
    int64_t us = most_us < SLICE_US ? most_us : SLICE_US;
    struct timespec most = { us / 1000000, us % 1000000 * 1000 };

    syscall(SYS_futex, word, FUTEX_WAIT, seen, &most, NULL, 0);
}

void room_wait_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
#else
void room_wait_sleep(_Atomic uint32_t *word, uint32_t seen, int64_t most_us)
{
    struct timespec a_while = { 0, 2000000 };

    if (atomic_load(word) == seen && most_us > 0) {
        nanosleep(&a_while, NULL);
    }
}

void room_wait_wake(_Atomic uint32_t *word)
{
    (void)word;
}
#endif
