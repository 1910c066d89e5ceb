/* hub_session.c - a client's time here; see hub_session.h. */
#include "hub/hub_session.h"

#include "hub/hub_input.h"
#include "hub/hub_output.h"
#include "ws/ws_close.h"

static void close_slow(hub_client *client, act_count why, unsigned code)
{
    hub_count_add(client->hub, why, 1);
    hub_output_close(client, code, false);
}

static void ping(hub_client *client)
{
    client->deadline.pinged = true;
    client->deadline.unheard = false;
    if (!client->deadline.late) { /* else what waits asks the same */
        client->way->ping(hub_output_answers(client));
    }
}

static void check_silent(hub_client *client)
{
    if (client->way->one_way
        && hub_deadline_excuse(&client->deadline, client->settings,
                               hub_core_ms(client->hub),
                               loop_stream_unheard(&client->stream))) {
        return;
    }
    hub_count_add(client->hub, ACT_COUNT_CLOSED_PING, 1);
    hub_client_drop(client, WS_CLOSE_ABNORMAL);
}

void hub_session_due(void *context, loop_timer *timer)
{
    hub_client *client = (hub_client *)(void *)timer;
    int64_t wait;

    (void)context;
    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    switch (hub_deadline_next(&client->deadline, client->settings,
                              hub_core_ms(client->hub), &wait)) {
    case HUB_DUE_NOTHING:
        break;
    case HUB_DUE_RESUME:
        hub_input_resume(client);
        break;
    case HUB_DUE_SLOW:
        close_slow(client, ACT_COUNT_CLOSED_SLOW, WS_CLOSE_TRY_LATER);
        break;
    case HUB_DUE_UPLOAD:
        close_slow(client, ACT_COUNT_CLOSED_UPLOAD, WS_CLOSE_POLICY);
        break;
    case HUB_DUE_SILENT:
        check_silent(client);
        break;
    case HUB_DUE_PING:
        ping(client);
        break;
    case HUB_DUE_LEAVE:
        client->way->bye(client, 0);
        break;
    case HUB_DUE_CUT:
        hub_client_drop(client, WS_CLOSE_ABNORMAL);
        break;
    }
    hub_client_arm(client);
}
