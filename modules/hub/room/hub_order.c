/* hub_order.c - what moderators have said; see hub_order.h. */
#include "hub/room/hub_order.h"

#include <string.h>

#include "act/moderation/act_ban.h"
#include "act/moderation/act_purge.h"
#include "act/moderation/act_sanction.h"
#include "hub/hub_output.h"

void hub_order_begin(hub *core)
{
    core->bans_seen = room_sanction_news(core->store);
    core->notices_seen = room_notice_count(core->store);
}

static act_ban_person person_of(const hub_client *client)
{
    return (act_ban_person){
        .user = client->account.user,
        .address = client->account.from.key,
        .guest = client->life.guest,
        .moderates = act_settings_rights(&client->shared->settings,
                                         client->life.guest).moderate,
    };
}

/* What it is told; the reason cannot be read when somebody holds that lock. */
static void send_out(hub_client *client, const act_ban_place *place,
                     const act_ban_person *who, int64_t until_us)
{
    char reason[ROOM_REASON_MAX + 1] = "";
    room_sanction what;
    hub_way_ban why = { reason, act_ban_rest(until_us) };

    if (act_ban_read(client->shared->hub->store, place, who, &what)
        && what.reason_size <= ROOM_REASON_MAX) {
        memcpy(reason, what.reason, what.reason_size);
        reason[what.reason_size] = '\0';
    }
    hub_count_add(client->shared->hub, ACT_COUNT_BANNED, 1);
    client->shared->way->oust(client, &why);
}

static bool refuse(hub_client *client, const act_ban_place *place)
{
    act_ban_person who = person_of(client);
    int64_t until;

    if (!act_ban_holds(client->shared->hub->store, place, &who, &until)) {
        return false;
    }
    send_out(client, place, &who, until);
    return true;
}

bool hub_order_refuse(hub_client *client, const act_room_key *key)
{
    const room_store *store = client->shared->hub->store;
    act_ban_place place;

    if (!act_ban_any(store)) {
        return false;
    }
    place = act_ban_place_of(store, key, &client->shared->settings);
    return refuse(client, &place);
}

typedef struct telling telling;
typedef void visit_fn(hub_client *client, const act_ban_place *place,
                      const telling *it);

/* Of all who are there. What many of them have in common is asked once. */
static void visit_clients(const hub *core, visit_fn *visit, const telling *it)
{
    BASE_LIST_EACH(at, &core->rooms) {
        hub_room *room = BASE_LIST_OWNER(at, hub_room, link);
        act_room_key key = { .key = room->key,
                             .key_size = room->key_size };
        const hub_client_shared *shared = NULL;
        act_ban_place place = { 0, 0 };

        BASE_LIST_EACH(link, &room->seats) {
            hub_client *client = hub_client_seated(link);

            if (client->life.state != HUB_CLIENT_OPEN) {
                continue;
            }
            if (client->shared != shared) {
                shared = client->shared;
                place = act_ban_place_of(core->store, &key, &shared->settings);
            }
            visit(client, &place, it);
        }
    }
}

/* Whoever is not allowed to be here any more goes: also who was missed before,
 * so that nothing depends on each single ban being noticed. */
static void clear_client(hub_client *client, const act_ban_place *place,
                         const telling *it)
{
    (void)it;
    (void)refuse(client, place);
}

/* ---------------------------------------------------------- who is told */

/* A notice, and the events that tell it. */
struct telling {
    const room_notice *notice;
    base_bytes moderators; /* for those who keep order there, */
    base_bytes concerned;  /* and for the one whom it is about; or nothing */
};

static void write_sanction(telling *it)
{
    chat_order_sanction what;
    chat_person user;
    chat_person by;

    act_sanction_told(it->notice, &user, &by, &what);
    chat_order_event(&it->moderators, &what);
    /* Who is banned or sent out gets a bye. */
    if (strcmp(what.kind, "mute") == 0 || strcmp(what.kind, "pardon") == 0) {
        what.by = NULL;
        chat_order_event(&it->concerned, &what);
    }
}

