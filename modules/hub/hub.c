/* hub.c - the loop thread of a child; see hub.h and hub_core.h. */
#include "hub/hub.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "base/base_thread.h"
#include "hub/hub_client.h"
#include "hub/hub_core.h"
#include "hub/move/hub_drain.h"
#include "hub/hub_member.h"
#include "hub/hub_meter.h"
#include "hub/hub_output.h"
#include "hub/hub_queue.h"
#include "hub/hub_relief.h"
#include "hub/hub_session.h"
#include "hub/hub_unfinished.h"
#include "hub/archive/hub_ack.h"
#include "hub/archive/hub_errand.h"
#include "hub/archive/hub_fetch.h"
#include "hub/board/hub_board_answer.h"
#include "hub/move/hub_home.h"
#include "hub/move/hub_take.h"
#include "hub/relay/hub_relay.h"
#include "hub/room/hub_leaving.h"
#include "hub/room/hub_order.h"
#include "hub/room/hub_room.h"
#include "hub/way/hub_codec.h"
#include "hub/way/hub_way_status.h"
#include "room/people/room_member.h"
#include "room/segment/room_slot.h"
#include "room/set/room_sanction.h"
#include "ws/ws_close.h"

/* Most descriptors looked at in one turn. */
#define EVENTS 256

/* How often rooms and stopping are looked at without having been woken. */
#define SWEEP_US 250000

/* How long after the drain window a connection may still be open: with the
 * default window, and what httpd needs to end a child, 15 s in all. */
#define DRAIN_GRACE_US 3000000

/* The window of an ungraceful stop. */
#define STOP_GRACE_US 1000000

/* As many newcomers as fit into their slice of the turn; true: all. */
static bool take_offers(hub *core)
{
    int64_t end = base_clock_mono() + HUB_SLICE_US;

    if (!core->offers) {
        core->offers = loop_inbox_take(&core->inbox);
    }
    while (core->offers && base_clock_mono() < end) {
        hub_offer *offer = (hub_offer *)(void *)core->offers;

        core->offers = core->offers->next;
        if (!offer->way) {
            hub_meter_adopt(core, offer);
        }
        else {
            hub_session_adopt(core, offer);
        }
    }
    return core->offers == NULL;
}

/* Writes what the turn has brought. A room that is marked again meanwhile
 * waits for the next turn, so that a busy one does not hold up the others. */
static void run_marked(hub *core)
{
    hub_client *client;
    hub_room *room;
    hub_room *next;

    hub_session_bury(core);
    room = core->to_pump;
    core->to_pump = NULL;
    for (; room; room = next) {
        next = room->next_to_pump;
        hub_room_deliver(room);
    }
    while ((client = core->to_flush) != NULL) {
        core->to_flush = client->links.next_in[HUB_TO_WRITE];
        client->io.marked_flush = false;
        hub_output_flush(client);
    }
    hub_queue_serve(core, HUB_TO_WRITE, hub_output_flush);
    if (core->stored) {
        core->stored = false;
        room_slot_call_writer(core->store);
    }
    hub_session_bury(core);
}

/* Wake-ups tell what happens elsewhere; this is for what nobody tells: a child
 * that was killed, a member whose grace is over, a lock that is free again, and
 * a stop under an MPM that does not say so. */
static void look_around(hub *core)
{
    if (core->now - core->swept < SWEEP_US) {
        return;
    }
    core->swept = core->now;
    if (core->slot >= 0) {
        (void)room_slot_reap(core->store, core->slot);
        (void)room_member_expire(core->store, core->now);
        room_sanction_expire(core->store, core->now);
        room_slot_take(core->store, core->slot, hub_room_mark_index,
                       core);
        hub_leaving_retry(core);
        hub_home_gather(core);
        hub_room_sweep(core);
    }
    if (core->ends && core->ends(core->context)) {
        hub_stop(core, true);
    }
    if (core->give_back) {
        (void)core->give_back(-1);
    }
    hub_take_watch(core);
    hub_board_answer_sweep(core);
    hub_way_status_tell(core);
    hub_home_watch(core);
}

/* As long as there are workers, one of them may bring a connection, which then
 * gets its bye like the others. */
static bool is_over(hub *core)
{
    bool last = atomic_load(&core->last);
    int64_t most = core->drain.stopping == HUB_STOP_NOW
                       ? STOP_GRACE_US
                       : core->drain.most + DRAIN_GRACE_US;

    while (last && !take_offers(core)) {
        continue;
    }
    return core->drain.stopping != 0
           && ((last && core->client_count == 0)
               || core->now - core->drain.start > most);
}

