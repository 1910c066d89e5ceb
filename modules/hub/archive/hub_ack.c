/* hub_ack.c - answers that wait; see hub_ack.h. */
#include "hub/archive/hub_ack.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_refusal.h"
#include "act/past/act_written.h"
#include "base/base_check.h"
#include "chat/chat_event.h"
#include "hub/hub_output.h"
#include "hub/room/hub_stream.h"
#include "room/archive/room_ack.h"
#include "room/relay/room_relay.h"

typedef struct {
    base_list in_room;
    base_list in_client;
    hub_client *client;
    hub_ack_due due;
    int64_t since;
    size_t size; /* of all of it */
    size_t ref_size;
    size_t event_size;
    unsigned char bytes[]; /* ref, event */
} hub_ack;

static hub_ack *first_of(const hub_room *room)
{
    return BASE_LIST_OWNER(room->acks.next, hub_ack, in_room);
}

bool hub_ack_waits(const hub_client *client)
{
    return client->input.aside && client->input.aside->ack_bytes > 0;
}

/* The answer goes behind what it refers to: so it is not enough that the room
 * has that. */
static room_status came_by(const hub_client *client, const room_id *id)
{
    const hub_stream *stream = hub_stream_of(client);
    const hub_room *room = client->seat.room;

    return stream && room_id_compare(&stream->last_id, id) < 0
               ? ROOM_UNREAD
               : room_relay_find(room->hub->store, room->handle, id);
}

/* Where there has been no archive until now the room does not know yet how far
 * that is (UINT64_MAX). */
static bool is_archived(const hub_room *room, const hub_ack_due *due)
{
    uint64_t upto = room_ack_upto(room->hub->store, room->handle);

    return due->seq == 0
           || (due->seq < upto && !(due->archived && upto == UINT64_MAX));
}

/* A room that is read in anew has other numbers: what is archived by its number
 * still has that. */
static bool has_number_archived(const hub_room *room, hub_ack_due *due)
{
    uint64_t before;

    do {
        before = due->seq;
        if (before != 0 && !is_archived(room, due)) {
            return false;
        }
        due->seq = act_written_number(room->hub->store, room->handle,
                                      &due->id);
    } while (due->seq != before);
    return before != 0;
}

/* ROOM_OK: it has come true; ROOM_ABSENT: it never will; else it may yet. */
static room_status look_for(const hub_client *client, hub_ack_due *due)
{
    const hub_room *room = client->seat.room;
    const room_store *store = room->hub->store;
    bool shared = due->id.ms > 0;

    if (shared) {
        room_status status = came_by(client, &due->id);

        if (status != ROOM_OK) {
            return status;
        }
    }
    return (shared && due->archived ? has_number_archived(room, due)
                                    : is_archived(room, due))
                   && (!due->sanctions
                       || room_ack_sanctions(store, due->version))
               ? ROOM_OK : ROOM_UNREAD;
}

/* CHAT_OK: what the answer says has come true. */
static chat_error outcome(const hub_client *client, hub_ack_due *due)
{
    const hub_room *room = client->seat.room;

    if (look_for(client, due) != ROOM_OK) {
        return CHAT_UNAVAILABLE;
    }
    return due->seq != 0
                   && room_ack_refused(room->hub->store, room->handle,
                                       due->seq)
               ? CHAT_NOT_KEPT : CHAT_OK;
}

static void take_out(hub_ack *ack)
{
    hub_client *client = ack->client;

    base_list_remove(&ack->in_room);
    base_list_remove(&ack->in_client);
    client->shared->hub->ack_sanctions -= ack->due.sanctions;
    client->input.aside->ack_bytes -= ack->size;
    client->shared->hub->ack_bytes -= ack->size;
}

/* The last one was told: what the client did meanwhile comes into effect. */
static void go_on(hub_client *client)
{
    unsigned code = client->input.aside->close_code;

    client->input.aside->close_code = 0;
    hub_client_tidy(client);
    if (code != 0) {
        hub_output_close(client, code, false);
    }
    else if (client->io.deaf && client->life.state == HUB_CLIENT_OPEN) {
        client->shared->way->input_end(client);
    }
}

/* What it waits for now is the archive. */
static bool has_come(const hub_ack_due *due)
{
    return due->id.ms == 0 || due->seq > 0;
}

static const char *why_not(const hub_ack_due *due)
{
    return !has_come(due)
               ? "It was done, but has not come back from Redis, which may "
                 "have lost it. Send it again with the same ref."
               : "It was done, but is not in the archive yet. Send it again "
                 "with the same ref.";
}

