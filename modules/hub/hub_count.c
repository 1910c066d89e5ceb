/* hub_count.c - what the child counts; see hub_count.h. */
#include "hub/hub_count.h"

/* Collected, since a pump and its gaps come one after the other: a counter in
 * shared memory costs a locked instruction each time. */
void hub_count_deliver(hub *core, int64_t events)
{
    core->delivered += events;
    if (core->delivered > 0) {
        hub_count_add(core, ACT_COUNT_DELIVERIES, core->delivered);
        core->delivered = 0;
    }
}

/* Relaxed: a counter orders nothing. The pointer is read anew each time, as the
 * child gets its slot later and loses it earlier than it counts. */
void hub_count_add(hub *core, act_count which, int64_t amount)
{
    _Atomic uint64_t *counters
        = atomic_load_explicit(&core->counters, memory_order_acquire);

    atomic_fetch_add_explicit(&counters[which], (uint64_t)amount,
                              memory_order_relaxed);
}