/* Nobody waits while there is work left over. While it drains, quotas grow with
 * time, so that the loop looks at the clock often. */
static int64_t how_long(hub *core)
{
    int64_t sweep = core->swept + SWEEP_US - core->now;
    int64_t timers = loop_timer_wait(&core->timers, core->now);
    int64_t wait = timers >= 0 && timers < sweep ? timers : sweep;
    int64_t meters = hub_meter_wait(core);

    if (core->queues[HUB_TO_READ].count > 0
        || core->queues[HUB_TO_HEAR].count > 0
        || core->queues[HUB_TO_WRITE].count > 0 || core->to_pump
        || core->purges.len > 0
        || core->offers) {
        return 0;
    }
    wait = meters < wait ? meters : wait;
    if (atomic_load(&core->stop) && wait > LOOP_TIMER_TICK) {
        wait = LOOP_TIMER_TICK;
    }
    return wait > 0 ? wait : 0;
}

/* The order is for those who wait: whose room was full goes before everybody,
 * the ready ones before those that have had their share, and all that they
 * have brought is written at the end, once for each room. */
static void turn(hub *core)
{
    loop_poll_event events[EVENTS];
    int count = loop_poll_wait(core->poll, how_long(core), events, EVENTS);

    core->now = base_clock_mono();
    if (hub_relief_run(core)) {
        count = 0; /* some of these are gone; the others are told again */
    }
    hub_queue_serve(core, HUB_TO_HEAR, hub_session_hear);
    if (core->offers) {
        (void)take_offers(core);
    }
    core->ready_end = base_clock_mono() + HUB_SLICE_US;
    for (int i = 0; i < count; i++) {
        if (events[i].data == &core->inbox) {
            (void)take_offers(core);
        }
        else if (core->errands && events[i].data == core->errands) {
            hub_errand_take(core);
        }
        else if (events[i].data == &core->ordered) {
            hub_relay_take(core);
        }
        else if (events[i].data == &core->hands) {
            hub_take_ready(core);
        }
        else if (events[i].data == core->strays) {
            hub_home_ready(core);
        }
        else if (events[i].data == &core->slot) {
            room_slot_take(core->store, core->slot, hub_room_mark_index,
                           core);
            hub_ack_look(core);
        }
        else {
            hub_session_ready(events[i].data, events[i].ready);
        }
    }
    loop_timer_run(&core->timers, core->now);
    hub_queue_serve(core, HUB_TO_READ, hub_session_read);
    hub_meter_run(core);
    look_around(core);
    if (core->slot >= 0) {
        hub_order_look(core);
    }
    hub_drain_run(core);
    hub_board_answer_run(core);
    run_marked(core);
}

/* On the loop thread: a slot belongs to the thread that reads its wake-ups.
 * Without one the child still serves the echo, and refuses rooms clearly. */
static void claim_slot(hub *core)
{
    if (!core->store) {
        return;
    }
    core->slot = room_slot_claim(core->store, getpid());
    if (core->slot < 0) {
        base_log(BASE_LOG_ERROR, "CW0503",
                 "no slot for this child in the shared segment; its rooms "
                 "answer that they are full");
        return;
    }
    if (!loop_poll_add(core->poll,
                       room_slot_fd(core->store, core->slot), LOOP_READ,
                       &core->slot)) {
        base_log(BASE_LOG_ERROR, "CW0504",
                 "the wake-up descriptor cannot be watched; messages of other "
                 "children arrive up to 250 ms late");
    }
    hub_order_begin(core);
    atomic_store(&core->counters,
                 room_slot_counters(core->store, core->slot));
    atomic_store(&core->slot_shared, core->slot);
}

static void *run(void *context)
{
    hub *core = context;

    core->now = core->begun = base_clock_mono();
    hub_fetch_start(core, hub_member_feed);
    hub_relay_start(core);
    claim_slot(core);
    hub_take_watch(core);
    hub_board_answer_begin(core);
    hub_home_watch(core);
    sem_post(&core->claimed);
    while (!is_over(core)) {
        turn(core);
    }
    atomic_store(&core->stop, HUB_STOP_NOW);
    BASE_LIST_EACH(link, &core->clients) {
        hub_client_doom(BASE_LIST_OWNER(link, hub_client, links.all),
                        WS_CLOSE_GOING_AWAY);
    }
    run_marked(core);
    hub_errand_stop(core);
    hub_relay_stop(core);
    hub_fetch_stop(core);
    hub_meter_stop(core);
    hub_room_free_all(core);
    hub_board_answer_end(core);
    if (core->slot >= 0) {
        atomic_store(&core->slot_shared, -1);
        atomic_store(&core->counters, core->own_counters);
        room_slot_release(core->store, core->slot);
    }
    return NULL;
}

