/* room_rows.h - what an archive would have of a room, for the tests of room/.
 */
#ifndef CHATWS_ROOM_ROWS_H
#define CHATWS_ROOM_ROWS_H

#include "room/archive/room_archive.h"
#include "room/archive/room_archive_figures.h"
#include "room/archive/room_import.h"
#include "room_said.h"

#define ROWS_MOST 64

typedef struct {
    room_import_room room;
    room_import_record records[ROWS_MOST];
    room_import_ref refs[ROWS_MOST];
    char bodies[ROWS_MOST][1200];
    unsigned jumps; /* records that were lost on the way */
    uint64_t next;  /* the number that is wanted */
} room_rows;

/* As long ago as its records are by the arena's clock. */
#define ROWS_AGE_MS(stored_us) ((ARENA_MONO(ARENA_NOW) - (stored_us)) / 1000)

/* Opens the room, which the archive does not know. */
room_handle room_rows_new(arena *a, const char *key, uint32_t keep);

/* The writer reads what comes after the cursor, and has committed it then. */
void room_rows_write(arena *a, room_handle room, room_rows *rows);

/* The room is read in with these rows at ARENA_NOW. */
room_status room_rows_import(arena *a, room_handle room,
                             const room_rows *rows);

/* Opens it and reads it in. */
room_handle room_rows_open(arena *a, const char *key, uint32_t keep,
                           const room_rows *rows);

#endif
