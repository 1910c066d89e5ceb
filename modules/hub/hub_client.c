/* hub_client.c - a connection's life; see hub_client.h. */
#include "hub/hub_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "hub/hub_backlog.h"
#include "hub/hub_input.h"
#include "hub/hub_meter.h"
#include "hub/hub_queue.h"
#include "hub/hub_talk.h"
#include "hub/hub_unfinished.h"
#include "ws/ws_close.h"

/* A client that has so much to read from us is not read any more. */
#define PAUSE_SIZE (64 * 1024)

static void list_add_first(hub_client_list *list, hub_client *client)
{
    client->prev = NULL;
    client->next = list->first;
    *(list->first ? &list->first->prev : &list->last) = client;
    list->first = client;
    list->count++;
}

static void list_add_last(hub_client_list *list, hub_client *client)
{
    client->prev = list->last;
    client->next = NULL;
    *(list->last ? &list->last->next : &list->first) = client;
    list->last = client;
    list->count++;
}

static void list_remove(hub_client_list *list, hub_client *client)
{
    *(client->prev ? &client->prev->next : &list->first) = client->next;
    *(client->next ? &client->next->prev : &list->last) = client->prev;
    list->count--;
}

static const act_settings *intern(hub *core, const act_settings *settings)
{
    act_settings *copy;

    for (size_t i = 0; i < core->settings_count; i++) {
        if (memcmp(core->settings[i], settings, sizeof(*settings)) == 0) {
            return core->settings[i];
        }
    }
    copy = malloc(sizeof(*copy));
    core->settings = realloc(core->settings, (core->settings_count + 1)
                                               * sizeof(core->settings[0]));
    BASE_CHECK(copy != NULL && core->settings != NULL);
    *copy = *settings;
    core->settings[core->settings_count++] = copy;
    if (core->held_most < (uint64_t)settings->max_payload * 4) {
        core->held_most = (uint64_t)settings->max_payload * 4;
    }
    return copy;
}

static hub_client *client_new(hub *core, hub_offer *offer)
{
    hub_client *client = calloc(1, sizeof(*client));

    BASE_CHECK(client != NULL);
    client->hub = core;
    client->settings = intern(core, &offer->settings);
    client->user = offer->who.user;
    client->guest = offer->who.guest;
    client->way = offer->way;
    client->started = core->now;
    client->deadline = (hub_deadline){ .heard = hub_core_ms(core),
                                       .single = offer->way->single,
                                       .one_way = offer->way->one_way };
    client->from = offer->from;
    loop_stream_open(&client->stream, offer->fd, offer->ssl);
    offer->fd = -1;
    offer->ssl = NULL;
    hub_meter_begin(client, &offer->measure);
    list_add_first(&core->clients, client);
    hub_count_add(core, ACT_COUNT_CONNECTIONS, 1);
    hub_count_add(core, ACT_COUNT_ADOPTED, 1);
    hub_count_add(core, ACT_COUNT_TLS, client->stream.tls != NULL);
    return client;
}

void hub_client_adopt(hub *core, hub_offer *offer)
{
    hub_client *client = client_new(core, offer);

    client->interest = LOOP_READ;
    if (!loop_poll_add(core->poll, client->stream.fd, LOOP_READ, client)) {
        client->interest = 0;
        hub_client_drop(client, WS_CLOSE_INTERNAL);
    }
    else {
        client->way->begin(client, offer);
    }
    hub_output_flush(client);
    hub_meter_opened(client);
    hub_input_early(client, offer->early.data, offer->early.len);
    hub_client_arm(client);
    base_bytes_free(&offer->early);
    base_bytes_free(&offer->lines);
    base_bytes_free(&offer->measure.event);
    free(offer);
}

void hub_client_requeue(hub_client *client)
{
    list_remove(&client->hub->clients, client);
    list_add_last(&client->hub->clients, client);
}

void hub_client_mark(hub_client *client)
{
    if (!client->marked_flush && !hub_queue_has(client, HUB_TO_WRITE)
        && client->state != HUB_CLIENT_DEAD) {
        client->marked_flush = true;
        client->next_in[HUB_TO_WRITE] = client->hub->to_flush;
        client->hub->to_flush = client;
    }
}

