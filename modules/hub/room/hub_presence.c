/* hub_presence.c - who comes, goes and types; see hub_presence.h. */
#include "hub/room/hub_presence.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "hub/hub_client.h"
#include "hub/hub_output.h"
#include "hub/room/hub_backlog.h"
#include "room/log/room_log.h"
#include "room/people/room_typing.h"

/* The longest that somebody is waited for whom we sent away. */
#define DRAIN_MOST_US INT64_C(30000000)

/* In `known` in front of each name, and of the id behind that. */
typedef struct {
    uint64_t user;
    uint8_t guest;
    uint8_t moderator;
    uint8_t name_size;
    uint8_t id_size;
} packed_head;

/* A look: what was found, and the events of it. */
typedef struct {
    hub_room *room;
    chat_person *list; /* NULL: only the number */
    size_t count;
    uint64_t version;
    base_bytes news;   /* for who knows the last list; empty: nothing */
    base_bytes all;    /* for the others; written when it is needed */
} glance;

/* Else its first member would be told what was typed before it came. */
void hub_presence_begin(hub_room *room)
{
    room_store *store = room->hub->store;
    uint64_t unused[ROOM_RESETS_MOST];

    room->presence->typed = room_typing_count(store, room->handle);
    (void)room_member_resets(store, room->handle, &room->presence->resets,
                             unused);
}

/* Names are short and lists long: packed, the list that was told takes much
 * less than an array of persons, for as long as the room has members. */
static void pack(base_bytes *known, const chat_person *list, size_t count)
{
    base_bytes_free(known);
    for (size_t i = 0; i < count; i++) {
        packed_head head = { .user = list[i].user,
                             .guest = list[i].guest,
                             .moderator = list[i].moderator,
                             .name_size = (uint8_t)list[i].name_size,
                             .id_size = (uint8_t)list[i].id_size };

        base_bytes_append(known, &head, sizeof(head));
        base_bytes_append(known, list[i].name, list[i].name_size);
        base_bytes_append(known, list[i].id, list[i].id_size);
    }
}

/* Reads the person at `*at` and moves it on; false at the end. */
static bool unpack(const base_bytes *known, size_t *at, chat_person *who)
{
    packed_head head;

    if (*at == known->len) {
        return false;
    }
    memcpy(&head, known->data + *at, sizeof(head));
    who->user = head.user;
    who->guest = head.guest != 0;
    who->moderator = head.moderator != 0;
    *at += sizeof(head);
    chat_person_set_name(who, known->data + *at, head.name_size);
    *at += head.name_size;
    who->id_size = 0;
    if (head.id_size > 0) {
        chat_person_set_id(who, known->data + *at, head.id_size);
        *at += head.id_size;
    }
    return true;
}

static void add(base_bytes *list, const chat_person *who)
{
    base_bytes_append(list, who, sizeof(*who));
}

/* Whose name is the id is another one under another name. */
static bool has_same_id(const chat_person *old, const chat_person *now)
{
    const char *before = old->id_size > 0 ? old->id : old->name;
    const char *after = now->id_size > 0 ? now->id : now->name;

    return old->guest == now->guest
           && (old->guest || strcmp(before, after) == 0);
}

/* The same user, before and now. */
static void compare_one(const chat_person *old, const chat_person *now,
                        base_bytes *joined, base_bytes *left,
                        base_bytes *renamed)
{
    bool same_id = has_same_id(old, now);

    if (same_id && old->moderator == now->moderator
        && strcmp(old->name, now->name) == 0) {
        return;
    }
    if (same_id) {
        add(renamed, now);
    }
    else {
        add(left, old);
        add(joined, now);
    }
}

