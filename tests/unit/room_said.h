/* room_said.h - messages with a text, and events that change them, for the
 * tests of room/.
 */
#ifndef CHATWS_ROOM_SAID_H
#define CHATWS_ROOM_SAID_H

#include "room_arena.h"

#define ANN 1
#define BOB 2

/* A message, or an event, of `user`; `text` unquoted; `ref` may be NULL. */
typedef struct {
    uint64_t user;
    const char *text;
    const char *ref;
    int64_t wall_ms;
} room_said;

/* Stores {"id":ID,"from":USER,"text":TEXT,"x":1} and expects ROOM_OK. */
room_id room_said_message(arena *a, room_handle room, const room_said *what);

/* Stores {"event":KIND,"id":ID,"target":ID}, of an edit with "text":TEXT. */
room_status room_said_event(arena *a, room_handle room, room_log_kind kind,
                            const room_said *what, room_log_target target,
                            room_id *id);

/* The log as its reader is told it: one body after the other. */
typedef struct {
    char text[65536];
    size_t size;
    unsigned count;
    uint64_t next; /* the number that is wanted */
    unsigned gaps;
    bool messages_only;
} room_said_reading;

/* A message of Ann's. */
room_id room_said_by_ann(arena *a, room_handle room, const char *text);

/* Ann edits it, which succeeds. */
room_id room_said_edit(arena *a, room_handle room, room_id id,
                       const char *text);

/* Bob deletes it; `author` 0: as a moderator. */
room_status room_said_erase(arena *a, room_handle room, room_id id,
                            uint64_t author);

room_status room_said_clear(arena *a, room_handle room);

room_status room_said_state(arena *a, room_handle room, const room_state *was,
                            const room_state *now);

/* Reads from the number that is wanted on, which moves along. */
void room_said_read(arena *a, room_handle room, room_said_reading *it);

/* What whoever has this position is told, one body a line, until the next call;
 * NULL: no position. `at` may be NULL. */
const char *room_said_after(arena *a, room_handle room, const room_id *cursor,
                            uint64_t history, room_log_position *at);

/* Whether this stands anywhere in the segment. */
bool room_said_holds(const arena *a, const char *text);

#endif
