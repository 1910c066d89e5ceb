/* hub_unfinished.c - unfinished messages; see hub_unfinished.h. */
#include "hub/hub_unfinished.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "hub/hub_input.h"
#include "hub/hub_output.h"
#include "ws/ws_close.h"

#define TELL_US INT64_C(60000000)

/* One after the other, so that the largest is found without touching the
 * clients. client->input.unfinished is the place of its own plus one. */
struct hub_holding {
    hub_client *client;
    uint32_t bytes;
    uint32_t since; /* milliseconds */
};

static uint32_t bytes_of(const hub_client *client)
{
    size_t bytes = hub_input_kept(client);

    if (client->shared->way->unfinished) {
        bytes += client->shared->way->unfinished(client);
    }
    return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

static void add(hub_client *client)
{
    hub *core = client->shared->hub;

    if (core->holding_count == core->holding_cap) {
        core->holding_cap = core->holding_cap ? core->holding_cap * 2 : 64;
        core->holdings = realloc(core->holdings, core->holding_cap
                                                     * sizeof(hub_holding));
        BASE_CHECK(core->holdings != NULL);
    }
    core->holdings[core->holding_count++] = (hub_holding){
        .client = client,
        .since = hub_core_ms(core),
    };
    client->input.unfinished = (uint32_t)core->holding_count;
}

/* The last one takes its place, which keeps the list dense. */
void hub_unfinished_forget(hub_client *client)
{
    hub *core = client->shared->hub;
    hub_holding *own;

    if (client->input.unfinished == 0) {
        return;
    }
    own = &core->holdings[client->input.unfinished - 1];
    core->held -= own->bytes;
    *own = core->holdings[--core->holding_count];
    own->client->input.unfinished = client->input.unfinished;
    client->input.unfinished = 0;
}

static int size_class(uint32_t bytes)
{
    return 32 - __builtin_clz(bytes | 1);
}

/* Its memory doubles as it grows, so that one class is one size. */
static bool goes_before(const hub_holding *one, const hub_holding *other)
{
    int difference = size_class(one->bytes) - size_class(other->bytes);

    return difference > 0
           || (difference == 0 && (int32_t)(one->since - other->since) < 0);
}

static void close_largest(hub *core)
{
    const hub_holding *worst = &core->holdings[0];
    hub_client *client;

    for (size_t i = 1; i < core->holding_count; i++) {
        if (goes_before(&core->holdings[i], worst)) {
            worst = &core->holdings[i];
        }
    }
    client = worst->client;
    hub_count_add(core, ACT_COUNT_CLOSED_FLOOD,
                  client->life.state != HUB_CLIENT_DEAD);
    /* It may be the very client whose bytes are being read: its memory goes
     * now, but it stays until the end of the turn. */
    hub_output_close(client, WS_CLOSE_POLICY, false);
    if (client->shared->way->stop) {
        client->shared->way->stop(client);
    }
    hub_input_free(client);
    hub_unfinished_forget(client);
}

static void relieve(hub *core)
{
    if (core->now >= core->holding_tell) {
        core->holding_tell = core->now + TELL_US;
        base_log(BASE_LOG_WARN, "CW0507",
                 "unfinished messages of %lu connections take more than %lu "
                 "bytes; the largest are closed",
                 (unsigned long)core->holding_count,
                 (unsigned long)core->held_most);
    }
    while (core->held > core->held_most) {
        close_largest(core);
    }
}

void hub_unfinished_note(hub_client *client)
{
    hub *core = client->shared->hub;
    uint32_t bytes;
    hub_holding *own;

    if (client->life.state == HUB_CLIENT_DEAD) {
        return; /* forgotten when it is buried */
    }
    bytes = bytes_of(client);
    if (bytes == 0) {
        hub_unfinished_forget(client);
        return;
    }
    if (client->input.unfinished == 0) {
        add(client);
    }
    own = &core->holdings[client->input.unfinished - 1];
    core->held += bytes;
    core->held -= own->bytes;
    own->bytes = bytes;
    if (core->held > core->held_most) {
        relieve(core);
    }
}

void hub_unfinished_destroy(hub *core)
{
    free(core->holdings);
}
