/* act_start.h - where somebody begins to read a room.
 *
 * Made by httpd from a request; used by act for a page and by hub for a client
 * that enters; any thread.
 */
#ifndef CHATWS_ACT_START_H
#define CHATWS_ACT_START_H

#include <stdbool.h>
#include <stdint.h>

#include "room/log/room_log.h"

typedef struct {
    bool given;       /* a cursor came with the request */
    bool unusable;    /* it was malformed where that counts as too old */
    bool archived;    /* the segment lacks something behind the cursor, and the
                         archive has all of it */
    room_id after;    /* the cursor */
    uint64_t history; /* without a cursor: at most so many; UINT64_MAX: all */
} act_start;

/* Finds the place in the room's log. As room_log_seek; what was unusable is a
 * gap, and everything kept follows. */
room_status act_start_seek(room_store *store, room_handle room,
                           const act_start *start, room_log_position *at);

#endif
