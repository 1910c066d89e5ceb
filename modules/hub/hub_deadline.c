/* hub_deadline.c - a client's timer; see hub_deadline.h. */
#include "hub/hub_deadline.h"

#include "base/base_clock.h"
#include "hub/hub_input.h"
#include "ws/ws_close.h"

uint32_t hub_deadline_ms(const hub *core)
{
    return (uint32_t)(uint64_t)(core->now / 1000);
}

/* Milliseconds until `from` + `wait`; 0 or below: it has passed. */
static int64_t left(const hub_client *client, uint32_t from, int64_t wait)
{
    return wait - (int64_t)(uint32_t)(hub_deadline_ms(client->hub) - from);
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* How long a client may be silent after a ping, in milliseconds. That of an
 * event stream is looked at once more before the next ping is due. */
static int64_t silence(const hub_client *client)
{
    const act_settings *settings = client->settings;
    int64_t wait = settings->ping_timeout / 1000;

    if (client->way->one_way && wait > settings->ping_interval / 1000
        && !client->unheard) {
        wait = settings->ping_interval / 1000;
    }
    return settings->ping_interval / 1000 + wait;
}

/* Milliseconds until one that is closing is cut. An answer may take as long as
 * anything that is sent. */
static int64_t closing_due(const hub_client *client)
{
    if (client->state == HUB_CLIENT_LAST && client->finished) {
        return left(client, client->ending_since, HUB_LINGER_MS);
    }
    if (client->way->single && client->late) {
        return left(client, client->behind_since,
                    client->settings->slow_client / 1000);
    }
    return left(client, client->ending_since, HUB_CLOSE_ANSWER_MS);
}

/* Milliseconds until one that is over its rate is read on. */
static int64_t halted_due(const hub_client *client)
{
    return (int32_t)(client->resume - hub_deadline_ms(client->hub));
}

/* Milliseconds until something is due, whatever it is. */
static int64_t next_due(const hub_client *client)
{
    const act_settings *settings = client->settings;
    int64_t slow = settings->slow_client / 1000;
    int64_t wait = settings->ping_interval / 1000;

    if (client->state != HUB_CLIENT_OPEN) {
        return closing_due(client);
    }
    if (client->way->due) {
        return client->way->due(client);
    }
    if (client->pinged) {
        wait = silence(client);
    }
    wait = left(client, client->heard, wait);
    if (client->halted) {
        wait = earlier(wait, halted_due(client));
    }
    if (client->busy) {
        wait = earlier(wait, left(client, client->busy_since, slow));
    }
    if (client->late) {
        wait = earlier(wait, left(client, client->behind_since, slow));
    }
    return wait;
}

void hub_deadline_arm(hub_client *client)
{
    hub *core = client->hub;
    int64_t wait;
    int64_t due;

    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    wait = next_due(client);
    due = core->now + (wait > 0 ? wait : 0) * 1000;
    if (!loop_timer_is_set(&client->timer)
        || due < client->timer.tick * LOOP_TIMER_TICK) {
        loop_timer_set(&core->timers, &client->timer, due);
    }
}

int64_t hub_deadline_silence(const hub_client *client)
{
    const act_settings *settings = client->settings;
    int64_t allowed = (settings->ping_interval + settings->ping_timeout) / 1000;
    int64_t rest = left(client, client->heard, allowed);

    return client->pinged && rest <= 0 ? (allowed - rest) * 1000 : 0;
}

void hub_deadline_input(hub_client *client, bool busy)
{
    if (busy && !client->busy) {
        client->busy_since = hub_deadline_ms(client->hub);
        client->busy = true;
        hub_deadline_arm(client);
    }
    client->busy = busy;
}

void hub_deadline_output(hub_client *client, uint64_t waiting)
{
    bool late = waiting > 0;

    if (client->late && client->sent >= client->goal) {
        client->heard = hub_deadline_ms(client->hub); /* it reads: it lives */
        client->pinged = false;
    }
    if (late && (!client->late || client->sent >= client->goal)) {
        client->goal = client->sent + waiting;
        client->behind_since = hub_deadline_ms(client->hub);
        client->late = true;
        hub_deadline_arm(client);
    }
    client->late = late;
}

static void too_slow(hub_client *client)
{
    hub_count_add(client->hub, ACT_COUNT_CLOSED_SLOW, 1);
    hub_output_close(client, WS_CLOSE_TRY_LATER, false);
}

static void ping(hub_client *client)
{
    client->pinged = true;
    client->unheard = false;
    if (client->late) {
        return;
    }
    client->way->ping(hub_output_answers(client));
}

/* The time for the answer to a ping is over. Nobody answers the comment of an
 * event stream but the client's kernel: if it has acknowledged anything since,
 * the client counts as heard of at the ping. */
static void no_answer(hub_client *client)
{
    const act_settings *settings = client->settings;
    int64_t interval = settings->ping_interval / 1000;
    int64_t timeout = settings->ping_timeout / 1000;

    if (client->way->one_way
        && loop_stream_unheard(&client->stream)
               < -left(client, client->heard, interval)) {
        client->heard = hub_deadline_ms(client->hub)
                        - (uint32_t)(silence(client) - interval);
        client->pinged = client->unheard = false;
        return;
    }
    if (client->way->one_way && !client->unheard
        && left(client, client->heard, interval + timeout) > 0) {
        client->unheard = true;
        return;
    }
    hub_count_add(client->hub, ACT_COUNT_CLOSED_PING, 1);
    hub_client_drop(client, WS_CLOSE_ABNORMAL);
}

static void open_due(hub_client *client)
{
    const act_settings *settings = client->settings;
    int64_t slow = settings->slow_client / 1000;
    int64_t interval = settings->ping_interval / 1000;

    if (client->way->due) {
        if (client->way->due(client) <= 0) {
            client->way->bye(client, 0);
        }
    }
    else if (client->halted && halted_due(client) <= 0) {
        hub_input_resume(client);
    }
    else if (client->late && left(client, client->behind_since, slow) <= 0) {
        too_slow(client);
    }
    else if (client->busy && left(client, client->busy_since, slow) <= 0) {
        hub_count_add(client->hub, ACT_COUNT_CLOSED_UPLOAD, 1);
        hub_output_close(client, WS_CLOSE_POLICY, false);
    }
    else if (client->pinged
             && left(client, client->heard, silence(client)) <= 0) {
        no_answer(client);
    }
    else if (!client->pinged && left(client, client->heard, interval) <= 0) {
        ping(client);
    }
}

void hub_deadline_fire(void *context, loop_timer *timer)
{
    hub_client *client = (hub_client *)(void *)timer;

    (void)context;
    switch ((hub_client_state)client->state) {
    case HUB_CLIENT_OPEN:
        open_due(client);
        break;
    case HUB_CLIENT_ASKED:
    case HUB_CLIENT_LAST:
        if (next_due(client) <= 0) {
            hub_client_drop(client, WS_CLOSE_ABNORMAL);
        }
        break;
    case HUB_CLIENT_DEAD:
        break;
    }
    hub_deadline_arm(client);
}
