/* act_overview.c - see act_overview.h. */
#include "act/control/act_overview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "act/moderation/act_ban.h"
#include "act/moderation/act_sanction.h"
#include "archive/archive_list.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "chat/chat_name.h"
#include "chat/moderation/chat_order.h"
#include "chat/moderation/chat_state.h"
#include "room/log/room_state.h"
#include "room/people/room_search.h"
#include "room/set/room_sanction.h"

void act_overview_fold(const void *text, size_t size, base_bytes *out)
{
    chat_name_key(text, size, out);
}

static bool has_words(const base_bytes *words, const void *text, size_t size)
{
    base_bytes folded = BASE_BYTES_INIT;
    bool has;

    if (words->len == 0) {
        return true;
    }
    act_overview_fold(text, size, &folded);
    has = folded.len > 0
          && memmem(folded.data, folded.len, words->data, words->len) != NULL;
    base_bytes_free(&folded);
    return has;
}

static bool is_called(const base_bytes *words, const chat_person *who)
{
    base_bytes id = BASE_BYTES_INIT;
    bool is = has_words(words, who->name, who->name_size);

    if (!is) {
        chat_person_write_id(&id, who);
        is = has_words(words, id.data, id.len);
    }
    base_bytes_free(&id);
    return is;
}

/* ------------------------------------------------------------------- rooms */

/* When the list is full, all but the best are dropped, so that a million of
 * rooms take no more memory than these. */
typedef struct {
    const act_answer *about;
    const base_bytes *words;
    act_answer_room *list;
    size_t count;
    uint64_t total;
} room_listing;

static int by_members(const void *one, const void *other)
{
    const act_answer_room *a = one;
    const act_answer_room *b = other;

    if (a->members != b->members) {
        return a->members > b->members ? -1 : 1;
    }
    return room_id_compare(&b->newest, &a->newest);
}

static void keep_best(room_listing *it)
{
    qsort(it->list, it->count, sizeof(it->list[0]), by_members);
    if (it->count > ACT_OVERVIEW_ROOMS) {
        it->count = ACT_OVERVIEW_ROOMS;
    }
}

/* As its name is written: SITE/PATH. */
static bool is_named(const base_bytes *words, const room_table_row *row)
{
    const char *end = memchr(row->key, '\n', row->key_size);
    base_bytes name = BASE_BYTES_INIT;
    bool is;

    if (words->len == 0 || !end) {
        return words->len == 0;
    }
    base_bytes_append(&name, row->key, (size_t)(end - row->key));
    base_bytes_append(&name, end + 1,
                      row->key_size - (size_t)(end + 1 - row->key));
    is = has_words(words, name.data, name.len);
    base_bytes_free(&name);
    return is;
}

static bool add_room(void *context, const room_table_row *row)
{
    room_listing *it = context;
    act_answer_room *room;

    if (!chat_control_means(it->about->asked, row->key, row->key_size)
        || !is_named(it->words, row)) {
        return true;
    }
    if (it->count == (size_t)2 * ACT_OVERVIEW_ROOMS) {
        keep_best(it);
    }
    it->total++;
    room = &it->list[it->count++];
    room->handle = row->handle;
    room->members = row->members;
    room->kept = row->kept;
    room->newest = row->newest;
    room->key_size = row->key_size;
    memcpy(room->key, row->key, row->key_size);
    return true;
}

static void tell_room(const act_answer *about, const act_answer_room *room,
                      base_bytes *json)
{
    room_state state = { .topic_size = 0 };
    char newest[ROOM_ID_TEXT];

    (void)room_state_read(about->store, room->handle, &state);
    base_bytes_append_text(json, "{\"room\":");
    chat_control_write_room(json, room->key, room->key_size);
    base_bytes_append_format(json, ",\"members\":%" PRIu32 ",\"kept\":%"
                             PRIu64 ",", room->members, room->kept);
    if (room->newest.ms > 0) {
        room_id_format(&room->newest, newest);
        base_bytes_append_format(json, "\"newest\":\"%s\",", newest);
    }
    chat_state_members(json, &(chat_state){ .topic = state.topic,
                                            .topic_size = state.topic_size,
                                            .slow_s = state.slow_s,
                                            .locked = state.locked });
    base_bytes_append_text(json, "}");
}

void act_overview_rooms(const act_answer *about, const base_bytes *words,
                        base_bytes *json)
{
    room_listing it = { .about = about, .words = words };

    it.list = calloc((size_t)2 * ACT_OVERVIEW_ROOMS, sizeof(it.list[0]));
    BASE_CHECK(it.list != NULL);
    room_table_each(about->store, base_clock_mono(), add_room, &it);
    keep_best(&it);
    base_bytes_append_text(json, ",\"room_list\":[");
    for (size_t i = 0; i < it.count; i++) {
        base_bytes_append_text(json, i > 0 ? "," : "");
        tell_room(about, &it.list[i], json);
    }
    base_bytes_append_format(json, "],\"room_total\":%" PRIu64, it.total);
    free(it.list);
}

