/* archive_sanction.c - see archive_sanction.h. */
#include "archive/writer/archive_sanction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/writer/archive_refusal.h"
#include "base/base_clock.h"
#include "base/base_hash.h"
#include "base/base_utf8.h"
#include "room/set/room_sanction.h"

/* One that the database has. */
typedef struct {
    int64_t kind;
    int64_t scope;
    int64_t whom;
    uint64_t content; /* a hash of all of it; 0: not known */
    bool seen;
} entry;

void archive_sanction_free(archive_sanction_list *list)
{
    base_bytes_free(&list->list);
}

bool archive_sanction_due(const archive_sanction_list *list,
                          const room_store *store)
{
    return (!list->known || list->version != room_sanction_version(store))
           && !room_store_closed(store);
}

static int64_t to_wall(int64_t mono_us, base_clock_time now)
{
    return mono_us == ROOM_SANCTION_FOREVER
               ? INT64_MAX : now.wall_ms + (mono_us - now.mono_us) / 1000;
}

static int64_t to_mono(int64_t wall_ms, base_clock_time now)
{
    int64_t rest = wall_ms - now.wall_ms;

    if (rest > (INT64_MAX - now.mono_us) / 1000) {
        return ROOM_SANCTION_FOREVER;
    }
    return now.mono_us + rest * 1000;
}

static void read_text(archive_db *db, int column, char *text, size_t most,
                      uint16_t *size)
{
    size_t got;
    const char *from = archive_db_text(db, column, &got);

    *size = base_utf8_valid(from, got)
                ? (uint16_t)base_utf8_cut(from, got, most) : 0;
    memcpy(text, from, *size);
}

static void read_person(archive_db *db, int hash, int name,
                        room_sanction_person *out)
{
    out->user = (uint64_t)archive_db_number(db, hash);
    out->guest = (uint16_t)archive_db_number(db, hash + 1);
    read_text(db, name, out->name, sizeof(out->name), &out->name_size);
    read_text(db, name + 1, out->id, sizeof(out->id), &out->id_size);
}

static void read_sanction(archive_db *db, base_clock_time now,
                          room_sanction *out)
{
    memset(out, 0, sizeof(*out));
    out->kind = (uint32_t)archive_db_number(db, 0);
    out->scope = (uint64_t)archive_db_number(db, 1);
    out->whom = (uint64_t)archive_db_number(db, 2);
    out->realm = (uint64_t)archive_db_number(db, 3);
    out->until_us = to_mono(archive_db_number(db, 4), now);
    out->made_us = to_mono(archive_db_number(db, 5), now);
    out->address = (uint16_t)archive_db_number(db, 6);
    read_person(db, 7, 11, &out->user);
    read_person(db, 9, 13, &out->by);
    read_text(db, 15, out->reason, sizeof(out->reason), &out->reason_size);
}

archive_status archive_sanction_load(archive_db *db, room_store *store)
{
    base_clock_time now = base_clock_now();
    archive_status status = archive_db_select(db, ARCHIVE_SANCTIONS_LIST,
                                              NULL);
    room_sanction what;

    while (status == ARCHIVE_OK && archive_db_row(db)) {
        read_sanction(db, now, &what);
        if (what.until_us > now.mono_us && what.kind < ROOM_SANCTION_KICK
            && room_sanction_put(store, &what, now.mono_us, NULL)
                   == ROOM_BUSY) {
            status = ARCHIVE_AWAY; /* all or none */
        }
    }
    return status;
}

static bool copy_one(void *context, const room_sanction *what)
{
    if (what->kind != ROOM_SANCTION_KICK) {
        base_bytes_append(context, what, sizeof(*what));
    }
    return true;
}

static entry *entries(archive_sanction_list *list)
{
    return (entry *)(void *)list->list.data;
}

static size_t count_of(const archive_sanction_list *list)
{
    return list->list.len / sizeof(entry);
}

static int by_key(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;

    if (a->whom != b->whom) {
        return a->whom < b->whom ? -1 : 1;
    }
    if (a->scope != b->scope) {
        return a->scope < b->scope ? -1 : 1;
    }
    return (a->kind > b->kind) - (a->kind < b->kind);
}

static void sort(archive_sanction_list *list)
{
    if (list->list.len > 0) {
        qsort(list->list.data, count_of(list), sizeof(entry), by_key);
    }
    list->sorted = count_of(list);
}

/* Among those that were there before this write: the store has each key
 * once. */
static entry *find(const archive_sanction_list *list, const entry *what)
{
    return list->sorted > 0 ? bsearch(what, list->list.data, list->sorted,
                                      sizeof(entry), by_key) : NULL;
}

/* What the database has, by nothing but its keys: all of it is compared. */
static archive_status know(archive_sanction_list *list, archive_db *db)
{
    archive_status status = archive_db_select(db, ARCHIVE_SANCTIONS_LIST,
                                              NULL);

    list->list.len = 0;
    while (status == ARCHIVE_OK && archive_db_row(db)) {
        entry one = { archive_db_number(db, 0), archive_db_number(db, 1),
                      archive_db_number(db, 2), 0, false };

        base_bytes_append(&list->list, &one, sizeof(one));
    }
    list->known = status == ARCHIVE_OK;
    sort(list);
    return status;
}

