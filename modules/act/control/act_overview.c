/* act_overview.c - see act_overview.h. */
#include "act/control/act_overview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "act/control/act_words.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "chat/moderation/chat_state.h"
#include "room/log/room_state.h"

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

static bool add_room(void *context, const room_table_row *row)
{
    room_listing *it = context;
    act_answer_room *room;

    if (!chat_control_means(it->about->asked, row->key, row->key_size)
        || act_words_room(it->words, row->key, row->key_size)
               == ACT_WORDS_NOT) {
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
    if (room->kept > 0) {
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

typedef struct {
    const act_answer *about;
    const base_bytes *words;
    room_handle *rooms;
    size_t most;
    size_t count;
    act_words_found found; /* how well those are found */
} room_finding;

static bool find_room(void *context, const room_table_row *row)
{
    room_finding *it = context;
    act_words_found found;

    if (row->members == 0
        || !chat_control_means(it->about->asked, row->key, row->key_size)) {
        return true;
    }
    found = act_words_room(it->words, row->key, row->key_size);
    if (found > it->found) {
        it->found = found;
        it->count = 0;
    }
    if (found != ACT_WORDS_NOT && found == it->found
        && it->count < it->most) {
        it->rooms[it->count++] = row->handle;
    }
    return true;
}

size_t act_overview_found(const act_answer *about, const base_bytes *words,
                          room_handle *rooms, size_t most)
{
    room_finding it = { about, words, rooms, most, 0, ACT_WORDS_NOT };

    room_table_each(about->store, base_clock_mono(), find_room, &it);
    return it.count;
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
    uint32_t total = 0;

    base_bytes_append_text(json, ",\"member_list\":[");
    for (size_t i = 0; i < found->count; i++) {
        chat_person who = { .user = 0 };

        act_member_person(&found->list[i], &who);
        if (!act_words_call(words, &who)) {
            continue;
        }
        if (total < ACT_OVERVIEW_MEMBERS) {
            base_bytes_append_text(json, total > 0 ? "," : "");
            chat_person_write(json, &who);
        }
        total++;
    }
    base_bytes_append_format(json, "],\"member_total\":%" PRIu32,
                             words->len > 0 ? total : all);
}

bool act_overview_members(const act_answer *about, const base_bytes *words,
                          base_bytes *json)
{
    member_listing found = { .list = NULL };
    room_status status = ROOM_OK;
    room_handle room;
    uint32_t all = 0;

    if (act_overview_room(about, &room)) {
        status = read_members(about, room,
                              words->len > 0 ? ACT_OVERVIEW_LOOKS
                                             : ACT_OVERVIEW_MEMBERS, &found);
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
        if (act_words_in(it->words, found.list[i].name,
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
