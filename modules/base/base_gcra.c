/* base_gcra.c - a rate as one time; see base_gcra.h. */
#include "base/base_gcra.h"

#include <stddef.h>

#include "base/base_check.h"

/* Far beyond any rate or clock, and small enough that the sum of two such
 * values is still a time. */
#define FOREVER (INT64_MAX / 4)

/* The time in which an empty bucket gets full. */
static int64_t fill_time(int64_t interval, int64_t burst)
{
    if (interval > 0 && burst > FOREVER / interval) {
        return FOREVER;
    }
    return interval * burst;
}

bool base_gcra_take(int64_t *due, int64_t now, int64_t interval, int64_t burst,
                    int64_t *retry)
{
    int64_t full;
    int64_t next;
    bool given;

    BASE_CHECK(interval >= 0 && burst >= 1 && now >= 0);
    if (interval > FOREVER) {
        interval = FOREVER;
    }
    if (now > FOREVER) {
        now = FOREVER;
    }
    full = now + fill_time(interval, burst);
    if (*due > full) { /* the clock went back, or the rate got stricter */
        *due = full;
    }
    next = (*due > now ? *due : now) + interval;
    given = next <= full;
    if (given) {
        *due = next;
    }
    if (retry != NULL) {
        *retry = given ? 0 : next - full;
    }
    return given;
}
