/* archive_mind.c - see archive_mind.h. */
#include "archive/writer/archive_mind.h"

#include <stdlib.h>

#include "base/base_check.h"

#define ROOMS 1024 /* a power of two */

/* A room that was written before. */
typedef struct {
    room_handle room;
    bool known;
    archive_past past;
} entry;

struct archive_mind {
    entry rooms[ROOMS];
};

archive_mind *archive_mind_create(void)
{
    archive_mind *mind = calloc(1, sizeof(*mind));

    BASE_CHECK(mind != NULL);
    return mind;
}

void archive_mind_destroy(archive_mind *mind)
{
    free(mind);
}

static entry *entry_of(archive_mind *mind, room_handle room)
{
    return &mind->rooms[room.index & (ROOMS - 1)];
}

void archive_mind_drop(archive_mind *mind, room_handle room)
{
    entry_of(mind, room)->known = false;
}

void archive_mind_forget(archive_mind *mind)
{
    for (size_t i = 0; i < ROOMS; i++) {
        mind->rooms[i].known = false;
    }
}

static archive_status add_room(archive_db *db, const room_archive_facts *facts,
                               archive_past *past)
{
    archive_past_rules rules = { facts->birth, facts->complete,
                                 facts->keep_ms };

    return archive_past_make(db, facts->key, facts->key_size, &rules, past);
}

/* What the configuration says of the room, when that has changed. Nobody may
 * have told its realm since it was made. */
static archive_status put_rules(archive_db *db,
                                const room_archive_facts *facts,
                                archive_past *past)
{
    uint64_t realm = facts->realm != 0 ? facts->realm : past->realm;
    const void *values[] = { &facts->keep_ms, &realm, &past->id };

    if (past->keep_ms == facts->keep_ms && past->realm == realm) {
        return ARCHIVE_OK;
    }
    past->keep_ms = facts->keep_ms;
    past->realm = realm;
    return archive_db_run(db, ARCHIVE_ROOM_KEEP, values, NULL);
}

archive_status archive_mind_enter(archive_mind *mind, archive_db *db,
                                  room_handle room,
                                  const room_archive_facts *facts,
                                  archive_past **past)
{
    entry *it = entry_of(mind, room);
    archive_status status = ARCHIVE_OK;

    *past = &it->past;
    if (!it->known || it->room.index != room.index
        || it->room.generation != room.generation) {
        it->known = false;
        status = archive_past_read(db, facts->key, facts->key_size, &it->past);
        if (status == ARCHIVE_OK && it->past.id == 0) {
            status = add_room(db, facts, &it->past);
        }
        if (status == ARCHIVE_OK && it->past.id == 0) {
            return ARCHIVE_FAILED;
        }
        it->room = room;
        it->known = status == ARCHIVE_OK;
    }
    return status == ARCHIVE_OK ? put_rules(db, facts, &it->past) : status;
}