/* Writes what has changed since the last look; nothing when nothing has. */
static void write_changes(glance *look)
{
    base_bytes joined = BASE_BYTES_INIT;
    base_bytes left = BASE_BYTES_INIT;
    base_bytes renamed = BASE_BYTES_INIT;
    const base_bytes *known = &look->room->presence->known;
    chat_person old;
    size_t at = 0;
    size_t i = 0;
    bool more = unpack(known, &at, &old);

    while (more || i < look->count) {
        if (!more || (i < look->count && look->list[i].user < old.user)) {
            add(&joined, &look->list[i++]);
            continue;
        }
        if (i < look->count && look->list[i].user == old.user) {
            compare_one(&old, &look->list[i++], &joined, &left, &renamed);
        }
        else {
            add(&left, &old);
        }
        more = unpack(known, &at, &old);
    }
    if (joined.len + left.len + renamed.len > 0) {
        chat_event_change change = {
            .count = look->count,
            .joined = (void *)joined.data,
            .joined_size = joined.len / sizeof(chat_person),
            .left = (void *)left.data,
            .left_size = left.len / sizeof(chat_person),
            .renamed = (void *)renamed.data,
            .renamed_size = renamed.len / sizeof(chat_person),
        };

        chat_event_presence(&look->news, &change);
    }
    base_bytes_free(&joined);
    base_bytes_free(&left);
    base_bytes_free(&renamed);
}

/* Everything that is known now. */
static const base_bytes *whole(glance *look)
{
    if (look->all.len == 0) {
        chat_event_change change = { .count = look->count,
                                     .list = look->list,
                                     .list_size = look->list ? look->count
                                                             : 0 };

        chat_event_presence(&look->all, &change);
    }
    return &look->all;
}

/* What those get who know the last look. */
static const base_bytes *news_for_all(glance *look)
{
    const hub_presence *presence = look->room->presence;

    if (presence->listed && look->list) {
        write_changes(look);
        return &look->news;
    }
    if (!look->list && !presence->listed && look->count == presence->count) {
        return &look->news;
    }
    return whole(look);
}

/* A long-poll gets messages only. */
static bool hears(const hub_client *client)
{
    return client->shared->settings.presence_most > 0
           && !client->shared->way->single;
}

/* Written at once, so that one buffer after the other is used and given back
 * instead of one for each of thousands of members. But not when something else
 * waits: it may be an ack, whose message is not pumped yet. */
static void send_now(hub_client *client, const base_bytes *event)
{
    bool alone = !client->life.from_log
                 && client->output.bytes.len == client->output.sent;

    hub_output_tell(client, event, NULL);
    if (alone) {
        hub_output_flush(client);
    }
}

/* What it is told would wait, and go out of date. */
static bool is_busy(const hub_client *client)
{
    return client->io.blocked || hub_backlog_archived(client);
}

/* Sends one client what it needs to know as much as this look. */
static void tell(hub_client *client, glance *look, const base_bytes *news)
{
    const hub_presence *presence = look->room->presence;

    if (client->life.unsure && presence->greeted == look->version) {
        client->life.unsure = false;
        return;
    }
    if (client->life.unsure) {
        news = whole(look);
    }
    if (news->len == 0) {
        return;
    }
    client->life.unsure = is_busy(client);
    if (!client->life.unsure) {
        send_now(client, news);
    }
}

/* What is told is noted even for those that could not be told: they are unsure
 * and get the whole list next time. */
static void tell_all(glance *look)
{
    hub_room *room = look->room;
    hub_presence *presence = room->presence;
    const base_bytes *news = news_for_all(look);
    bool unsure = false;

    BASE_LIST_EACH(link, &room->seats) {
        hub_client *client = hub_client_seated(link);

        if (hears(client)) {
            tell(client, look, news);
            unsure = unsure || client->life.unsure;
        }
    }
    presence->unsure = unsure;
    presence->greeted = 0;
    presence->version = look->version;
    presence->count = look->count;
    presence->listed = look->list != NULL;
    pack(&presence->known, look->list, look->list ? look->count : 0);
}

bool hub_presence_is_told(const hub_room *room)
{
    const hub_presence *presence = room->presence;

    return presence->most == 0
           || (!presence->unsure
               && room_member_version(room->hub->store, room->handle)
                      == presence->version);
}

void hub_presence_look(hub_room *room)
{
    hub_presence *presence = room->presence;
    glance look = { .room = room };

    if (room->hub->now - presence->looked < HUB_PRESENCE_US
        || hub_presence_is_told(room)) {
        return;
    }
    presence->looked = room->hub->now;
    (void)act_member_list(room->hub->store, room->handle, presence->most,
                          &look.list, &look.count, &look.version);
    if (look.count > 0) {
        tell_all(&look);
    }
    free(look.list);
    base_bytes_free(&look.news);
    base_bytes_free(&look.all);
}

