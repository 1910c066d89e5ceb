/* base_clock.h - the two clocks. Timers run on the monotonic one, which nobody
 * sets; message ids take their milliseconds from the wall clock.
 */
#ifndef CHATWS_BASE_CLOCK_H
#define CHATWS_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since an arbitrary start; never goes back, and is the same in
 * every process of the machine. */
int64_t base_clock_mono(void);

/* Milliseconds since 1970-01-01 UTC; may jump. */
int64_t base_clock_wall(void);

/* Both clocks, read one after the other. */
typedef struct {
    int64_t wall_ms;
    int64_t mono_us;
} base_clock_time;

base_clock_time base_clock_now(void);

#endif
