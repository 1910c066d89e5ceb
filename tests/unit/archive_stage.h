/* archive_stage.h - a segment with an archive behind it, for the tests of
 * archive/: a new SQLite file, or what CHATWS_ARCHIVE_DRIVER and
 * CHATWS_ARCHIVE_PARAMS name, whose tables are dropped first.
 */
#ifndef CHATWS_ARCHIVE_STAGE_H
#define CHATWS_ARCHIVE_STAGE_H

#include "archive/archive.h"
#include "archive/archive_db.h"
#include "room/log/room_log.h"
#include "room/segment/room_store.h"

typedef struct {
    archive_settings settings;
    char folder[64];
    char file[96];
    void *memory;
    size_t size;
    room_store *store;
    archive *archive;
    uint64_t user; /* who says what is said from now on */
} archive_stage;

/* A database with nothing in it, a segment, and an archive that runs. */
void archive_stage_open(archive_stage *stage);

/* The same where hosts share the rooms; does not wait. */
void archive_stage_open_shared(archive_stage *stage,
                               const room_source *source);

/* Ends the archive and the segment; the database stays. */
void archive_stage_halt(archive_stage *stage);

/* A new segment and archive over the same database, as after a restart. */
void archive_stage_resume(archive_stage *stage);

/* The same in two steps: the second waits until rooms may be opened. */
void archive_stage_begin(archive_stage *stage);
void archive_stage_wait(archive_stage *stage);

void archive_stage_close(archive_stage *stage);

/* Opens the room, which keeps `keep` messages, and reads it in. */
room_handle archive_stage_room(archive_stage *stage, const char *key,
                               uint32_t keep);

/* What a client would store; expects ROOM_OK. `ref` may be NULL. */
room_id archive_stage_say(archive_stage *stage, room_handle room,
                          const char *text, const char *ref);
room_id archive_stage_edit(archive_stage *stage, room_handle room, room_id id,
                           const char *text);
room_id archive_stage_erase(archive_stage *stage, room_handle room,
                            room_id id);
room_id archive_stage_clear(archive_stage *stage, room_handle room);

/* Waits until all of the room is in the database. */
void archive_stage_settle(archive_stage *stage, room_handle room);

/* How many events of the room the archive has, with this text in them; NULL:
 * all. */
size_t archive_stage_rows(archive_stage *stage, const char *key,
                          const char *text);

/* A connection of the test's own. */
archive_db *archive_stage_connect(archive_stage *stage);

#endif
