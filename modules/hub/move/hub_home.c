/* hub_home.c - see hub_home.h. */
#include "hub/move/hub_home.h"

#include "act/act_count.h"
#include "base/base_clock.h"
#include "hub/hub_client.h"
#include "hub/move/hub_give.h"
#include "hub/move/hub_take.h"
#include "room/people/room_member.h"
#include "room/segment/room_home.h"
#include "room/segment/room_slot.h"

/* One child is not to have all the work. */
#define AHEAD 256

/* Sweeps are 250 ms apart: a child that says that it takes is believed for two
 * of them. Whom nobody has a place for comes back after a second. */
#define TAKEN_US INT64_C(500000)
#define LOST_SWEEPS 4

/* A child that was killed in between has counted what never came: who has
 * looked for it in vain looks at only one of so many sweeps. */
#define SELDOM 8

/* NULL: our slot has none. */
static const hub_queue_ends *own_queue(const hub *core)
{
    return core->slot >= 0 && (unsigned)core->slot < core->hands.home_count
               ? &core->hands.homes[core->slot] : NULL;
}

static bool has_fewer(const hub *core, int slot)
{
    const _Atomic uint64_t *there = room_slot_counters(core->store, slot);

    return there
           && (int64_t)atomic_load(&there[ACT_COUNT_CONNECTIONS])
                  < (int64_t)atomic_load(&core->connections) + AHEAD;
}

static bool may_go(const hub *core, int slot)
{
    return (unsigned)slot < core->hands.home_count
           && atomic_load(core->hands.homes[slot].taken_until) > core->now
           && has_fewer(core, slot);
}

/* NULL: the members stay; until the room has talked again where they may go to
 * their home later. */
static const hub_queue_ends *home_of(hub_room *room)
{
    hub *core = room->hub;
    int home;

    room->apart = 0;
    if (room_member_count(core->store, room->handle) > HUB_HOME_MEMBERS) {
        return NULL;
    }
    home = room_home_find(core->store, room->handle, core->slot);
    if (home < 0 || home == core->slot) {
        return NULL;
    }
    if (!may_go(core, home)) {
        room->apart = HUB_APART_MOST;
        return NULL;
    }
    return &core->hands.homes[home];
}

/* False: the queue is full. */
static bool gather(hub_room *room)
{
    const hub_queue_ends *home = home_of(room);

    if (!home) {
        return true;
    }
    BASE_LIST_EACH(link, &room->seats) {
        hub_client *client = hub_client_seated(link);
        hub_fate ends = client->shared->way->single
                            ? HUB_STAYS : hub_give_to(client, home);

        if (ends == HUB_LATER || ends == HUB_FULL) {
            room->apart = HUB_APART;
        }
        if (ends == HUB_FULL) {
            return false;
        }
    }
    return true;
}

void hub_home_gather(hub *core)
{
    int64_t end = base_clock_mono() + HUB_SLICE_US;

    if (core->hands.home_count == 0 || !hub_take_is_current(core)) {
        return;
    }
    BASE_LIST_EACH(link, &core->to_sweep) {
        hub_room *room = BASE_LIST_OWNER(link, hub_room, sweep);

        if (room->apart == HUB_APART
            && (!gather(room) || base_clock_mono() > end)) {
            return; /* the others at the next sweep */
        }
    }
}

/* --------------------------------------------------------------- the taking */

static void watch_own(hub *core, const hub_queue_ends *queue)
{
    bool takes = hub_take_possible(core);

    if (takes && !core->takes_home) {
        core->takes_home = loop_poll_add(core->poll, queue->take, LOOP_READ,
                                         core->strays);
    }
    else if (!takes && core->takes_home) {
        loop_poll_remove(core->poll, queue->take);
        core->takes_home = false;
        atomic_store(queue->taken_until, 0);
    }
    if (core->takes_home) {
        atomic_store(queue->taken_until, core->now + TAKEN_US);
    }
}

/* Its child has ended meanwhile, or has no place any more. */
static void look_at_strays(hub *core, const hub_queue_ends *queue,
                           uint8_t *sweeps)
{
    bool any = false;

    if (atomic_load(queue->in_flight) <= 0
        || atomic_load(queue->taken_until) > core->now) {
        *sweeps = 0;
        return;
    }
    ++*sweeps;
    if (*sweeps > LOST_SWEEPS && *sweeps % SELDOM != 0) {
        return;
    }
    if (hub_take_possible(core)) {
        any = hub_take_slice(core, queue);
    }
    else if (*sweeps >= LOST_SWEEPS && hub_take_is_current(core)) {
        any = hub_take_turn_away(core, queue);
    }
    *sweeps = any ? LOST_SWEEPS - 1 : *sweeps;
}

void hub_home_watch(hub *core)
{
    const hub_queue_ends *own = own_queue(core);

    if (core->slot < 0) {
        return;
    }
    if (own) {
        watch_own(core, own);
    }
    for (unsigned i = 0; i < core->hands.home_count; i++) {
        look_at_strays(core, &core->hands.homes[i], &core->strays[i]);
    }
}

void hub_home_ready(hub *core)
{
    const hub_queue_ends *own = own_queue(core);

    (void)hub_take_slice(core, own);
    watch_own(core, own);
}
