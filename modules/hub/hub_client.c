/* hub_client.c - a client, and what it is marked for; see hub_client.h. */
#include "hub/hub_client.h"

#include <stdlib.h>

#include "base/base_check.h"
#include "base/base_log.h"
#include "ws/ws_close.h"

/* A buffer that stays with the hub to be used again is not larger. */
#define SPARE_MOST (16 * 1024)

/* There are 10,000s of them. */
_Static_assert(sizeof(hub_client) <= 328, "a client is larger than it was");

hub_client *hub_client_first(const hub *core)
{
    return base_list_empty(&core->clients)
               ? NULL
               : BASE_LIST_OWNER(core->clients.next, hub_client, links.all);
}

/* One that waits to write is flushed when its turn comes, and shares the link
 * with those that are marked. */
void hub_client_mark(hub_client *client)
{
    if (!client->io.marked_flush && !(client->io.queued & 1u << HUB_TO_WRITE)
        && client->life.state != HUB_CLIENT_DEAD) {
        client->io.marked_flush = true;
        client->links.next_in[HUB_TO_WRITE] = client->shared->hub->to_flush;
        client->shared->hub->to_flush = client;
    }
}

void hub_client_arm(hub_client *client)
{
    hub *core = client->shared->hub;
    int64_t wait;
    int64_t due;

    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    (void)hub_deadline_next(&client->deadline, &client->shared->settings,
                            hub_core_ms(core), &wait);
    due = core->now + (wait > 0 ? wait : 0) * 1000;
    /* A later deadline leaves the timer where it is: it fires too early, finds
     * nothing due and is set anew, which is cheaper than at each message. */
    if (!loop_timer_is_set(&client->timer)
        || due < client->timer.tick * LOOP_TIMER_TICK) {
        loop_timer_set(&core->timers, &client->timer, due);
    }
}

hub_aside *hub_client_aside(hub_client *client)
{
    if (!client->input.aside) {
        client->input.aside = calloc(1, sizeof(*client->input.aside));
        BASE_CHECK(client->input.aside != NULL);
        base_list_init(&client->input.aside->acks);
    }
    return client->input.aside;
}

void hub_client_tidy(hub_client *client)
{
    const hub_aside *aside = client->input.aside;

    if (aside && !aside->kept && !aside->past && aside->ack_bytes == 0) {
        free(client->input.aside);
        client->input.aside = NULL;
    }
}

/* The poll is asked only when something changes: most clients are in the same
 * state at the end of each turn. */
void hub_client_wait(hub_client *client, unsigned interest)
{
    if (interest == client->io.interest) {
        return;
    }
    client->io.interest = (uint8_t)interest;
    if (!loop_poll_change(client->shared->hub->poll, client->stream.fd,
                          interest, client)) {
        hub_client_doom(client, WS_CLOSE_INTERNAL);
    }
}

void hub_client_buffer(hub_client *client)
{
    hub *core = client->shared->hub;

    if (client->output.bytes.cap == 0) {
        client->output.bytes = core->spare_out;
        core->spare_out = (base_bytes)BASE_BYTES_INIT;
    }
}

void hub_client_give_buffer(hub_client *client)
{
    hub *core = client->shared->hub;

    if (client->output.bytes.cap <= SPARE_MOST && core->spare_out.cap == 0) {
        core->spare_out = client->output.bytes;
        core->spare_out.len = 0;
        client->output.bytes = (base_bytes)BASE_BYTES_INIT;
    }
    base_bytes_free(&client->output.bytes);
}

/* A descriptor stays in the poll for as long as anybody has its socket. */
int hub_client_release(hub_client *client)
{
    int fd = client->stream.fd;

    BASE_CHECK(!client->stream.tls);
    loop_poll_remove(client->shared->hub->poll, fd);
    client->stream = (loop_stream)LOOP_STREAM_INIT;
    hub_client_doom(client, WS_CLOSE_RESTART);
    return fd;
}

void hub_client_log(const hub_client *client)
{
    char address[BASE_ADDRESS_TEXT];

    if (!base_log_wants(BASE_LOG_INFO)) {
        return;
    }
    base_address_write(&client->account.from.address, false, address);
    base_log(BASE_LOG_INFO, "CW0502",
             "closed: client=%s role=%s code=%u reason=%s duration=%.2f "
             "received=%llu sent=%llu",
             address, client->shared->way->name, client->life.close_code,
             ws_close_name(client->life.close_code),
             (hub_core_hundredths(client->shared->hub) - client->life.started)
                 / 1e2,
             (unsigned long long)client->account.received,
             (unsigned long long)client->account.sent);
}

/* Whoever goes over all clients from the first one has the open ones first,
 * and hub_session_bury finds those that ended in this turn from the last. */
void hub_client_end(hub_client *client)
{
    hub *core = client->shared->hub;

    if (!client->life.marked_end) {
        client->life.marked_end = true;
        core->ended_count++;
        base_list_remove(&client->links.all);
        base_list_add_last(&core->clients, &client->links.all);
    }
}

/* The first who notices names the reason; a Close that was told before is a
 * better one than what followed it. */
void hub_client_doom(hub_client *client, unsigned code)
{
    if (client->life.state == HUB_CLIENT_DEAD) {
        return;
    }
    client->life.state = HUB_CLIENT_DEAD;
    if (client->life.close_code == 0) {
        client->life.close_code = (uint16_t)code;
    }
    hub_client_end(client);
}
