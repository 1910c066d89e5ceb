/* room_erase.c - see room_erase.h. */
#include "room/people/room_erase.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_clock.h"
#include "room/log/room_log.h"
#include "room/people/room_search.h"
#include "room/segment/room_layout.h"
#include "room/set/room_notice.h"
#include "room/set/room_rate.h"
#include "room/set/room_sanction.h"

#define OUT_US INT64_C(10000000)
#define READ_BYTES 65536 /* with one lock */
#define FOUND_MOST 64

#define KINDS_ENDED                                         \
    (1u << ROOM_SANCTION_MUTE | 1u << ROOM_SANCTION_BAN     \
     | 1u << ROOM_SANCTION_ADDRESS)

/* --------------------------------------------------------------- the person */

static void name_nobody(room_sanction_person *out, uint64_t user)
{
    static const char name[] = "erased";

    memset(out, 0, sizeof(*out));
    out->user = user;
    out->guest = 1;
    out->name_size = sizeof(name) - 1;
    memcpy(out->name, name, sizeof(name) - 1);
}

bool room_erase_here(room_store *store, room_handle room, uint64_t user)
{
    room_member member;

    if (room_member_count(store, room) == 0) {
        return false;
    }
    (void)room_search_oust(store, room_search_realm(store, room), &room, user);
    return room_member_find(store, room, user, &member) == ROOM_OK;
}

void room_erase_send_out(room_store *store, room_handle room, const char *key,
                         size_t key_size, uint64_t user)
{
    room_sanction kick;
    int64_t now = base_clock_mono();

    memset(&kick, 0, sizeof(kick));
    kick.kind = ROOM_SANCTION_KICK;
    kick.realm = room_search_realm(store, room);
    kick.scope = base_hash(room_store_secret(store), key, key_size);
    kick.whom = user;
    kick.made_us = now;
    kick.until_us = now + OUT_US;
    name_nobody(&kick.user, user);
    name_nobody(&kick.by, 0);
    (void)room_sanction_put(store, &kick, now, NULL);
}

static bool copy_sanction(void *context, const room_sanction *what)
{
    base_bytes_append(context, what, sizeof(*what));
    return true;
}

static void erase_sanctions(room_store *store, uint64_t user)
{
    base_bytes all = BASE_BYTES_INIT;
    room_sanction what;

    (void)room_sanction_all(store, base_clock_mono(), copy_sanction, &all);
    for (size_t at = 0; at < all.len; at += sizeof(what)) {
        memcpy(&what, all.data + at, sizeof(what));
        if (what.user.user == user) {
            (void)room_sanction_end(store, what.realm, user, KINDS_ENDED,
                                    NULL);
        }
        else if (what.by.user == user) {
            name_nobody(&what.by, 0);
            (void)room_sanction_put(store, &what, base_clock_mono(), NULL);
        }
    }
    base_bytes_free(&all);
}

void room_erase_person(room_store *store, uint64_t user)
{
    erase_sanctions(store, user);
    room_notice_erase(store, user);
    room_rate_drop(store, user);
}

/* ----------------------------------------------------------- what was said */

typedef struct {
    const room_erase_who *who;
    size_t who_count;
    size_t count;
    uint64_t list[FOUND_MOST]; /* the numbers of records */
} found;

static int by_user(const void *key, const void *member)
{
    uint64_t user = *(const uint64_t *)key;
    uint64_t other = ((const room_erase_who *)member)->user;

    return (user > other) - (user < other);
}

static bool find_theirs(void *context, const room_log_record *record)
{
    found *it = context;
    const room_erase_who *who =
        record->author != 0
            ? bsearch(&record->author, it->who, it->who_count, sizeof(*who),
                      by_user)
            : NULL;

    if (it->count == FOUND_MOST) {
        return false;
    }
    if (who && record->id.ms <= who->upto_ms) {
        it->list[it->count++] = record->seq;
    }
    return true;
}

room_status room_erase_room(room_store *store, room_handle room,
                            const room_erase_who *who, size_t count,
                            uint64_t *erased)
{
    uint64_t end = room_log_next(store, room);
    room_log_cursor at = { 0, 0, 0 };
    room_status status = ROOM_OK;
    uint64_t before;

    do {
        found all = { .who = who, .who_count = count };

        before = at.seq;
        status = room_log_read_on(store, room, &at, end, READ_BYTES,
                                  find_theirs, &all);
        for (size_t i = 0; i < all.count && status == ROOM_OK; i++) {
            status = room_log_erase(store, room, all.list[i]);
            *erased += status == ROOM_OK;
            status = status == ROOM_ABSENT ? ROOM_OK : status;
        }
    } while (status == ROOM_OK && at.seq < end && at.seq != before);
    return status;
}

bool room_erase_rooms(room_store *store, const room_erase_who *who,
                      size_t count, uint32_t *at, int64_t until_us,
                      bool *missed)
{
    uint64_t erased = 0;

    for (; *at < store->geometry.rooms && base_clock_mono() < until_us;
         ++*at) {
        const room_item *item = &store->items[*at];
        room_handle room = { *at, atomic_load(&item->generation) };

        if (atomic_load(&item->state) == ROOM_ITEM_USED
            && room_erase_room(store, room, who, count, &erased)
                   == ROOM_BUSY) {
            *missed = true;
        }
    }
    return *at >= store->geometry.rooms;
}