/* Frees it. */
static void tell(hub_ack *ack)
{
    hub_client *client = ack->client;
    base_bytes event = { ack->bytes + ack->ref_size, ack->event_size, 0 };
    base_bytes *text = &client->shared->hub->text;
    chat_error error = outcome(client, &ack->due);

    take_out(ack);
    if (error != CHAT_OK) {
        text->len = 0;
        chat_event_error(text, &(chat_event_failure){
            .error = error,
            .text = error == CHAT_UNAVAILABLE ? why_not(&ack->due) : NULL,
            .ref = ack->bytes,
            .ref_size = ack->ref_size,
            .retry_us = act_refusal_retry(error) });
        event = *text;
    }
    hub_output_tell(client, &event, NULL);
    free(ack);
    if (!hub_ack_waits(client)) {
        go_on(client);
    }
}

/* Whether the first one has to wait on: then this child is woken for the room
 * when it may not have to any more. */
static bool waits_on(const hub_room *room, hub_ack *ack)
{
    hub *core = room->hub;
    room_status status = look_for(ack->client, &ack->due);

    if (status == ROOM_OK || status == ROOM_ABSENT
        || core->now - ack->since >= HUB_ACK_US) {
        return false;
    }
    if (!has_come(&ack->due)) {
        return true; /* its readers, so this child, are woken for it */
    }
    room_ack_await(core->store, room->handle, core->slot);
    return look_for(ack->client, &ack->due) != ROOM_OK;
}

static bool is_first(const hub_ack *ack)
{
    return ack->client->input.aside->acks.next == &ack->in_client;
}

/* Those of one room are in the order in which it was done, so nobody waits long
 * behind another for the archive. What is to come from a relay may never come:
 * then only its own client waits for it. */
void hub_ack_release(hub_room *room)
{
    base_list *link = room->acks.next;
    bool on = true;

    while (on && link != &room->acks) {
        hub_ack *ack = BASE_LIST_OWNER(link, hub_ack, in_room);
        bool told = is_first(ack) && !waits_on(room, ack);

        link = link->next;
        on = told || room->hub->relay;
        if (told) {
            tell(ack);
        }
    }
}

static void wait(hub_client *client, const hub_ack_due *due, const void *ref,
                 size_t ref_size)
{
    hub *core = client->shared->hub;
    hub_room *room = client->seat.room;
    hub_aside *aside = hub_client_aside(client);
    size_t size = sizeof(hub_ack) + ref_size + core->text.len;
    bool first = base_list_empty(&room->acks);
    hub_ack *ack = malloc(size);

    BASE_CHECK(ack != NULL);
    *ack = (hub_ack){ .client = client, .due = *due, .since = core->now,
                      .size = size, .ref_size = ref_size,
                      .event_size = core->text.len };
    if (ref_size > 0) {
        memcpy(ack->bytes, ref, ref_size);
    }
    memcpy(ack->bytes + ref_size, core->text.data, core->text.len);
    base_list_add_last(&room->acks, &ack->in_room);
    base_list_add_last(&aside->acks, &ack->in_client);
    aside->ack_bytes += size;
    core->ack_bytes += size;
    core->ack_sanctions += due->sanctions;
    hub_core_look_at(room);
    if (first) {
        hub_ack_release(room);
    }
    while (core->ack_bytes > HUB_ACK_MOST && !base_list_empty(&room->acks)) {
        tell(first_of(room));
    }
}

void hub_ack_look(hub *core)
{
    if (core->ack_sanctions > 0) {
        BASE_LIST_EACH(link, &core->rooms) {
            hub_ack_release(BASE_LIST_OWNER(link, hub_room, link));
        }
    }
}

void hub_ack_answer(hub_client *client, const hub_ack_due *due,
                    const void *ref, size_t ref_size)
{
    hub *core = client->shared->hub;
    hub_ack_due now = *due;

    if (client->life.state != HUB_CLIENT_OPEN
        || (!hub_ack_waits(client)
            && outcome(client, &now) == CHAT_OK)) {
        hub_output_tell(client, &core->text, NULL);
    }
    else {
        wait(client, &now, ref, ref_size);
    }
}

bool hub_ack_hold_close(hub_client *client, unsigned code)
{
    bool holds = hub_ack_waits(client)
                 && client->life.state == HUB_CLIENT_OPEN;

    if (holds) {
        client->input.aside->close_code = (uint16_t)code;
    }
    return holds;
}

void hub_ack_drop(hub_client *client)
{
    hub_aside *aside = client->input.aside;

    while (hub_ack_waits(client)) {
        hub_ack *ack = BASE_LIST_OWNER(aside->acks.next, hub_ack, in_client);

        take_out(ack);
        free(ack);
    }
    hub_client_tidy(client);
}