void hub_client_arm(hub_client *client)
{
    hub *core = client->hub;
    int64_t wait;
    int64_t due;

    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    (void)hub_deadline_next(&client->deadline, client->settings,
                            hub_core_ms(core), &wait);
    due = core->now + (wait > 0 ? wait : 0) * 1000;
    if (!loop_timer_is_set(&client->timer)
        || due < client->timer.tick * LOOP_TIMER_TICK) {
        loop_timer_set(&core->timers, &client->timer, due);
    }
}

static void set_interest(hub_client *client, unsigned interest)
{
    if (interest == client->interest) {
        return;
    }
    client->interest = (uint8_t)interest;
    if (!loop_poll_change(client->hub->poll, client->stream.fd, interest,
                          client)) {
        hub_client_drop(client, WS_CLOSE_INTERNAL);
    }
}

void hub_client_watch(hub_client *client)
{
    size_t waiting = client->out.len - client->out_sent;
    bool was_paused = client->paused;
    unsigned interest = 0;

    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    if (client->seat.backlog) {
        waiting += client->seat.backlog->later.len;
    }
    client->paused = waiting > (client->paused ? PAUSE_SIZE / 2 : PAUSE_SIZE)
                     && client->state == HUB_CLIENT_OPEN;
    if (was_paused && !client->paused && hub_input_waits(client)) {
        hub_queue_put(client, HUB_TO_READ);
    }
    if (!client->paused && !client->deaf && !client->deadline.halted) {
        interest |= hub_queue_unread(client)
                        ? client->interest & LOOP_READ
                        : LOOP_READ;
    }
    if (client->blocked || loop_stream_unsent(&client->stream)) {
        interest |= LOOP_WRITE;
    }
    set_interest(client, interest);
}

void hub_client_ready(hub_client *client, unsigned ready)
{
    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    if (ready & LOOP_WRITE) {
        client->blocked = false;
        hub_client_mark(client);
    }
    if ((ready & LOOP_HANGUP)
        && (client->paused || client->deaf || client->deadline.halted)) {
        hub_client_drop(client, WS_CLOSE_ABNORMAL);
    }
    else if (hub_queue_unread(client)) {
        /* Its turn comes; until then the poll need not tell it again. */
        set_interest(client, client->interest & ~(unsigned)LOOP_READ);
    }
    else if (ready & (LOOP_READ | LOOP_HANGUP)) {
        hub_input_ready(client);
    }
}

static void log_closed(const hub_client *client)
{
    char address[BASE_ADDRESS_TEXT];

    if (!base_log_wants(BASE_LOG_INFO)) {
        return;
    }
    base_address_write(&client->from.address, false, address);
    base_log(BASE_LOG_INFO, "CW0502",
             "closed: client=%s role=%s code=%u reason=%s duration=%.3f "
             "received=%llu sent=%llu",
             address, client->way->name, client->close_code,
             ws_close_name(client->close_code),
             (double)(client->hub->now - client->started) / 1e6,
             (unsigned long long)client->received,
             (unsigned long long)client->sent);
}

void hub_client_drop(hub_client *client, unsigned code)
{
    hub *core = client->hub;
    bool reset;

    if (client->state == HUB_CLIENT_DEAD) {
        return;
    }
    hub_talk_leave(client);
    hub_unfinished_forget(client);
    client->state = HUB_CLIENT_DEAD;
    if (client->close_code == 0) {
        client->close_code = (uint16_t)code;
    }
    log_closed(client);
    loop_timer_cancel(&core->timers, &client->timer);
    loop_poll_remove(core->poll, client->stream.fd);
    if (core->store) {
        act_address_disconnect(core->store, &client->from);
    }
    hub_count_add(core, ACT_COUNT_CONNECTIONS, -1);
    hub_count_add(core, ACT_COUNT_TLS, -(client->stream.tls != NULL));
    reset = client->out.len > client->out_sent && !client->finished;
    hub_meter_end(client, reset);
    if (reset) {
        loop_stream_reset(&client->stream);
    }
    else {
        loop_stream_close(&client->stream);
    }
    list_remove(&core->clients, client);
    client->next = core->dead;
    core->dead = client;
}

void hub_client_free(hub_client *client)
{
    BASE_CHECK(client->state == HUB_CLIENT_DEAD);
    if (client->way->destroy) {
        client->way->destroy(client);
    }
    base_bytes_free(&client->out);
    hub_input_free(client);
    atomic_fetch_sub(&client->hub->connections, 1);
    free(client);
}
