/* hub_way_status.c - see hub_way_status.h. */
#include "hub/way/hub_way_status.h"

#include "hub/hub_client.h"
#include "hub/hub_input.h"
#include "hub/hub_output.h"
#include "hub/way/hub_way_sse.h"
#include "ws/ws_close.h"

#define EVERY_US INT64_C(1000000)

/* A browser comes back by itself for another single event after so long. */
#define ONCE_RETRY_MS 5000

/* So long one who comes gets the event of before: to write it may be a look at
 * all rooms, and somebody may come again and again. */
#define FRESH_US INT64_C(250000)

static void write_event(hub *core)
{
    core->watchers.event.len = 0;
    core->watchers.figures(&core->watchers.event);
    core->watchers.written = core->now;
}

/* The first event, and no more. */
static void answer_once(hub_client *client)
{
    base_bytes *to = hub_output_answers(client);

    hub_way_sse_retry(to, client->shared->way->stream == HUB_STREAM_CHUNKS,
                      ONCE_RETRY_MS);
    hub_output_tell(client, &client->shared->hub->watchers.event, NULL);
    hub_output_close(client, WS_CLOSE_NORMAL, false);
}

static void begin(hub_client *client, hub_offer *offer)
{
    hub *core = client->shared->hub;
    hub_watchers *watchers = &core->watchers;

    if (!watchers->figures) {
        hub_output_close(client, WS_CLOSE_INTERNAL, false);
        return;
    }
    if (watchers->written == 0
        || core->now - watchers->written >= FRESH_US) {
        write_event(core);
    }
    if (offer->once || watchers->count >= HUB_WAY_STATUS_MOST) {
        answer_once(client);
        return;
    }
    hub_output_tell(client, &watchers->event, NULL);
    if (watchers->count++ == 0) {
        watchers->due = core->now + EVERY_US;
    }
    base_list_add_last(&watchers->all, &client->way_state.watching);
}

static void destroy(hub_client *client)
{
    if (base_list_linked(&client->way_state.watching)) {
        base_list_remove(&client->way_state.watching);
        client->shared->hub->watchers.count--;
    }
}

void hub_way_status_tell(hub *core)
{
    hub_watchers *watchers = &core->watchers;

    if (watchers->count == 0 || core->now < watchers->due) {
        return;
    }
    watchers->due += EVERY_US;
    if (watchers->due <= core->now) { /* nothing is made up for */
        watchers->due = core->now + EVERY_US;
    }
    write_event(core);
    BASE_LIST_EACH(link, &watchers->all) {
        hub_client *client =
            BASE_LIST_OWNER(link, hub_client, way_state.watching);

        if (!client->deadline.late) {
            hub_output_tell(client, &watchers->event, NULL);
        }
    }
}

#define EITHER                                                             \
    .name = "status", .traffic = ACT_TRAFFIC_SSE, .one_way = true,         \
    .begin = begin, .feed = hub_input_ignore,                              \
    .input_end = hub_way_sse_input_end, .bye = hub_way_sse_bye,            \
    .destroy = destroy

const hub_way hub_way_status = {
    EITHER,
    .stream = HUB_STREAM_CHUNKS,
    .frame = hub_way_sse_frame_chunk,
    .ping = hub_way_sse_ping_chunk,
    .close = hub_way_sse_close_chunk,
};

const hub_way hub_way_status_plain = {
    EITHER,
    .stream = HUB_STREAM_EVENTS,
    .frame = hub_way_sse_frame_plain,
    .ping = hub_way_sse_ping_plain,
};
