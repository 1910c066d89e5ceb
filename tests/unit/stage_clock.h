/* stage_clock.h - a clock that a test may hold: while it does, time passes only
 * as the test says, and a busy machine makes nobody late.
 *
 * Linked instead of base_clock.c. Who sleeps until a time sleeps as long as
 * before: a hub looks at the clock at least each quarter of a second, and
 * whenever somebody talks to it.
 */
#ifndef CHATWS_UNIT_STAGE_CLOCK_H
#define CHATWS_UNIT_STAGE_CLOCK_H

#include <stdint.h>

/* It stands still from now on. */
void stage_clock_hold(void);

/* So many microseconds pass at once, of one that is held. */
void stage_clock_pass(int64_t time);

/* It goes on from where it is. */
void stage_clock_release(void);

/* Microseconds of a clock that nobody holds: for whoever waits for others. */
int64_t stage_clock_real(void);

#endif
