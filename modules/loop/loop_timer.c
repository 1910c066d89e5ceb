/* loop_timer.c - the timer wheel; see loop_timer.h. */
#include "loop/loop_timer.h"

#include "base/base_check.h"

static void list_init(loop_timer *head)
{
    head->next = head;
    head->prev = head;
}

static void list_append(loop_timer *head, loop_timer *timer)
{
    timer->next = head;
    timer->prev = head->prev;
    head->prev->next = timer;
    head->prev = timer;
}

static void list_remove(loop_timer *timer)
{
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    timer->next = NULL;
    timer->prev = NULL;
}

static loop_timer *slot_of(loop_timers *wheel, int64_t tick)
{
    return &wheel->slots[(uint64_t)tick % LOOP_TIMER_SLOTS];
}

void loop_timers_init(loop_timers *wheel, int64_t now_us, loop_timer_fn *fire,
                      void *context)
{
    BASE_CHECK(now_us >= 0);
    for (int i = 0; i < LOOP_TIMER_SLOTS; i++) {
        list_init(&wheel->slots[i]);
    }
    list_init(&wheel->due);
    wheel->tick = now_us / LOOP_TIMER_TICK;
    wheel->count = 0;
    wheel->fire = fire;
    wheel->context = context;
}

void loop_timer_set(loop_timers *wheel, loop_timer *timer, int64_t due_us)
{
    int64_t tick = due_us / LOOP_TIMER_TICK + (due_us % LOOP_TIMER_TICK > 0);

    loop_timer_cancel(wheel, timer);
    timer->tick = tick > wheel->tick ? tick : wheel->tick;
    list_append(slot_of(wheel, timer->tick), timer);
    wheel->count++;
}

void loop_timer_cancel(loop_timers *wheel, loop_timer *timer)
{
    if (loop_timer_is_set(timer)) {
        list_remove(timer);
        wheel->count--;
    }
}

bool loop_timer_is_set(const loop_timer *timer)
{
    return timer->next != NULL;
}

/* Moves those of one slot that are due to the list of the run; the others wait
 * for a later turn of the wheel. */
static void collect(loop_timers *wheel, loop_timer *slot, int64_t now)
{
    loop_timer *timer = slot->next;

    while (timer != slot) {
        loop_timer *next = timer->next;

        if (timer->tick <= now) {
            list_remove(timer);
            list_append(&wheel->due, timer);
        }
        timer = next;
    }
}

void loop_timers_run(loop_timers *wheel, int64_t now_us)
{
    int64_t now = now_us / LOOP_TIMER_TICK;
    int64_t turn_end = wheel->tick + LOOP_TIMER_SLOTS - 1;

    if (now < wheel->tick) {
        return;
    }
    for (int64_t tick = wheel->tick; tick <= now && tick <= turn_end; tick++) {
        collect(wheel, slot_of(wheel, tick), now);
    }
    wheel->tick = now + 1;
    while (wheel->due.next != &wheel->due) {
        loop_timer *timer = wheel->due.next;

        list_remove(timer);
        wheel->count--;
        wheel->fire(wheel->context, timer);
    }
}

int64_t loop_timers_wait(const loop_timers *wheel, int64_t now_us)
{
    int64_t tick = wheel->tick;
    int64_t wait;

    if (wheel->count == 0) {
        return -1;
    }
    while (tick < wheel->tick + LOOP_TIMER_SLOTS) {
        const loop_timer *slot =
            &wheel->slots[(uint64_t)tick % LOOP_TIMER_SLOTS];

        if (slot->next != slot) {
            break;
        }
        tick++;
    }
    wait = tick * LOOP_TIMER_TICK - now_us;
    return wait > 0 ? wait : 0;
}
