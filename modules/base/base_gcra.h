/* base_gcra.h - how fast somebody may do something (the generic cell rate
 * algorithm: a token bucket whose whole state is one time). Pure.
 *
 * Used by room/ for ChatRate, with the state in the shared segment.
 */
#ifndef CHATWS_BASE_GCRA_H
#define CHATWS_BASE_GCRA_H

#include <stdbool.h>
#include <stdint.h>

/* Takes one permission: on average one every `interval` (at least 0; 0 means
 * always), `burst` (at least 1) at once after a pause. All times are in one
 * unit, say microseconds of the monotonic clock; `now` is not negative.
 *
 * `*due` is the state: 0 at the start, then the time at which the bucket would
 * be full again. It changes when the permission is given, and also when it
 * lies further ahead than can be (the clock went back, or the rate was made
 * stricter), so that nobody is locked out for longer than one interval. The
 * caller sees to it that nobody else writes it meanwhile.
 *
 * False when refused; `*retry` (may be NULL) is then the time to wait until
 * one permission is there, between 1 and `interval`, and else 0. */
bool base_gcra_take(int64_t *due, int64_t now, int64_t interval, int64_t burst,
                    int64_t *retry);

#endif
