/* hub_relief.c - giving descriptors back to httpd; see hub_relief.h. */
#include "hub/hub_relief.h"

#include "base/base_clock.h"
#include "hub/hub_client.h"
#include "hub/hub_meter.h"
#include "hub/hub_output.h"
#include "hub/hub_session.h"
#include "ws/ws_close.h"

/* So long nobody is taken, and those who were closed stay away: else they would
 * be back before httpd has got rid of what fills it. */
#define FULL_US INT64_C(10000000)

/* Who asks while others have asked is served with them: the larger number. */
void hub_relief_ask(hub *core, unsigned count)
{
    unsigned asked = atomic_load(&core->relief);

    atomic_store(&core->full_until, base_clock_mono() + FULL_US);
    while (asked < count
           && !atomic_compare_exchange_weak(&core->relief, &asked, count)) {
    }
    loop_inbox_wake(&core->inbox);
}

bool hub_relief_is_done(const hub *core)
{
    return atomic_load(&core->relief) == 0;
}

static void close_now(hub_client *client)
{
    if (client->life.state == HUB_CLIENT_OPEN) {
        client->shared->way->bye(client, (int)(FULL_US / 1000000));
        hub_output_flush(client);
    }
    hub_client_doom(client, WS_CLOSE_RESTART);
}

bool hub_relief_run(hub *core)
{
    unsigned asked = atomic_load(&core->relief);
    unsigned closed = 0;
    hub_client *client;

    if (asked == 0) {
        return false;
    }
    while (closed < asked && (client = hub_client_first(core)) != NULL
           && client->life.state != HUB_CLIENT_DEAD) {
        close_now(client);
        closed++;
    }
    hub_session_bury(core);
    hub_meter_stop(core); /* duplicates of what was closed, among others */
    hub_count_add(core, ACT_COUNT_CLOSED_DESCRIPTORS, closed);
    /* Somebody who asked for more meanwhile gets it in the next turn. */
    (void)atomic_compare_exchange_strong(&core->relief, &asked, 0);
    return true;
}