/* The thread has its slot when this returns. */
static bool start_thread(hub *core)
{
    bool started = base_thread_start(&core->thread, run, core);

    while (started && sem_wait(&core->claimed) != 0) {
        continue; /* a signal */
    }
    return started;
}

static void free_memory(hub *core)
{
    for (size_t i = 0; i < core->shared_count; i++) {
        free(core->shared[i]);
    }
    free(core->shared);
    free(core->room_by_index);
    free(core->scratch);
    base_bytes_free(&core->leaving);
    base_bytes_free(&core->purges);
    hub_unfinished_destroy(core);
    hub_codec_destroy(core);
    base_bytes_free(&core->spare_window);
    base_bytes_free(&core->spare_out);
    base_bytes_free(&core->text);
    base_bytes_free(&core->watchers.event);
    loop_poll_destroy(core->poll);
    sem_destroy(&core->claimed);
    free(core);
}

hub *hub_create(const hub_options *options)
{
    hub *made = calloc(1, sizeof(*made));
    room_store_figures figures = { 0 };

    BASE_CHECK(made != NULL);
    made->store = options->store;
    made->max_connections = options->max_connections;
    made->ends = options->stopping;
    made->context = options->context;
    if (options->archive) {
        made->archive = *options->archive;
    }
    if (options->hands) {
        made->hands = *options->hands;
        made->current = options->current;
    }
    made->give_back = options->give_back;
    made->relay = options->relay;
    made->desk.board = options->board;
    made->watchers.figures = options->figures;
    base_list_init(&made->watchers.all);
    made->drain.most = options->drain;
    made->drain.rate = options->drain_rate;
    base_list_init(&made->clients);
    base_list_init(&made->meters);
    base_list_init(&made->rooms);
    base_list_init(&made->to_sweep);
    made->slot = -1;
    sem_init(&made->claimed, 0, 0);
    made->slot_shared = -1;
    made->held_most = HUB_UNFINISHED_MOST;
    made->counters = made->own_counters;
    made->scratch = malloc(HUB_SHARE);
    if (options->store) {
        room_store_figures_get(options->store, &figures);
    }
    made->room_by_index = calloc(figures.rooms + 1, sizeof(hub_room *));
    BASE_CHECK(made->scratch != NULL && made->room_by_index != NULL);
    loop_timer_wheel_init(&made->timers, base_clock_mono(), hub_session_due,
                          made);
    made->poll = loop_poll_create(options->max_connections + 4);
    if (!made->poll || !loop_inbox_init(&made->inbox)) {
        base_log_limited(BASE_LOG_ERROR, "CW0505",
                         "no descriptors for the chat's loop in this child");
        free_memory(made);
        return NULL;
    }
    if (!loop_poll_add(made->poll, loop_inbox_fd(&made->inbox), LOOP_READ,
                       &made->inbox)
        || !start_thread(made)) {
        base_log_limited(BASE_LOG_ERROR, "CW0506",
                         "the chat's loop thread cannot be started in this "
                         "child");
        loop_inbox_destroy(&made->inbox);
        free_memory(made);
        return NULL;
    }
    return made;
}

int hub_slot(const hub *core)
{
    return atomic_load(&core->slot_shared);
}

/* Stores only, as it is called in handlers of signals; the loop looks at it at
 * its next sweep at the latest. */
void hub_stop(hub *core, bool graceful)
{
    int none = 0;

    if (!graceful) {
        atomic_store(&core->stop, HUB_STOP_NOW);
    }
    else {
        atomic_compare_exchange_strong(&core->stop, &none, HUB_STOP_GRACEFUL);
    }
}

void hub_join(hub *core)
{
    atomic_store(&core->last, true);
    loop_inbox_wake(&core->inbox); /* mpm-itk does this for each connection */
    pthread_join(core->thread, NULL);
}

/* Offers that came too late for the loop are still in the inbox. */
void hub_destroy(hub *core)
{
    loop_inbox_item *item = core->offers ? core->offers
                                         : loop_inbox_take(&core->inbox);

    while (item) {
        hub_offer *offer = (hub_offer *)(void *)item;

        item = item->next ? item->next : loop_inbox_take(&core->inbox);
        hub_offer_destroy(offer);
    }
    loop_inbox_destroy(&core->inbox);
    free_memory(core);
}
