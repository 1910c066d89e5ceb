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

/* Whether this stands anywhere in the segment. */
bool room_said_holds(const arena *a, const char *text);

#endif
