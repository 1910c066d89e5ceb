/* room_lock.h - a lock that outlives its owner.
 *
 * A process-shared robust pthread mutex inside the segment. APR's mutexes do
 * not tell that their owner died; these do, and whoever takes such a lock
 * repairs what it guards first. Order: table, room, then one of pool, members,
 * refs, rates; a second room only by room_lock_try. Addresses, sanctions,
 * notices, meters and secrets are taken alone, but for addresses under a
 * child's. Used by all of room/.
 */
#ifndef CHATWS_ROOM_LOCK_H
#define CHATWS_ROOM_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    pthread_mutex_t mutex;
    _Atomic uint32_t renew; /* 1: somebody makes the mutex anew */
    _Atomic uint32_t stuck; /* 1: a wait ran out; nobody waits again until it
                               was taken once */
} room_lock;

typedef enum {
    ROOM_LOCK_TAKEN,
    ROOM_LOCK_DIED, /* taken; its owner died in it: repair, then mend */
    ROOM_LOCK_BUSY  /* not taken */
} room_lock_result;

/* Makes the lock; false when the system has no such mutexes. */
bool room_lock_init(room_lock *lock);

/* Waits two seconds at most, or as room_lock_hurry says. */
room_lock_result room_lock_take(room_lock *lock);

/* From now on the calling thread waits 40 ms at most for any lock: it has much
 * else to do. Or as all others do. Answers what it did before. */
bool room_lock_hurry(bool hurry);

/* Does not wait. */
room_lock_result room_lock_try(room_lock *lock);

/* What it guards is whole again: call it after the repair that followed
 * ROOM_LOCK_DIED, before the drop. Dying before it makes the next one repair
 * again. */
void room_lock_mend(room_lock *lock);

void room_lock_drop(room_lock *lock);

#endif