typedef struct {
    const act_answer *about;
    room_handle *room;
    bool found;
} room_choice;

static bool choose(void *context, const room_table_row *row)
{
    room_choice *it = context;

    it->found = chat_control_means(it->about->asked, row->key, row->key_size);
    *it->room = row->handle;
    return !it->found;
}

bool act_overview_room(const act_answer *about, room_handle *room)
{
    room_choice it = { about, room, false };

    room_table_each(about->store, base_clock_mono(), choose, &it);
    return it.found;
}

/* ----------------------------------------------------------------- members */

/* What one look at a room finds: members, copied while its lock is held. */
typedef struct {
    room_member *list;
    size_t count;
    size_t most;
} member_listing;

static bool add_member(void *context, const room_member *member)
{
    member_listing *it = context;

    it->list[it->count++] = *member;
    return it->count < it->most;
}

static room_status read_members(const act_answer *about, room_handle room,
                                size_t most, member_listing *out)
{
    *out = (member_listing){ .list = calloc(most, sizeof(out->list[0])),
                             .most = most };
    BASE_CHECK(out->list != NULL);
    return room_member_each(about->store, room, (uint32_t)most, add_member,
                            out, NULL);
}

static void tell_members(const member_listing *found, const base_bytes *words,
                         uint32_t all, base_bytes *json)
{
    bool first = true;

    base_bytes_append_text(json, ",\"member_list\":[");
    for (size_t i = 0; i < found->count; i++) {
        chat_person who = { .user = 0 };

        act_member_person(&found->list[i], &who);
        if (is_called(words, &who)) {
            base_bytes_append_text(json, first ? "" : ",");
            chat_person_write(json, &who);
            first = false;
        }
    }
    base_bytes_append_format(json, "],\"member_total\":%" PRIu32, all);
}

bool act_overview_members(const act_answer *about, const base_bytes *words,
                          base_bytes *json)
{
    member_listing found = { .list = NULL };
    room_status status = ROOM_OK;
    room_handle room;
    uint32_t all = 0;

    if (act_overview_room(about, &room)) {
        status = read_members(about, room, ACT_OVERVIEW_MEMBERS, &found);
        all = room_member_count(about->store, room);
    }
    if (status != ROOM_BUSY) {
        tell_members(&found, words, all, json);
    }
    free(found.list);
    return status != ROOM_BUSY;
}

typedef struct {
    const act_answer *about;
    const base_bytes *words;
    uint64_t *users;
    size_t most;
    size_t count;
    size_t left; /* members that may still be looked at */
} user_search;

static void add_user(user_search *it, uint64_t user)
{
    for (size_t i = 0; i < it->count; i++) {
        if (it->users[i] == user) {
            return;
        }
    }
    if (it->count < it->most) {
        it->users[it->count++] = user;
    }
}

static void look_for_names(user_search *it, const room_table_row *row)
{
    size_t most = row->members < it->left ? row->members : it->left;
    member_listing found;

    (void)read_members(it->about, row->handle, most, &found);
    it->left -= found.count;
    for (size_t i = 0; i < found.count; i++) {
        if (has_words(it->words, found.list[i].name,
                      found.list[i].name_size)) {
            add_user(it, found.list[i].user);
        }
    }
    free(found.list);
}

static bool look_for_users(void *context, const room_table_row *row)
{
    user_search *it = context;
    room_member member;
    uint64_t user;

    if (row->members == 0
        || !chat_control_means(it->about->asked, row->key, row->key_size)) {
        return true;
    }
    if (it->about->asked->command.user.size == 0) {
        look_for_names(it, row);
    }
    else {
        user = act_answer_user(it->about, row->key, row->key_size);
        if (room_member_find(it->about->store, row->handle, user, &member)
            == ROOM_OK) {
            add_user(it, user);
        }
    }
    return it->count < it->most && it->left > 0;
}

size_t act_overview_users(const act_answer *about, const base_bytes *words,
                          uint64_t *users, size_t most)
{
    user_search it = { .about = about, .words = words, .users = users,
                       .most = most, .left = ACT_OVERVIEW_LOOKS };

    room_table_each(about->store, base_clock_mono(), look_for_users, &it);
    return it.count;
}

/* --------------------------------------------------------------- sanctions */

/* A realm of which there are any, and one of its rooms. */
typedef struct {
    uint64_t realm;
    size_t key_size; /* 0: none is known */
    char key[ROOM_KEY_MAX];
} named_realm;

