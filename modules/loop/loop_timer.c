/* loop_timer.c - the timer wheel; see loop_timer.h. */
#include "loop/loop_timer.h"

#include "base/base_check.h"

static loop_timer *timer_of(base_list *link)
{
    return BASE_LIST_OWNER(link, loop_timer, link);
}

static size_t slot_of(int64_t tick)
{
    return (size_t)((uint64_t)tick % LOOP_TIMER_SLOTS);
}

void loop_timer_wheel_init(loop_timer_wheel *wheel, int64_t now_us,
                           loop_timer_fn *fire, void *context)
{
    BASE_CHECK(now_us >= 0);
    for (int i = 0; i < LOOP_TIMER_SLOTS; i++) {
        base_list_init(&wheel->slots[i]);
    }
    base_list_init(&wheel->due);
    wheel->tick = wheel->found = now_us / LOOP_TIMER_TICK;
    wheel->count = 0;
    wheel->fire = fire;
    wheel->context = context;
}

void loop_timer_set(loop_timer_wheel *wheel, loop_timer *timer, int64_t due_us)
{
    int64_t tick = due_us / LOOP_TIMER_TICK + (due_us % LOOP_TIMER_TICK > 0);
    int64_t nearest; /* when its slot is looked at */

    loop_timer_cancel(wheel, timer);
    /* What is due already goes into the slot that is run next. */
    timer->tick = tick > wheel->tick ? tick : wheel->tick;
    base_list_add_last(&wheel->slots[slot_of(timer->tick)], &timer->link);
    nearest = wheel->tick + (int64_t)slot_of(timer->tick - wheel->tick);
    wheel->found = nearest < wheel->found ? nearest : wheel->found;
    wheel->count++;
}

void loop_timer_cancel(loop_timer_wheel *wheel, loop_timer *timer)
{
    if (loop_timer_is_set(timer)) {
        base_list_remove(&timer->link);
        wheel->count--;
    }
}

bool loop_timer_is_set(const loop_timer *timer)
{
    return base_list_linked(&timer->link);
}

/* Moves those of one slot that are due to the list of the run; the others wait
 * for a later turn of the wheel. */
static void collect(loop_timer_wheel *wheel, base_list *slot, int64_t now)
{
    BASE_LIST_EACH(link, slot) {
        if (timer_of(link)->tick <= now) {
            base_list_remove(link);
            base_list_add_last(&wheel->due, link);
        }
    }
}

void loop_timer_run(loop_timer_wheel *wheel, int64_t now_us)
{
    int64_t now = now_us / LOOP_TIMER_TICK;
    /* After a turn all slots have been seen, however long we slept. */
    int64_t turn_end = wheel->tick + LOOP_TIMER_SLOTS - 1;
    base_list *link;

    if (now < wheel->tick) {
        return;
    }
    for (int64_t tick = wheel->tick; tick <= now && tick <= turn_end; tick++) {
        collect(wheel, &wheel->slots[slot_of(tick)], now);
    }
    /* Before the callbacks: what they set for now is for the next run. */
    wheel->tick = now + 1;
    /* One at a time: a callback may cancel what is still in the list. */
    while ((link = base_list_take_first(&wheel->due)) != NULL) {
        wheel->count--;
        wheel->fire(wheel->context, timer_of(link));
    }
}

int64_t loop_timer_wait(loop_timer_wheel *wheel, int64_t now_us)
{
    int64_t tick = wheel->found > wheel->tick ? wheel->found : wheel->tick;
    int64_t wait;

    if (wheel->count == 0) {
        return -1;
    }
    /* The first slot that has any is near enough: its timers may be of a later
     * turn, and then we look once for nothing. A loop asks in each of its
     * turns, and often all timers are far ahead. */
    while (tick < wheel->tick + LOOP_TIMER_SLOTS
           && base_list_empty(&wheel->slots[slot_of(tick)])) {
        tick++;
    }
    wheel->found = tick;
    wait = tick * LOOP_TIMER_TICK - now_us;
    return wait > 0 ? wait : 0;
}
