/* act_sanction.c - mute, ban, kick, pardon; see act_sanction.h. */
#include "act/moderation/act_sanction.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_count.h"
#include "act/act_identity.h"
#include "act/act_member.h"
#include "act/act_refusal.h"
#include "act/moderation/act_author.h"
#include "act/moderation/act_ban.h"
#include "act/moderation/act_notice.h"
#include "act/moderation/act_purge.h"
#include "act/relay/act_share.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/people/room_search.h"
#include "room/relay/room_relay.h"
#include "room/segment/room_slot.h"
#include "room/table/room_table.h"

#define SECOND INT64_C(1000000)
#define KINDS_PARDONED                                         \
    (1u << ROOM_SANCTION_MUTE | 1u << ROOM_SANCTION_BAN        \
     | 1u << ROOM_SANCTION_ADDRESS | 1u << ROOM_SANCTION_KICK)

/* Somebody, and what is done to him. */
typedef struct {
    const act_call *call;
    const chat_command *command;
    act_result *result;
    act_ban_place place;
    room_handle handle;
    const room_handle *room; /* NULL: nobody has entered it yet */
    uint64_t user;
    bool known;         /* as a member of a room of the realm, */
    room_member member; /* who is this */
    chat_person who;
    chat_person by;
} order;

static const char *const kinds[] = {
    [ROOM_SANCTION_MUTE] = "mute",
    [ROOM_SANCTION_BAN] = "ban",
    [ROOM_SANCTION_ADDRESS] = "ban",
    [ROOM_SANCTION_KICK] = "kick",
};

/* ------------------------------------------------- persons in the segment */

void act_sanction_keep_person(const chat_person *who,
                              room_sanction_person *out)
{
    memset(out, 0, sizeof(*out));
    out->user = who->user;
    out->guest = who->guest;
    out->name_size = (uint16_t)who->name_size;
    out->id_size = (uint16_t)who->id_size;
    memcpy(out->name, who->name, who->name_size);
    memcpy(out->id, who->id, who->id_size);
}

/* The sizes are looked at like everything in the segment. */
static void read_person(const room_sanction_person *kept, chat_person *out)
{
    size_t name = kept->name_size;
    size_t id = kept->id_size;

    memset(out, 0, sizeof(*out));
    out->user = kept->user;
    out->guest = kept->guest != 0;
    if (name >= 1 && name <= CHAT_NAME_BYTES) {
        chat_person_set_name(out, kept->name, name);
    }
    else {
        chat_person_guest_name(out, 16);
    }
    if (id >= 1 && id <= CHAT_NAME_BYTES) {
        chat_person_set_id(out, kept->id, id);
    }
}

/* -------------------------------------------------------- whom it is about */

static room_status find_room(order *it)
{
    const act_call *call = it->call;
    room_status status = ROOM_OK;

    it->handle = call->room;
    if (!call->seated) {
        status = room_table_find(call->store, call->key->key,
                                 call->key->key_size, &it->handle);
    }
    it->room = status == ROOM_OK ? &it->handle : NULL;
    return status == ROOM_ABSENT ? ROOM_OK : status;
}

/* Somebody who is not here has the name of what is kept, or none but the id. */
static void name_absent(order *it)
{
    const chat_command_user *id = &it->command->user;
    size_t skip = id->text[0] == 'g' ? 0 : 2;

    it->who = (chat_person){ .user = it->user, .guest = skip == 0 };
    chat_person_set_name(&it->who, id->text + skip, id->size - skip);
    if (it->room && act_author_name(it->call, *it->room, it->user, &it->who)
        && !it->who.guest) {
        chat_person_set_id(&it->who, id->text + skip, id->size - skip);
    }
}

static void name_moderator(order *it)
{
    it->by = *it->call->who;
    if (it->room) {
        (void)act_member_name(it->call->store, *it->room, &it->by);
    }
    if (it->by.name_size == 0) { /* a guest who is not in the room */
        chat_person_guest_name(&it->by, 16);
    }
    it->by.moderator = true;
}