static void write_report(telling *it)
{
    char target[ROOM_ID_TEXT];
    chat_order_sanction what;
    chat_person user;
    chat_person by;

    act_sanction_told(it->notice, &user, &by, &what);
    room_id_format(&it->notice->target, target);
    chat_order_report(&it->moderators, target, what.by, what.reason,
                      what.reason_size);
}

/* A long-poll is answered by what is stored only. */
static void tell_client(hub_client *client, const act_ban_place *place,
                        const telling *it)
{
    const room_notice *notice = it->notice;
    bool here = notice->kind == ROOM_NOTICE_REPORT
                    ? place->room == notice->room
                    : place->realm == notice->what.realm;
    act_ban_person who = person_of(client);

    if (!here || client->shared->way->single) {
        return;
    }
    if (who.moderates) {
        hub_output_tell(client, &it->moderators, NULL);
    }
    else if (it->concerned.len > 0 && who.user == notice->what.user.user) {
        hub_output_tell(client, &it->concerned, NULL);
    }
}

static void begin_telling(telling *it, const room_notice *notice)
{
    *it = (telling){ .notice = notice };
    if (notice->kind == ROOM_NOTICE_REPORT) {
        write_report(it);
    }
    else {
        write_sanction(it);
    }
}

static void end_telling(telling *it)
{
    base_bytes_free(&it->moderators);
    base_bytes_free(&it->concerned);
}

static void tell(const hub *core, const room_notice *notice)
{
    telling it;

    begin_telling(&it, notice);
    visit_clients(core, tell_client, &it);
    end_telling(&it);
}

/* What this child has not looked at yet, it tells with all others. */
void hub_order_catch_up(hub_client *client, uint64_t seen)
{
    const hub *core = client->shared->hub;
    const hub_room *room = client->seat.room;
    const act_room_key key = { .key = room->key,
                               .key_size = room->key_size };
    act_ban_place place =
        act_ban_place_of(core->store, &key, &client->shared->settings);
    room_notice notice;

    while (seen < core->notices_seen
           && room_notice_next(core->store, &seen, &notice)
           && seen <= core->notices_seen) {
        telling it;

        begin_telling(&it, &notice);
        tell_client(client, &place, &it);
        end_telling(&it);
    }
}

/* A purge, and in whose name; settings are kept by the hub. */
typedef struct {
    act_purge purge;
    const act_settings *settings;
    act_address from;
    chat_person who;
} purging;

void hub_order_purge(hub_client *client, const act_result *begun)
{
    purging one = { begun->purge, &client->shared->settings,
                    client->account.from, begun->you };

    base_bytes_append(&client->shared->hub->purges, &one, sizeof(one));
}

bool hub_order_has_past(const hub_client *client, const act_result *begun)
{
    const hub *core = client->shared->hub;
    act_call call = { .store = core->store,
                      .backed = core->archive.archive != NULL,
                      .settings = &client->shared->settings };

    return act_purge_has_past(&call, &begun->purge);
}

/* One step in a turn. */
static void go_on(hub *core)
{
    purging one;
    act_call call = { .store = core->store, .slot = core->slot,
                      .settings = NULL, .from = &one.from, .who = &one.who };

    if (core->purges.len == 0) {
        return;
    }
    memcpy(&one, core->purges.data, sizeof(one));
    base_bytes_drop(&core->purges, sizeof(one));
    call.settings = one.settings;
    act_purge_step(&call, &one.purge);
    if (one.purge.left) {
        base_bytes_append(&core->purges, &one, sizeof(one));
    }
}

void hub_order_look(hub *core)
{
    uint32_t news = room_sanction_news(core->store);
    room_notice notice;

    go_on(core);
    while (room_notice_next(core->store, &core->notices_seen, &notice)) {
        tell(core, &notice);
    }
    if (news != core->bans_seen) {
        core->bans_seen = news;
        visit_clients(core, clear_client, NULL);
    }
}