/* It knows this version (0: none) and is told of later ones. */
static void note_known(hub_client *client, uint64_t version)
{
    hub_presence *presence = client->seat.room->presence;

    if (version != presence->version || version == 0) {
        presence->greeted = presence->unsure && presence->greeted != version
                                ? 0 : version;
        presence->unsure = true;
        client->life.unsure = true;
        hub_core_look_at(client->seat.room);
    }
}

uint64_t hub_presence_known(const hub_client *client)
{
    const hub_presence *presence = client->seat.room->presence;

    return client->life.unsure ? presence->greeted : presence->version;
}

static void note_most(hub_client *client)
{
    hub_presence *presence = client->seat.room->presence;

    if (presence->most < client->shared->settings.presence_most) {
        presence->most = client->shared->settings.presence_most;
    }
}

void hub_presence_resume(hub_client *client, uint64_t version)
{
    if (client->shared->settings.presence_most > 0) {
        note_most(client);
        note_known(client, version);
    }
}

chat_person *hub_presence_greet(hub_client *client,
                                chat_event_greeting *greeting)
{
    hub_room *room = client->seat.room;
    chat_person *list;
    uint64_t version;

    if (client->shared->settings.presence_most == 0) {
        return NULL;
    }
    note_most(client);
    greeting->has_members =
        act_member_list(room->hub->store, room->handle, room->presence->most,
                        &list, &greeting->member_count, &version)
        == ROOM_OK;
    greeting->list = list;
    greeting->list_size = list ? greeting->member_count : 0;
    note_known(client, greeting->has_members ? version : 0);
    return list;
}

static void pass_on(hub_room *room, uint64_t user)
{
    base_bytes event = BASE_BYTES_INIT;
    chat_person who;

    if (act_member_find(room->hub->store, room->handle, user, &who)
        != ROOM_OK) {
        return;
    }
    chat_event_typing(&event, &who);
    BASE_LIST_EACH(link, &room->seats) {
        hub_client *client = hub_client_seated(link);

        if (client->account.user != user && hears(client)
            && !is_busy(client)) {
            send_now(client, &event);
        }
    }
    base_bytes_free(&event);
}

void hub_presence_pass(hub_room *room)
{
    uint64_t users[ROOM_TYPING_MOST];
    size_t count = room_typing_take(room->hub->store, room->handle,
                                    &room->presence->typed, users);

    for (size_t i = 0; i < count; i++) {
        pass_on(room, users[i]);
    }
}

static void tell_name(hub_client *client)
{
    base_bytes event = BASE_BYTES_INIT;
    chat_person who;

    if (act_member_find(client->shared->hub->store, client->seat.room->handle,
                        client->account.user, &who)
        == ROOM_OK) {
        chat_event_you(&event, &who);
        send_now(client, &event);
    }
    base_bytes_free(&event);
}

/* Nobody but the guest itself has to be told: to the others it is renamed, as
 * the next look finds. */
void hub_presence_reset(hub_room *room)
{
    uint64_t users[ROOM_RESETS_MOST];
    size_t count = room_member_resets(room->hub->store, room->handle,
                                      &room->presence->resets, users);

    if (count == 0) {
        return;
    }
    BASE_LIST_EACH(link, &room->seats) {
        hub_client *client = hub_client_seated(link);
        bool reset = count > ROOM_RESETS_MOST; /* who knows: everybody here */

        for (size_t i = 0; i < count && !reset; i++) {
            reset = users[i] == client->account.user;
        }
        if (reset && client->life.guest && !client->shared->way->single) {
            tell_name(client);
        }
    }
}

uint32_t hub_presence_most(const hub_room *room)
{
    return room->presence->most;
}

/* A client that did not answer its ping was gone before we knew; and one that
 * was told to come back within the drain window gets that time. */
int64_t hub_presence_until(const hub_client *client)
{
    const hub *core = client->shared->hub;
    int64_t until =
        core->now + ROOM_MEMBER_GRACE_US
        - hub_deadline_silence(&client->deadline, &client->shared->settings,
                               hub_core_ms(core))
              * 1000;
    int64_t drain = core->drain.stopping != 0 ? core->drain.window : 0;

    until += drain < DRAIN_MOST_US ? drain : DRAIN_MOST_US;
    return until > core->now ? until : 0;
}