static bool find_user(order *it)
{
    const act_call *call = it->call;
    const chat_command_user *id = &it->command->user;
    const char *end = memchr(call->key->key, '\n', call->key->key_size);
    act_identity_site site = { call->key->key,
                               end ? (size_t)(end - call->key->key)
                                   : call->key->key_size };

    return act_identity_named(call->store, site, id->text, id->size,
                              &it->user);
}

/* Finds out whom the command is about. False: the result says why nothing is
 * done. */
static bool begin(order *it, const act_call *call, const chat_command *command,
                  act_result *result)
{
    room_status status;

    memset(it, 0, sizeof(*it));
    it->call = call;
    it->command = command;
    it->result = result;
    it->place = act_ban_place_of(call->store, call->key, call->settings);
    if (call->realm != 0) {
        it->place.realm = call->realm;
    }
    if (!find_user(it)) {
        result->error = CHAT_BAD_MEMBER;
        return false;
    }
    status = find_room(it);
    if (status == ROOM_OK) {
        status = room_search_member(call->store, it->place.realm, it->room,
                                    it->user, &it->member);
    }
    if (status != ROOM_OK && status != ROOM_ABSENT) {
        act_refusal_fill(result, status);
        return false;
    }
    it->known = status == ROOM_OK;
    if (it->known) {
        act_member_person(&it->member, &it->who);
    }
    else {
        name_absent(it);
    }
    name_moderator(it);
    return true;
}

/* A moderator and oneself are left alone. */
static bool may_touch(const order *it)
{
    if (it->user == it->call->who->user
        || (it->known && it->member.moderator)) {
        it->result->error = CHAT_EXEMPT;
        return false;
    }
    return true;
}

/* --------------------------------------------------------------- the log */

/* One line for each, with all that may be asked later: who, whom, where, how
 * long, why. */
static void log_order(const order *it, const char *what, int64_t seconds)
{
    const base_bytes *reason = &it->command->reason;
    base_bytes line = BASE_BYTES_INIT;

    act_notice_person(&line, &it->by);
    base_bytes_append_format(&line, " %s ", what);
    act_notice_person(&line, &it->who);
    act_notice_room(&line, it->call->key);
    if (seconds > 0) {
        base_bytes_append_format(&line, " for %lld seconds",
                                 (long long)seconds);
    }
    act_notice_reason(&line, reason->data, reason->len);
    base_log(BASE_LOG_NOTICE, "CW0700", "%.*s", (int)line.len,
             (const char *)line.data);
    base_bytes_free(&line);
}

/* ----------------------------------------------------------- doing things */

static room_sanction make(const order *it, room_sanction_kind kind,
                          int64_t seconds)
{
    int64_t now = base_clock_mono();
    const base_bytes *reason = &it->command->reason;
    room_sanction what;

    memset(&what, 0, sizeof(what));
    what.kind = kind;
    what.realm = it->place.realm;
    what.scope = kind == ROOM_SANCTION_KICK ? it->place.room : it->place.realm;
    what.whom = it->user;
    what.made_us = now;
    what.until_us = seconds > 0 ? now + seconds * SECOND
                                : ROOM_SANCTION_FOREVER;
    act_sanction_keep_person(&it->who, &what.user);
    act_sanction_keep_person(&it->by, &what.by);
    what.reason_size = (uint16_t)reason->len;
    if (reason->len > 0) {
        memcpy(what.reason, reason->data, reason->len);
    }
    return what;
}

/* False: the result says why it was not kept. */
static bool keep(const order *it, const room_sanction *what)
{
    room_sanction gone;
    room_status status = room_sanction_put(it->call->store, what,
                                           what->made_us, &gone);

    if (status != ROOM_OK) {
        act_refusal_fill(it->result, status);
        return false;
    }
    if (gone.until_us != 0) {
        base_log_limited(BASE_LOG_WARN, "CW0701", "the table of sanctions is "
                         "full: the one that would have ended soonest was "
                         "ended for a new one; raise ChatSharedMemory");
    }
    return true;
}

