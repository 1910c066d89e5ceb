/* hub_input.c - what was read, and when more may be; see hub_input.h. */
#include "hub/hub_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "hub/hub_queue.h"
#include "ws/ws_close.h"

/* Who only reads is closed when so many bytes came with its request and after
 * it: nobody needs to read on for as long as somebody wants to send. */
#define IGNORED_MOST (64 * 1024)

/* The bytes behind a command that was over the rate, or behind a share of what
 * was compressed. */
struct hub_kept {
    size_t at; /* the first of them that was not looked at */
    size_t size;
    unsigned char data[];
};

static hub_kept *kept_of(const hub_client *client)
{
    return client->input.aside ? client->input.aside->kept : NULL;
}

void hub_input_keep(hub_client *client, const unsigned char *data, size_t size)
{
    hub_kept *kept = malloc(sizeof(*kept) + size);

    BASE_CHECK(kept != NULL && kept_of(client) == NULL);
    kept->at = 0;
    kept->size = size;
    memcpy(kept->data, data, size);
    hub_client_aside(client)->kept = kept;
    if (!client->deadline.halted) {
        hub_queue_put(client, HUB_TO_READ);
    }
}

void hub_input_free(hub_client *client)
{
    if (client->input.aside) {
        free(client->input.aside->kept);
        client->input.aside->kept = NULL;
        hub_client_tidy(client);
    }
}

/* Its timer may be set for the end of a ping that is answered now, which can be
 * later than the next ping. */
void hub_input_hear(hub_client *client)
{
    bool pinged = client->deadline.pinged;

    hub_deadline_hear(&client->deadline, hub_core_ms(client->shared->hub));
    if (pinged) {
        hub_client_arm(client);
    }
}

/* It counts as heard now: the client's answers to our pings may stand behind
 * the command that was over the rate. */
void hub_input_take_kept(hub_client *client)
{
    hub_kept *kept = kept_of(client);

    hub_input_hear(client);
    kept->at += client->shared->way->feed(client, kept->data + kept->at,
                                          kept->size - kept->at);
    if (kept->at == kept->size) {
        hub_input_free(client);
    }
}

size_t hub_input_ignore(hub_client *client, unsigned char *data, size_t size)
{
    (void)data;
    if (client->account.received > IGNORED_MOST
        && client->life.state == HUB_CLIENT_OPEN) {
        hub_count_add(client->shared->hub, ACT_COUNT_CLOSED_FLOOD, 1);
        hub_client_doom(client, WS_CLOSE_POLICY);
    }
    return size;
}

/* A millisecond more than it was told: who comes back exactly in time must not
 * be over its rate again. */
void hub_input_halt(hub_client *client, int64_t wait)
{
    client->deadline.halted = true;
    client->deadline.until =
        hub_core_ms(client->shared->hub) + (uint32_t)(wait / 1000) + 1;
    hub_client_arm(client);
    hub_client_mark(client);
}

void hub_input_resume(hub_client *client)
{
    client->deadline.halted = false;
    hub_queue_put(client, HUB_TO_READ); /* its turn tells the poll */
}

bool hub_input_waits(const hub_client *client)
{
    return kept_of(client) || loop_stream_unread(&client->stream);
}

size_t hub_input_kept(const hub_client *client)
{
    const hub_kept *kept = kept_of(client);

    return kept ? sizeof(*kept) + kept->size : 0;
}

const void *hub_input_rest(const hub_client *client, size_t *size)
{
    const hub_kept *kept = kept_of(client);

    *size = kept ? kept->size - kept->at : 0;
    return kept ? kept->data + kept->at : NULL;
}

size_t hub_input_waiting(const hub_client *client)
{
    const hub_kept *kept = kept_of(client);

    return loop_stream_waiting(&client->stream)
           + (kept ? kept->size - kept->at : 0);
}