static archive_status drop(archive_db *db, const entry *one)
{
    const void *values[] = { &one->kind, &one->scope, &one->whom };

    return archive_db_run(db, ARCHIVE_SANCTION_DROP, values, NULL);
}

static archive_status add(archive_db *db, const room_sanction *what,
                          bool nameless, base_clock_time now)
{
    int64_t numbers[] = {
        what->kind, (int64_t)what->scope, (int64_t)what->whom,
        (int64_t)what->realm, to_wall(what->until_us, now),
        to_wall(what->made_us, now), what->address, (int64_t)what->user.user,
        what->user.guest, (int64_t)what->by.user, what->by.guest
    };
    char texts[5][ROOM_REASON_MAX + ROOM_NAME_MAX + 1];
    const void *values[16];

    snprintf(texts[0], sizeof(texts[0]), "%.*s", what->user.name_size,
             what->user.name);
    snprintf(texts[1], sizeof(texts[1]), "%.*s", what->user.id_size,
             what->user.id);
    snprintf(texts[2], sizeof(texts[2]), "%.*s", what->by.name_size,
             what->by.name);
    snprintf(texts[3], sizeof(texts[3]), "%.*s", what->by.id_size,
             what->by.id);
    snprintf(texts[4], sizeof(texts[4]), "%.*s", what->reason_size,
             what->reason);
    for (size_t i = 0; i < 16; i++) {
        values[i] = i < 11     ? (const void *)&numbers[i]
                    : nameless ? "" : texts[i - 11];
    }
    return archive_db_run(db, ARCHIVE_SANCTION_ADD, values, NULL);
}

/* It holds, whatever the database says of its names. */
static archive_status add_carefully(archive_db *db, const room_sanction *what,
                                    base_clock_time now)
{
    archive_status status = archive_refusal_save(db);

    if (status == ARCHIVE_OK) {
        status = add(db, what, false, now);
    }
    if (status == ARCHIVE_FAILED) {
        archive_refusal_tell_sanction();
        status = archive_refusal_undo(db);
        if (status == ARCHIVE_OK) {
            status = add(db, what, true, now);
        }
    }
    return status == ARCHIVE_OK ? archive_refusal_keep(db) : status;
}

/* One that the store has. */
static archive_status put(archive_sanction_list *list, archive_db *db,
                          const room_sanction *what, base_clock_time now)
{
    static const base_hash_key no_key = { 0, 0 };
    uint64_t content = base_hash(&no_key, what, sizeof(*what)) | 1;
    entry made = { (int64_t)what->kind, (int64_t)what->scope,
                   (int64_t)what->whom, content, true };
    entry *one = find(list, &made);
    archive_status status = ARCHIVE_OK;

    if (one != NULL && one->content == content) {
        one->seen = true;
        return status;
    }
    if (one != NULL) {
        status = drop(db, one);
        *one = made;
    }
    else {
        base_bytes_append(&list->list, &made, sizeof(made));
    }
    if (status != ARCHIVE_OK) {
        return status;
    }
    return list->careful ? add_carefully(db, what, now)
                         : add(db, what, false, now);
}

/* Those that the store has no more. */
static archive_status drop_unseen(archive_sanction_list *list, archive_db *db)
{
    archive_status status = ARCHIVE_OK;
    size_t kept = 0;

    for (size_t i = 0; i < count_of(list) && status == ARCHIVE_OK; i++) {
        entry one = entries(list)[i];

        if (one.seen) {
            one.seen = false;
            entries(list)[kept++] = one;
        }
        else {
            status = drop(db, &one);
        }
    }
    list->list.len = kept * sizeof(entry);
    sort(list);
    return status;
}

archive_status archive_sanction_write(archive_sanction_list *list,
                                      archive_db *db, room_store *store,
                                      uint32_t *version)
{
    base_clock_time now = base_clock_now();
    base_bytes all = BASE_BYTES_INIT;
    archive_status status = list->known ? ARCHIVE_OK : know(list, db);
    room_sanction what;

    *version = room_sanction_version(store);
    if (status == ARCHIVE_OK
        && (room_sanction_all(store, now.mono_us, copy_one, &all) != ROOM_OK
            || room_store_closed(store))) {
        status = ARCHIVE_AWAY;
    }
    for (size_t at = 0; at < all.len && status == ARCHIVE_OK;
         at += sizeof(what)) {
        memcpy(&what, all.data + at, sizeof(what));
        status = put(list, db, &what, now);
    }
    if (status == ARCHIVE_OK) {
        status = drop_unseen(list, db);
    }
    list->version = *version;
    list->known = status == ARCHIVE_OK;
    base_bytes_free(&all);
    return status;
}