/* `address`: what a ban has of it, 0: nothing. */
static void tell(const order *it, room_notice_kind kind,
                 const room_sanction *what, uint64_t address)
{
    room_notice notice = { .kind = kind, .room = it->place.room,
                           .rest_s = it->command->seconds, .what = *what };

    if (what->kind == ROOM_SANCTION_KICK) {
        notice.rest_s = ACT_SANCTION_KICK_S;
    }
    (void)room_notice_put(it->call->store, &notice);
    act_share_sanction(it->call, &notice, address, it->result);
    room_slot_call(it->call->store);
    act_count_add(it->call->store, it->call->slot, ACT_COUNT_SANCTIONS);
}

void act_sanction_mute(const act_call *call, const chat_command *command,
                       act_result *result)
{
    room_sanction what;
    order it;

    if (!begin(&it, call, command, result) || !may_touch(&it)) {
        return;
    }
    what = make(&it, ROOM_SANCTION_MUTE, command->seconds);
    if (keep(&it, &what)) {
        tell(&it, ROOM_NOTICE_SANCTION, &what, 0);
        log_order(&it, "mutes", command->seconds);
    }
}

/* The address of a guest who is here; or of one who was banned with it before
 * and is not here therefore. 0: it is not known. */
static uint64_t find_address(const order *it)
{
    room_sanction before;

    if (!it->who.guest) {
        return 0;
    }
    if (it->known && it->member.address != 0) {
        return it->member.address;
    }
    return room_sanction_of(it->call->store, ROOM_SANCTION_ADDRESS,
                            it->place.realm, it->user, base_clock_mono(),
                            &before) == ROOM_OK
               ? before.whom : 0;
}

/* Without the address of the ban before, unless that is meant again. */
static bool keep_address(const order *it, const room_sanction *ban,
                         uint64_t address)
{
    room_sanction what = *ban;

    (void)room_sanction_end(it->call->store, it->place.realm, it->user,
                            1u << ROOM_SANCTION_ADDRESS, NULL);
    if (address == 0) {
        return true;
    }
    what.kind = ROOM_SANCTION_ADDRESS;
    what.whom = address;
    return keep(it, &what);
}

/* In the other rooms the moderator may be nobody who has a name. */
static void purge(order *it)
{
    act_call call = *it->call;
    act_result *result = it->result;

    call.who = &it->by;
    result->you = it->by;
    result->purge = (act_purge){ .realm = it->place.realm, .user = it->user };
    if (room_relay_on(call.store)) {
        return; /* act_sweep does it, when all hosts know of the ban */
    }
    act_purge_step(&call, &result->purge);
    result->news = true;
}

void act_sanction_ban(const act_call *call, const chat_command *command,
                      act_result *result)
{
    room_sanction what;
    uint64_t address;
    order it;

    if (!begin(&it, call, command, result) || !may_touch(&it)) {
        return;
    }
    address = command->address ? find_address(&it) : 0;
    what = make(&it, ROOM_SANCTION_BAN, command->seconds);
    what.address = address != 0;
    if (!keep(&it, &what) || !keep_address(&it, &what, address)) {
        return;
    }
    (void)room_search_oust(call->store, it.place.realm, NULL, it.user);
    if (command->purge) {
        purge(&it);
    }
    result->has_address = command->address;
    result->address = address != 0;
    tell(&it, ROOM_NOTICE_SANCTION, &what, address);
    log_order(&it, address != 0 ? "bans, with the address," : "bans",
              command->seconds);
}

void act_sanction_kick(const act_call *call, const chat_command *command,
                       act_result *result)
{
    room_sanction what;
    order it;

    if (!begin(&it, call, command, result) || !may_touch(&it)) {
        return;
    }
    what = make(&it, ROOM_SANCTION_KICK, ACT_SANCTION_KICK_S);
    if (!keep(&it, &what)) {
        return;
    }
    if (it.room) {
        (void)room_search_oust(call->store, it.place.realm, it.room, it.user);
    }
    tell(&it, ROOM_NOTICE_SANCTION, &what, 0);
    log_order(&it, "sends out", 0);
}

