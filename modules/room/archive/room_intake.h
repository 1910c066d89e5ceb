/* room_intake.h - puts what was kept elsewhere, in the archive or by the relay,
 * into a room. Private to room/: every call with the room's lock held.
 */
#ifndef CHATWS_ROOM_INTAKE_H
#define CHATWS_ROOM_INTAKE_H

#include "room/archive/room_import.h"
#include "room/log/room_append.h"

/* A room, and what it becomes. */
typedef struct {
    room_store *store;
    uint32_t room;
    const room_import_room *what;
    base_clock_time now;
    uint64_t number; /* that its first record gets */
    room_id lost;    /* up to there something was said that is nowhere */
    room_id least;   /* its ids go on above this */
    bool exact;      /* between the last record and what->newest was nothing */
    /* Filled in: */
    size_t start;     /* the first record that is taken */
    room_id complete; /* the position in front of it */
    room_id newest;
    bool behind;      /* what was lost lies above all that is taken; then one
                         number is left out */
} room_intake;

/* The room as if nothing had ever been said in it. */
void room_intake_begin(room_intake *it);

/* The room with all that goes into it; a process that dies in between leaves a
 * part of it. ROOM_BUSY. */
room_status room_intake_take(room_intake *it);

/* One record on its way. */
typedef struct {
    room_log_entry entry;
    room_log_target target; /* its id; `what` does not point there yet */
    room_append what;
} room_intake_record;

/* False: nobody can have written it so, or it does not fit. */
bool room_intake_fits(const room_store *store,
                      const room_import_record *record);

/* Fills in what room_append_place needs for a record that fits. `out` stays
 * where it is. */
void room_intake_fill(const room_import_record *record, base_clock_time now,
                      room_intake_record *out);

#endif
