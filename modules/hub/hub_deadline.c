/* hub_deadline.c - what a client is due for; see hub_deadline.h. */
#include "hub/hub_deadline.h"

/* What is told to come back is told so within this time before its end, and not
 * in the very last of it. */
#define RECALL_MS 59000
#define RECALL_LAST_MS 1000

/* A longer time is cut down to this. What lies so far ahead that it is beyond
 * this and a day more lies behind. */
#define RECALL_MOST_MS (INT64_C(40) * 86400000)
#define RECALL_LATE_MS (RECALL_MOST_MS + 86400000)

/* What was found so far. */
typedef struct {
    hub_due due;
    int64_t wait;
} finding;

/* Milliseconds until `from` + `wait`; 0 or below: it has passed. */
static int64_t left(uint32_t now, uint32_t from, int64_t wait)
{
    return wait - (int64_t)(uint32_t)(now - from);
}

/* Deadlines come by their urgency: the first that has passed counts. */
static void consider(finding *so_far, hub_due due, int64_t wait)
{
    if (wait <= 0 && so_far->due == HUB_DUE_NOTHING) {
        so_far->due = due;
    }
    if (wait < so_far->wait) {
        so_far->wait = wait;
    }
}

/* How long a client may be silent after a ping. That of an event stream is
 * looked at once more before the next ping is due. */
static int64_t silence(const hub_deadline *of, const act_settings *settings)
{
    int64_t interval = settings->ping_interval / 1000;
    int64_t timeout = settings->ping_timeout / 1000;

    if (of->one_way && timeout > interval && !of->unheard) {
        timeout = interval;
    }
    return interval + timeout;
}

/* The one wait that may be longer than half of what the clock can tell. */
static int64_t until_recall(const hub_deadline *of, uint32_t now)
{
    int64_t wait = (int64_t)(uint32_t)(of->recall - now);

    return wait > RECALL_LATE_MS ? wait - (INT64_C(1) << 32) : wait;
}

static void consider_open(finding *found, const hub_deadline *of,
                          const act_settings *settings, uint32_t now)
{
    int64_t slow = settings->slow_client / 1000;
    int64_t interval = settings->ping_interval / 1000;

    if (of->single) {
        consider(found, HUB_DUE_LEAVE, (int32_t)(of->until - now));
        return;
    }
    if (of->recall != 0) {
        consider(found, HUB_DUE_RECALL, until_recall(of, now));
    }
    if (of->halted) {
        consider(found, HUB_DUE_RESUME, (int32_t)(of->until - now));
    }
    if (of->late) {
        consider(found, HUB_DUE_SLOW, left(now, of->behind_since, slow));
    }
    if (of->busy) {
        consider(found, HUB_DUE_UPLOAD, left(now, of->since, slow));
    }
    if (of->pinged) {
        consider(found, HUB_DUE_SILENT,
                 left(now, of->heard, silence(of, settings)));
    }
    else {
        consider(found, HUB_DUE_PING, left(now, of->heard, interval));
    }
}

hub_due hub_deadline_next(const hub_deadline *of, const act_settings *settings,
                          uint32_t now, int64_t *wait)
{
    finding found = { HUB_DUE_NOTHING, INT64_MAX };

    switch ((hub_deadline_phase)of->phase) {
    case HUB_DEADLINE_OPEN:
        consider_open(&found, of, settings, now);
        break;
    case HUB_DEADLINE_CLOSING:
        /* An answer may take as long as anything that is sent. */
        consider(&found, HUB_DUE_CUT,
                 of->single && of->late
                     ? left(now, of->behind_since, settings->slow_client / 1000)
                     : left(now, of->since, HUB_CLOSE_ANSWER_MS));
        break;
    case HUB_DEADLINE_LINGERING:
        consider(&found, HUB_DUE_CUT, left(now, of->since, HUB_LINGER_MS));
        break;
    }
    *wait = found.wait;
    return found.due;
}

void hub_deadline_recall(hub_deadline *of, uint32_t now, int64_t rest,
                         uint32_t random)
{
    int64_t most = rest < RECALL_MOST_MS ? rest : RECALL_MOST_MS;
    int64_t half = most > 0 ? most / 2 : 0;
    int64_t window = half < RECALL_MS ? half : RECALL_MS;
    int64_t last = half < RECALL_LAST_MS ? half : RECALL_LAST_MS;
    int64_t wait = most > 0 ? most - last - random % (window - last + 1) : 0;

    of->recall = now + (uint32_t)wait;
    of->recall += of->recall == 0; /* that would be never */
}

int64_t hub_deadline_silence(const hub_deadline *of,
                             const act_settings *settings, uint32_t now)
{
    int64_t allowed = (settings->ping_interval + settings->ping_timeout) / 1000;
    int64_t rest = left(now, of->heard, allowed);

    return of->pinged && rest <= 0 ? allowed - rest : 0;
}

void hub_deadline_hear(hub_deadline *of, uint32_t now)
{
    of->heard = now;
    of->pinged = false;
}

/* Nobody answers the comment of an event stream but the client's kernel. If it
 * has acknowledged anything since, the client counts as heard of then. */
bool hub_deadline_excuse(hub_deadline *of, const act_settings *settings,
                         uint32_t now, int64_t unacknowledged)
{
    int64_t interval = settings->ping_interval / 1000;
    int64_t timeout = settings->ping_timeout / 1000;

    if (unacknowledged < -left(now, of->heard, interval)) {
        of->heard = now - (uint32_t)(silence(of, settings) - interval);
        of->pinged = of->unheard = false;
        return true;
    }
    if (!of->unheard && left(now, of->heard, interval + timeout) > 0) {
        of->unheard = true;
        return true;
    }
    return false;
}

bool hub_deadline_input(hub_deadline *of, uint32_t now, bool busy)
{
    bool begins = busy && !of->busy;

    if (begins) {
        of->since = now;
    }
    of->busy = busy;
    return begins;
}

bool hub_deadline_output(hub_deadline *of, uint32_t now, uint64_t sent,
                         uint64_t waiting)
{
    bool reached = (int32_t)((uint32_t)sent - of->goal) >= 0;
    bool begins = waiting > 0 && (!of->late || reached);

    if (of->late && reached) {
        hub_deadline_hear(of, now); /* it reads: it lives */
    }
    if (begins) {
        of->goal = (uint32_t)(sent + waiting);
        of->behind_since = now;
    }
    of->late = waiting > 0;
    return begins;
}

void hub_deadline_end(hub_deadline *of, uint32_t now, hub_deadline_phase phase)
{
    of->phase = (uint8_t)phase;
    of->since = now;
}