/* Nobody needs to know where somebody else was banned before. */
void act_sanction_pardon(const act_call *call, const chat_command *command,
                         act_result *result)
{
    room_sanction what;
    room_status status;
    unsigned count = 0;
    order it;

    if (!begin(&it, call, command, result)) {
        return;
    }
    status = room_sanction_end(call->store, it.place.realm, it.user,
                               KINDS_PARDONED, &count);
    if (status != ROOM_OK) {
        act_refusal_fill(result, status);
        return;
    }
    what = make(&it, ROOM_SANCTION_MUTE, 0);
    result->ended = count > 0;
    if (count > 0) {
        tell(&it, ROOM_NOTICE_PARDON, &what, 0);
        log_order(&it, "pardons", 0);
    }
    else { /* other hosts may have what this one could not keep */
        act_share_sanction(call, &(room_notice){ .kind = ROOM_NOTICE_PARDON,
                                                 .what = what }, 0, result);
    }
}

/* ---------------------------------------------------------- what is told */

static void describe(const room_sanction *what, chat_person *user,
                     chat_person *by, chat_order_sanction *out)
{
    read_person(&what->user, user);
    read_person(&what->by, by);
    by->moderator = true;
    *out = (chat_order_sanction){
        .kind = kinds[what->kind <= ROOM_SANCTION_KICK ? what->kind : 0],
        .user = user,
        .by = by,
        .reason = what->reason,
        .reason_size = what->reason_size <= ROOM_REASON_MAX
                           ? what->reason_size : 0,
        .address = what->address != 0,
    };
}

void act_sanction_told(const room_notice *notice, chat_person *user,
                       chat_person *by, chat_order_sanction *out)
{
    describe(&notice->what, user, by, out);
    by->moderator = notice->kind != ROOM_NOTICE_REPORT;
    out->rest_s = notice->rest_s;
    if (notice->kind == ROOM_NOTICE_PARDON) {
        out->kind = "pardon";
        out->rest_s = 0;
    }
}

/* ----------------------------------------------------------------- a list */

typedef struct {
    room_sanction *list;
    size_t count;
} listing;

/* The other half of a ban is not listed, and a kick is over at once. */
static bool add(void *context, const room_sanction *what)
{
    listing *found = context;

    if (what->kind == ROOM_SANCTION_MUTE || what->kind == ROOM_SANCTION_BAN) {
        found->list[found->count++] = *what;
    }
    return found->count < ACT_SANCTION_LIST_MOST;
}

static int by_age(const void *one, const void *other)
{
    const room_sanction *a = one;
    const room_sanction *b = other;

    return (a->made_us < b->made_us) - (a->made_us > b->made_us);
}

bool act_sanction_list(room_store *store, uint64_t realm, base_bytes *json)
{
    listing found = { .count = 0 };
    chat_order_sanction entry;
    chat_person user;
    chat_person by;
    room_status status;

    found.list = calloc(ACT_SANCTION_LIST_MOST, sizeof(found.list[0]));
    BASE_CHECK(found.list != NULL);
    status = room_sanction_each(store, realm, base_clock_mono(), add, &found);
    if (status == ROOM_OK) {
        qsort(found.list, found.count, sizeof(found.list[0]), by_age);
        base_bytes_append_text(json, "{\"sanctions\":[");
        for (size_t i = 0; i < found.count; i++) {
            describe(&found.list[i], &user, &by, &entry);
            entry.rest_s = act_ban_rest(found.list[i].until_us);
            base_bytes_append_text(json, i > 0 ? "," : "");
            chat_order_entry(json, &entry);
        }
        base_bytes_append_text(json, "]}");
    }
    free(found.list);
    return status == ROOM_OK;
}
