/* hub_drain.c - see hub_drain.h. */
#include "hub/move/hub_drain.h"

#include "hub/hub_client.h"
#include "hub/move/hub_give.h"

/* Three people need no ten seconds: the window is as long as all connections
 * of the server, of which each child has its part, take at that rate. */
int64_t hub_drain_window(const hub *core)
{
    uint64_t sums[ACT_COUNTS];
    uint64_t all = core->client_count;
    uint64_t needed;

    if (core->drain.rate == 0) {
        return core->drain.most;
    }
    if (core->store) {
        act_count_sums(core->store, sums);
        if (sums[ACT_COUNT_CONNECTIONS] > all) {
            all = sums[ACT_COUNT_CONNECTIONS];
        }
    }
    needed = all * 1000000 / core->drain.rate;
    return needed < (uint64_t)core->drain.most ? (int64_t)needed
                                                  : core->drain.most;
}

/* Where in the window this child's connections fall. With many children that
 * have one connection each (prefork), all of them would else be told at the
 * end of the window, in the same instant: multiples of the golden section
 * spread the slots. */
static int64_t phase(const hub *core, int64_t window)
{
    uint32_t slot = core->slot >= 0 ? (uint32_t)core->slot : 0;

    return (int64_t)((uint64_t)window * ((slot * UINT32_C(2654435769)) >> 16)
                     >> 16);
}

/* How many of all are told by now. */
static size_t quota(const hub *core, int64_t window)
{
    int64_t passed = core->now - core->drain.start;

    return passed >= window ? SIZE_MAX
                            : (size_t)(((int64_t)core->drain.total * passed
                                        + phase(core, window))
                                       / window);
}

/* Those that are closing stand at the end of the list. One that comes late, or
 * had to wait for an answer, may still go elsewhere. */
static void send_away(hub *core, size_t until)
{
    hub_client *client;

    while (core->drain.sent < until
           && (client = hub_client_first(core)) != NULL
           && client->life.state == HUB_CLIENT_OPEN) {
        core->drain.sent++;
        if (!hub_give_client(client)) {
            client->shared->way->bye(
                client, (int)((core->drain.window + 999999) / 1000000));
        }
    }
}

void hub_drain_run(hub *core)
{
    int stop = atomic_load(&core->stop);
    int64_t window;

    if (stop == 0 || (stop == HUB_STOP_GRACEFUL && hub_give_run(core))) {
        return;
    }
    if (core->drain.stopping == 0) {
        core->drain.window = hub_drain_window(core);
    }
    window = stop == HUB_STOP_NOW ? 0 : core->drain.window;
    if (stop != core->drain.stopping) {
        core->drain.stopping = stop;
        core->drain.start = core->now;
        core->drain.total = core->client_count;
    }
    send_away(core, quota(core, window));
}
