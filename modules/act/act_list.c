/* act_list.c - who is in a room, and which rooms there are; see act_list.h. */
#include "act/act_list.h"

#include <stdlib.h>
#include <string.h>

#include "act/act_member.h"
#include "act/relay/act_rooms.h"
#include "archive/archive_rooms.h"
#include "base/base_check.h"
#include "base/base_clock.h"
#include "chat/chat_list.h"
#include "room/table/room_table.h"

/* The rooms found so far. When `list` is full, all but the best `most` of it
 * are dropped, so that a million of rooms take no more memory than these. */
typedef struct {
    const act_room_key *prefix;
    act_list_room *list;
    size_t count;
    size_t most;
    bool more;
} search;

typedef struct {
    room_store *store;
    search *found;
    int64_t since_ms; /* what was said before is not kept */
} elsewhere;

/* The name that counts is the room's, which a guest may have chosen on another
 * connection; the request knows only who asks. */
static void find_name(chat_person *asker, const chat_person *list,
                      size_t count)
{
    for (size_t i = 0; asker && list && i < count; i++) {
        if (list[i].user == asker->user && list[i].guest == asker->guest) {
            *asker = list[i];
            return;
        }
    }
}

bool act_list_members(room_store *store, const act_room_key *room,
                      uint32_t most, chat_person *asker, base_bytes *json)
{
    static const chat_person nobody;
    room_handle handle;
    room_status status = room_table_find(store, room->key, room->key_size,
                                         &handle);
    chat_person *list;
    size_t count;
    uint64_t version;

    if (status == ROOM_ABSENT) {
        chat_list_members(json, 0, &nobody, 0);
        return true;
    }
    if (status != ROOM_OK) {
        return false;
    }
    status = act_member_list(store, handle, most, &list, &count, &version);
    /* A room that was given away meanwhile has nobody: that is an answer. */
    if (status == ROOM_BUSY) {
        return false;
    }
    find_name(asker, list, count);
    chat_list_members(json, count, count > 0 ? list : &nobody, count);
    free(list);
    return true;
}

/* The better one first. No two are equal, so that each child answers alike. */
static int by_count(const void *one, const void *other)
{
    const act_list_room *a = one;
    const act_list_room *b = other;
    size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order;

    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    if (a->has_last != b->has_last) {
        return a->has_last ? -1 : 1;
    }
    order = room_id_compare(&b->last, &a->last);
    if (order != 0) {
        return order;
    }
    order = memcmp(a->key, b->key, size);
    return order ? order : (a->key_size > size) - (b->key_size > size);
}

/* Whoever asks is told that there were more, not how many. */
static void keep_best(search *found)
{
    qsort(found->list, found->count, sizeof(found->list[0]), by_count);
    if (found->count > found->most) {
        found->count = found->most;
        found->more = true;
    }
}

static bool add_room(void *context, const room_table_row *row)
{
    search *found = context;
    const act_room_key *prefix = found->prefix;
    act_list_room *room;

    if ((row->members == 0 && row->kept == 0)
        || row->key_size <= prefix->key_size || row->key_size > ACT_KEY_MOST
        || memcmp(row->key, prefix->key, prefix->key_size) != 0) {
        return true;
    }
    /* Sorted once for each `most` rooms that come, not for each. */
    if (found->count == 2 * found->most) {
        keep_best(found);
    }
    room = &found->list[found->count++];
    room->count = row->members;
    room->has_last = row->kept > 0;
    room->last = room->has_last ? row->newest : (room_id){ 0, 0 };
    room->key_size = row->key_size;
    memcpy(room->key, row->key, row->key_size);
    return true;
}

/* What is in memory was visited before. */
static void add_shared(void *context, const act_rooms_row *there)
{
    elsewhere *rooms = context;
    room_table_row row = {
        .key = there->key, .key_size = there->key_size,
        .members = there->members, .newest = there->last,
        .kept = there->last.ms > (uint64_t)rooms->since_ms };

    if (room_table_find(rooms->store, row.key, row.key_size, &row.handle)
        == ROOM_ABSENT) {
        (void)add_room(rooms->found, &row);
    }
}

/* On other hosts. */
static void add_all_shared(room_store *store, const act_room_key *prefix,
                           const act_settings *settings, search *found)
{
    int64_t now = base_clock_wall();
    elsewhere rooms = { store, found, now };

    if (settings->history_count > 0) {
        rooms.since_ms = settings->history_age < now
                             ? now - settings->history_age : 0;
    }
    found->more = act_rooms_each(prefix, settings, add_shared, &rooms)
                  || found->more;
}

/* And on other hosts. */
static bool add_archived(void *context, const char *key, size_t key_size,
                         const room_id *newest)
{
    elsewhere *rooms = context;
    room_table_row row = { .key = key, .key_size = key_size, .kept = 1,
                           .newest = *newest };

    return room_table_find(rooms->store, key, key_size, &row.handle)
                   != ROOM_ABSENT
           || act_rooms_has(rooms->found->prefix, key, key_size)
           || add_room(rooms->found, &row);
}

static void add_all_archived(room_store *store, const act_room_key *prefix,
                             const act_settings *settings, search *found)
{
    elsewhere rooms = { store, found, 0 };
    int64_t age = settings->history_age < settings->archive_keep
                      ? settings->history_age : settings->archive_keep;
    int64_t now = base_clock_wall();

    if (prefix->archive && settings->archive_keep > 0
        && settings->history_count > 0) {
        (void)archive_rooms_newest(prefix->archive, prefix->key,
                                   age < now ? now - age : 0, 2 * found->most,
                                   add_archived, &rooms);
    }
}

act_list_room *act_list_rooms(room_store *store, const act_room_key *prefix,
                              const act_settings *settings, size_t most,
                              size_t *count, bool *more)
{
    search found = { .prefix = prefix, .most = most };

    /* Twice: place for the best so far, and for as many that may be better. */
    found.list = calloc(2 * most, sizeof(found.list[0]));
    BASE_CHECK(found.list != NULL);
    room_table_each(store, base_clock_mono(), add_room, &found);
    add_all_shared(store, prefix, settings, &found);
    add_all_archived(store, prefix, settings, &found);
    keep_best(&found);
    *count = found.count;
    *more = found.more;
    return found.list;
}
