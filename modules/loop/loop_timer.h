/* loop_timer.h - deadlines: a hashed timer wheel.
 *
 * Every connection has a deadline nearly always and few ever pass, so setting
 * and cancelling are O(1) and a timer is 24 bytes inside its owner. Coarse: it
 * fires up to one tick late and never early. Reads no clock: time is an
 * argument, in microseconds of base_clock_mono(). Used by hub/; one thread.
 */
#ifndef CHATWS_LOOP_TIMER_H
#define CHATWS_LOOP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_list.h"

enum {
    LOOP_TIMER_TICK = 25000, /* microseconds */
    LOOP_TIMER_SLOTS = 1024  /* a power of two; one turn is 25.6 s */
};

/* Embedded in what it belongs to; must not move while it is set. */
typedef struct {
    base_list link; /* in its slot, or of those being fired */
    int64_t tick;
} loop_timer;

#define LOOP_TIMER_INIT { BASE_LIST_INIT, 0 }

/* Called by loop_timer_run for a timer that is due and no longer set. May set
 * and cancel any timer, its own and others that are due in this run included,
 * and may free the owner of any timer that is not set. */
typedef void loop_timer_fn(void *context, loop_timer *timer);

typedef struct {
    base_list slots[LOOP_TIMER_SLOTS]; /* by tick */
    base_list due;                     /* those being fired */
    int64_t tick;                      /* the first that has not been run */
    int64_t found;                     /* no slot in front has one */
    size_t count;                      /* timers that are set */
    loop_timer_fn *fire;
    void *context;
} loop_timer_wheel;

/* The wheel is about 16 KB, must not move, and owns nothing. */
void loop_timer_wheel_init(loop_timer_wheel *wheel, int64_t now_us,
                           loop_timer_fn *fire, void *context);

/* Sets the timer, or sets it anew, to fire in the first loop_timer_run at or
 * after `due_us`. A time that has passed fires within a tick, but never in a
 * run that is under way. */
void loop_timer_set(loop_timer_wheel *wheel, loop_timer *timer, int64_t due_us);

/* Nothing happens if it is not set. */
void loop_timer_cancel(loop_timer_wheel *wheel, loop_timer *timer);

/* True from loop_timer_set until it fires or is cancelled. */
bool loop_timer_is_set(const loop_timer *timer);

/* Fires all that are due at `now_us`, by tick; within one tick, and when more
 * than a turn has passed since the last run, in any order. A time before an
 * earlier call's does nothing. */
void loop_timer_run(loop_timer_wheel *wheel, int64_t now_us);

/* Microseconds from `now_us` until a timer could be due: no later than the
 * first one is, possibly earlier (a timer more than a turn away counts each
 * turn). 0: now; -1: no timer is set. */
int64_t loop_timer_wait(loop_timer_wheel *wheel, int64_t now_us);

#endif
