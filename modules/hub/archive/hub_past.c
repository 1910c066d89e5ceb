/* hub_past.c - commands that have to wait for others; see hub_past.h. */
#include "hub/archive/hub_past.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_obey.h"
#include "act/act_refusal.h"
#include "act/moderation/act_purge.h"
#include "base/base_check.h"
#include "hub/archive/hub_errand.h"
#include "hub/hub_input.h"
#include "hub/relay/hub_relay.h"

/* It is read again by what happens, not by its time. */
#define HALT_US INT64_C(3600000000)

struct hub_past {
    hub_errand errand; /* first member */
    hub_client *client; /* NULL: it has gone */
    hub_past_answer *answer;
    act_call call; /* its pointers lead into this, or to what stays */
    act_address from;
    chat_person who;
    act_room_key key;
    chat_command command;
    act_result result;
    bool archived; /* counted in hub.pasts */
    bool ordered;  /* its order is at the relay */
    char name[];   /* of the room */
};

static void obey(hub_errand *one)
{
    hub_past *past = (hub_past *)(void *)one;

    act_obey_past(&past->call, &past->command, &past->result);
}

static void purge(hub_errand *one)
{
    hub_past *past = (hub_past *)(void *)one;
    act_result *result = &past->result;

    result->error = act_purge_past(&past->call, &result->purge);
    result->retry = act_refusal_retry(result->error);
}

static void past_free(hub *core, hub_past *past)
{
    core->pasts -= past->archived;
    chat_command_destroy(&past->command);
    free(past);
}

static void send_order(hub *core, hub_past *past)
{
    past->ordered = true;
    hub_relay_send(core, &past->errand, past->result.order);
}

/* Sends it to the archive. False: that cannot be done now. */
static bool send_errand(hub *core, hub_past *past)
{
    if (!past->archived
        && (!core->archive.archive || core->pasts >= HUB_PAST_MOST)) {
        return false;
    }
    core->pasts += !past->archived;
    past->archived = true;
    return hub_errand_send(core, past->client, &past->errand);
}

/* The relay does not have what it is about. Behind the end of the thread for
 * errands there is none any more. */
static bool looks_back(hub *core, hub_past *past)
{
    past->errand.run = obey;
    if (!core->ordered_ends && send_errand(core, past)) {
        return true;
    }
    past->result = (act_result){ .error = CHAT_UNAVAILABLE };
    past->result.retry = act_refusal_retry(CHAT_UNAVAILABLE);
    return false;
}

/* A purge goes on by pieces, so that others have their turn. */
static bool goes_on(hub *core, hub_past *past)
{
    if (past->ordered) {
        past->ordered = false;
        act_obey_finish(&past->call, &past->command, &past->result);
    }
    if (past->result.order) {
        send_order(core, past);
        return true;
    }
    if (past->result.past) {
        return looks_back(core, past);
    }
    past->errand.run = purge;
    return past->result.purge.left && send_errand(core, past);
}

static void done(hub *core, hub_errand *one)
{
    hub_past *past = (hub_past *)(void *)one;
    hub_client *client = past->client;

    if (client) {
        hub_deadline_hear(&client->deadline, hub_core_ms(core));
    }
    if (goes_on(core, past)) {
        return;
    }
    if (client) {
        client->input.aside->past = NULL;
        hub_client_tidy(client);
        if (client->deadline.halted) {
            hub_input_resume(client);
        }
        past->answer(client, &past->command, &past->result);
    }
    past_free(core, past);
}

static void fill_call(hub_past *past, hub_client *client)
{
    hub *core = client->shared->hub;
    const hub_room *room = client->seat.room;

    memcpy(past->name, room->key, room->key_size);
    past->key = (act_room_key){ .key = past->name, .key_size = room->key_size,
                                .archive = core->archive.archive,
                                .relay = core->relay };
    past->from = client->account.from;
    past->who = (chat_person){ .user = client->account.user,
                               .guest = client->life.guest };
    past->call = (act_call){ .store = core->store, .relay = core->relay,
                             .backed = core->archive.archive != NULL,
                             .slot = core->slot,
                             .settings = &client->shared->settings,
                             .from = &past->from, .who = &past->who,
                             .key = &past->key };
}

bool hub_past_send(hub_client *client, chat_command *command,
                   const act_result *begun, hub_past_answer *answer)
{
    hub *core = client->shared->hub;
    hub_past *past = calloc(1, sizeof(*past) + client->seat.room->key_size);

    BASE_CHECK(past != NULL);
    past->errand.run = begun->past ? obey : purge;
    past->errand.done = done;
    past->client = client;
    past->answer = answer;
    past->result = *begun;
    fill_call(past, client);
    if (!begun->order && !begun->past) {
        past->who = begun->you;
    }
    past->command = *command;
    if (begun->order) {
        send_order(core, past);
    }
    else if (!send_errand(core, past)) {
        core->pasts -= past->archived;
        free(past);
        return false;
    }
    memset(command, 0, sizeof(*command));
    hub_client_aside(client)->past = past;
    hub_input_halt(client, HALT_US);
    return true;
}

bool hub_past_waits(const hub_client *client)
{
    return client->input.aside && client->input.aside->past;
}

void hub_past_drop(hub_client *client)
{
    if (hub_past_waits(client)) {
        client->input.aside->past->client = NULL;
        client->input.aside->past = NULL;
        hub_client_tidy(client);
    }
}
