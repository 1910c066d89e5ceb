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

_Static_assert(HUB_HANDS_HOMES <= 32, "a bit of hub.strays for each");

/* One child is not to have all the work. */
#define AHEAD 256

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

/* NULL: the members stay. */
static const hub_queue_ends *home_of(const hub_room *room)
{
    hub *core = room->hub;
    int home;

    if (!hub_take_possible(core) /* this child ends */
        || room_member_count(core->store, room->handle) > HUB_HOME_MEMBERS) {
        return NULL;
    }
    home = room_home_find(core->store, room->handle, core->slot);
    return home >= 0 && home != core->slot
                   && (unsigned)home < core->hands.home_count
                   && has_fewer(core, home)
               ? &core->hands.homes[home] : NULL;
}

static void gather(hub_room *room)
{
    const hub_queue_ends *home = home_of(room);

    room->apart = 0;
    if (!home) {
        return;
    }
    BASE_LIST_EACH(link, &room->seats) {
        hub_client *client = hub_client_seated(link);
        hub_fate ends = client->shared->way->single
                            ? HUB_STAYS : hub_give_to(client, home);

        if (ends == HUB_LATER || ends == HUB_FULL) {
            room->apart = HUB_APART; /* at the next sweep */
        }
        if (ends == HUB_FULL) {
            break;
        }
    }
}

void hub_home_gather(hub *core)
{
    BASE_LIST_EACH(link, &core->to_sweep) {
        hub_room *room = BASE_LIST_OWNER(link, hub_room, sweep);

        if (room->apart == HUB_APART) {
            gather(room);
        }
    }
}

/* --------------------------------------------------------------- the taking */

static void take(hub *core, const hub_queue_ends *queue)
{
    int64_t end = base_clock_mono() + HUB_SLICE_US;

    while (hub_take_possible(core) && base_clock_mono() < end
           && hub_take_one(core, queue)) {
        continue;
    }
}

static void watch_own(hub *core, const hub_queue_ends *queue)
{
    bool takes = hub_take_possible(core);

    if (takes && !core->takes_home) {
        core->takes_home = loop_poll_add(core->poll, queue->take, LOOP_READ,
                                         &core->strays);
    }
    else if (!takes && core->takes_home) {
        loop_poll_remove(core->poll, queue->take);
        core->takes_home = false;
    }
}

void hub_home_watch(hub *core)
{
    const hub_queue_ends *own = own_queue(core);

    if (own) {
        watch_own(core, own);
    }
    for (unsigned i = 0; i < core->hands.home_count; i++) {
        const hub_queue_ends *queue = &core->hands.homes[i];
        uint32_t bit = UINT32_C(1) << i;

        if (atomic_load(queue->in_flight) <= 0) {
            core->strays &= ~bit;
        }
        else if ((core->strays & bit) == 0) {
            core->strays |= bit;
        }
        else if (queue != own) {
            take(core, queue);
        }
    }
}

void hub_home_ready(hub *core)
{
    take(core, own_queue(core));
    hub_home_watch(core);
}