typedef struct {
    const act_answer *about;
    base_bytes list;   /* room_sanction */
    base_bytes realms; /* named_realm */
    size_t nameless;
} sanction_listing;

static named_realm *find_realm(const sanction_listing *it, uint64_t realm)
{
    named_realm *at = (void *)it->realms.data;
    size_t count = it->realms.len / sizeof(*at);

    for (size_t i = 0; i < count; i++) {
        if (at[i].realm == realm) {
            return &at[i];
        }
    }
    return NULL;
}

static bool add_sanction(void *context, const room_sanction *what)
{
    sanction_listing *it = context;

    base_bytes_append(&it->list, what, sizeof(*what));
    return true;
}

static void add_realms(sanction_listing *it)
{
    const room_sanction *at = (const void *)it->list.data;
    size_t count = it->list.len / sizeof(*at);

    for (size_t i = 0; i < count; i++) {
        if (!find_realm(it, at[i].realm)) {
            named_realm one = { .realm = at[i].realm };

            base_bytes_append(&it->realms, &one, sizeof(one));
            it->nameless++;
        }
    }
}

static void name_realm(sanction_listing *it, uint64_t realm, const char *key,
                       size_t size)
{
    named_realm *one = find_realm(it, realm);

    if (one && one->key_size == 0 && size > 0 && size <= sizeof(one->key)
        && chat_control_means(it->about->asked, key, size)) {
        memcpy(one->key, key, size);
        one->key_size = size;
        it->nameless--;
    }
}

static bool name_by_room(void *context, const room_table_row *row)
{
    sanction_listing *it = context;

    name_realm(it, room_search_realm(it->about->store, row->handle), row->key,
               row->key_size);
    return it->nameless > 0;
}

static bool name_by_archive(void *context, const archive_list_room *room)
{
    sanction_listing *it = context;

    name_realm(it, room->realm, room->key, room->key_size);
    return it->nameless > 0;
}

static int by_age(const void *one, const void *other)
{
    const room_sanction *a = one;
    const room_sanction *b = other;

    return (a->made_us < b->made_us) - (a->made_us > b->made_us);
}

/* False: it is not among those that are asked for. */
static bool tell_sanction(const sanction_listing *it, const base_bytes *words,
                          const room_sanction *what, bool first,
                          base_bytes *json)
{
    const chat_control *asked = it->about->asked;
    const named_realm *realm = find_realm(it, what->realm);
    room_notice notice = { .kind = ROOM_NOTICE_SANCTION, .what = *what };
    base_bytes entry = BASE_BYTES_INIT;
    chat_order_sanction told;
    chat_person user;
    chat_person by;

    notice.rest_s = act_ban_rest(what->until_us);
    act_sanction_told(&notice, &user, &by, &told);
    if ((realm->key_size == 0 && (asked->room.size > 0 || asked->site.size > 0))
        || !is_called(words, &user)) {
        return false;
    }
    chat_order_entry(&entry, &told);
    base_bytes_append_text(json, first ? "{" : ",{");
    if (realm->key_size > 0) {
        base_bytes_append_text(json, "\"room\":");
        chat_control_write_room(json, realm->key, realm->key_size);
        base_bytes_append_text(json, ",");
    }
    base_bytes_append(json, entry.data + 1, entry.len - 1); /* its brace */
    base_bytes_free(&entry);
    return true;
}

static void tell_sanctions(const sanction_listing *it, const base_bytes *words,
                           base_bytes *json)
{
    room_sanction *at = (void *)it->list.data;
    size_t count = it->list.len / sizeof(*at);
    size_t told = 0;

    if (count > 0) {
        qsort(at, count, sizeof(*at), by_age);
    }
    base_bytes_append_text(json, ",\"sanction_list\":[");
    for (size_t i = 0; i < count && told < ACT_OVERVIEW_SANCTIONS; i++) {
        told += tell_sanction(it, words, &at[i], told == 0, json);
    }
    base_bytes_append_format(json, "],\"sanction_total\":%zu", count);
}

bool act_overview_sanctions(const act_answer *about, const base_bytes *words,
                            base_bytes *json)
{
    sanction_listing it = { .about = about };
    bool good = room_sanction_all(about->store, base_clock_mono(),
                                  add_sanction, &it)
                == ROOM_OK;

    add_realms(&it);
    if (it.nameless > 0) {
        room_table_each(about->store, base_clock_mono(), name_by_room, &it);
    }
    if (it.nameless > 0 && about->archive) {
        (void)archive_list_rooms(about->archive, name_by_archive, &it);
    }
    if (good) {
        tell_sanctions(&it, words, json);
    }
    base_bytes_free(&it.list);
    base_bytes_free(&it.realms);
    return good;
}
