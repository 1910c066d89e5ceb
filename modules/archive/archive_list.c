/* archive_list.c - see archive_list.h. */
#include "archive/archive_list.h"

#include <string.h>

#include "archive/archive_past.h"
#include "archive/archive_pool.h"
#include "archive/writer/archive_secret.h"

/* Rooms of one statement. */
#define STEP 64

/* The keys behind the room `after`, which moves on. */
static archive_status read_keys(archive_db *db, int64_t *after,
                                archive_list_room list[STEP], size_t *count)
{
    const int64_t most = STEP;
    const void *values[] = { after, &most };
    archive_status status = archive_db_select(db, ARCHIVE_ROOMS_LIST, values);
    int64_t last = *after;

    *count = 0;
    while (status == ARCHIVE_OK && *count < STEP && archive_db_row(db)) {
        archive_list_room *room = &list[*count];
        size_t size;
        const char *name = archive_db_text(db, 6, &size);

        last = archive_db_number(db, 0);
        if (size > 0 && size <= sizeof(room->key)) {
            memcpy(room->key, name, size);
            room->key_size = size;
            (*count)++;
        }
    }
    *after = last;
    return status;
}

static archive_status read_room(archive_db *db, archive_list_room *room)
{
    archive_past past;
    archive_status status = archive_past_read(db, room->key, room->key_size,
                                              &past);

    if (status == ARCHIVE_OK) {
        room->birth = past.birth;
        room->newest = past.newest;
        room->complete = past.complete;
        room->keep_ms = past.keep_ms;
        room->realm = past.realm;
        room->state = past.state;
        room->events = (uint64_t)(past.top - past.id * ARCHIVE_PAST_ROOM);
    }
    return status;
}

/* On a connection that is given back before anybody is told. */
static archive_status read_list(archive *a, int64_t *after,
                                archive_list_room list[STEP], size_t *count)
{
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);

    *count = 0;
    if (status == ARCHIVE_OK) {
        status = read_keys(db, after, list, count);
    }
    for (size_t i = 0; i < *count && status == ARCHIVE_OK; i++) {
        status = read_room(db, &list[i]);
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status;
}

archive_status archive_list_rooms(archive *a, archive_list_visit *visit,
                                  void *context)
{
    archive_list_room list[STEP];
    archive_status status = ARCHIVE_OK;
    int64_t after = 0;
    int64_t before = -1;
    size_t count = 0;

    while (status == ARCHIVE_OK && after != before) {
        before = after;
        status = read_list(a, &after, list, &count);
        for (size_t i = 0; i < count && status == ARCHIVE_OK; i++) {
            if (!visit(context, &list[i])) {
                return ARCHIVE_OK;
            }
        }
    }
    return status;
}

archive_status archive_list_sanctions(
    archive *a,
    bool (*visit)(void *context, const archive_list_sanction *what),
    void *context)
{
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);
    archive_list_sanction what;
    bool on = true;

    if (status == ARCHIVE_OK) {
        status = archive_db_select(db, ARCHIVE_SANCTIONS_LIST, NULL);
    }
    while (status == ARCHIVE_OK && on && archive_db_row(db)) {
        for (int i = 0; i < ARCHIVE_LIST_NUMBERS; i++) {
            what.numbers[i] = archive_db_number(db, i);
        }
        for (int i = 0; i < ARCHIVE_LIST_TEXTS; i++) {
            what.texts[i] = archive_db_text(db, ARCHIVE_LIST_NUMBERS + i,
                                            NULL);
        }
        on = visit(context, &what);
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status;
}

archive_status archive_list_secret(archive *a, base_hash_key *secret)
{
    archive_db *db;
    archive_status status = archive_pool_take(archive_readers(a), &db);
    bool has = false;

    if (status == ARCHIVE_OK) {
        status = archive_secret_read(db, secret, &has);
    }
    if (db) {
        archive_pool_give(archive_readers(a), db);
    }
    return status == ARCHIVE_OK && !has ? ARCHIVE_ABSENT : status;
}
