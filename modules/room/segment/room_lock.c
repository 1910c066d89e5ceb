/* room_lock.c - a lock that outlives its owner; see room_lock.h. */
#include "room/segment/room_lock.h"

#include <errno.h>
#include <time.h>

#include "base/base_log.h"

#define WAIT_MS 2000
#define HURRY_MS 40
#define SLICE_MS 20

static _Thread_local bool hurries;

bool room_lock_init(room_lock *lock)
{
    pthread_mutexattr_t traits;
    bool made;

    if (pthread_mutexattr_init(&traits) != 0) {
        return false;
    }
    made = pthread_mutexattr_setpshared(&traits, PTHREAD_PROCESS_SHARED) == 0
           && pthread_mutexattr_setrobust(&traits, PTHREAD_MUTEX_ROBUST) == 0
           && pthread_mutex_init(&lock->mutex, &traits) == 0;
    pthread_mutexattr_destroy(&traits);
    if (made) {
        atomic_store(&lock->renew, 0);
        atomic_store(&lock->stuck, 0);
    }
    return made;
}

/* A mutex that was dropped without being mended can only be made anew. That
 * takes a bug or a damaged segment; one process does it, the others are told
 * to come back. */
static room_lock_result renewed(room_lock *lock)
{
    uint32_t idle = 0;
    room_lock_result result = ROOM_LOCK_BUSY;

    if (!atomic_compare_exchange_strong(&lock->renew, &idle, 1)) {
        return ROOM_LOCK_BUSY;
    }
    if (room_lock_init(lock) && pthread_mutex_trylock(&lock->mutex) == 0) {
        result = ROOM_LOCK_DIED;
    }
    atomic_store(&lock->renew, 0);
    return result;
}

static room_lock_result judged(room_lock *lock, int error)
{
    switch (error) {
    case 0:
        return ROOM_LOCK_TAKEN;
    case EOWNERDEAD:
        return ROOM_LOCK_DIED;
    case ENOTRECOVERABLE:
        return renewed(lock);
    default:
        return ROOM_LOCK_BUSY;
    }
}

/* ThreadSanitizer does not know pthread_mutex_clocklock; gcc and clang tell of
 * it in different ways. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ) \
    && !defined(__SANITIZE_THREAD__)
#if __GLIBC_PREREQ(2, 30)
#define HAS_CLOCKLOCK
#endif
#endif

#ifdef HAS_CLOCKLOCK
#define WAIT_CLOCK CLOCK_MONOTONIC
#else
#define WAIT_CLOCK CLOCK_REALTIME
#endif

/* One slice of the wait; by the monotonic clock where there is such a wait: a
 * wall clock that is set back would make it longer. */
static int wait_slice(pthread_mutex_t *mutex)
{
    struct timespec until;

    clock_gettime(WAIT_CLOCK, &until);
    until.tv_nsec += SLICE_MS * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
#ifdef HAS_CLOCKLOCK
    return pthread_mutex_clocklock(mutex, WAIT_CLOCK, &until);
#else
    return pthread_mutex_timedlock(mutex, &until);
#endif
}

/* A waiter that is killed after it was woken takes the wake-up with it when
 * another thread has the mutex by then: the system does not wake the next one.
 * So nobody sleeps long without looking. */
static int wait_for(pthread_mutex_t *mutex)
{
    int most = hurries ? HURRY_MS : WAIT_MS;
    int error = ETIMEDOUT;

    for (int i = 0; i < most / SLICE_MS && error == ETIMEDOUT; i++) {
        error = wait_slice(mutex);
    }
    return error;
}

room_lock_result room_lock_take(room_lock *lock)
{
    int error = pthread_mutex_trylock(&lock->mutex);
    bool stuck = atomic_load_explicit(&lock->stuck, memory_order_relaxed) != 0;

    if (error == EBUSY && !stuck) {
        error = wait_for(&lock->mutex);
        if (error == ETIMEDOUT && !hurries) {
            atomic_store(&lock->stuck, 1);
            base_log_limited(BASE_LOG_ERROR, "CW0305", "a lock of the rooms is "
                             "held for more than two seconds; who needs it is "
                             "told that the room is unavailable");
        }
    }
    else if (error != EBUSY && stuck) {
        atomic_store(&lock->stuck, 0);
    }
    return judged(lock, error);
}

bool room_lock_hurry(bool hurry)
{
    bool before = hurries;

    hurries = hurry;
    return before;
}

room_lock_result room_lock_try(room_lock *lock)
{
    return judged(lock, pthread_mutex_trylock(&lock->mutex));
}

void room_lock_mend(room_lock *lock)
{
    pthread_mutex_consistent(&lock->mutex);
}

void room_lock_drop(room_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}
