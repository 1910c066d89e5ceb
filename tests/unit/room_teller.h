/* room_teller.h - what a relay would tell of a room, for the tests of room/:
 * the room of another host, in a segment of its own, whose records are passed
 * on.
 */
#ifndef CHATWS_ROOM_TELLER_H
#define CHATWS_ROOM_TELLER_H

#include "room/relay/room_follow.h"
#include "room/relay/room_relay.h"
#include "room_rows.h"

#define TELLER_PAGES 60
#define TELLER_EPOCH 77
#define TELLER_RELAY 5

typedef struct {
    arena a;
    room_handle room;
    room_rows rows; /* what was told, or is to be read in */
    uint32_t databases;
} room_teller;

/* Its room keeps 20 messages. */
void room_teller_open(room_teller *t);
void room_teller_close(room_teller *t);

/* All that it has, as it is told now, is in `rows`. */
void room_teller_fetch(room_teller *t);

/* The room is read in with that. */
room_status room_teller_read_in(room_teller *t, arena *to, room_handle room);

/* Opens a room, which keeps 20 messages, and reads it in. */
room_handle room_teller_new(room_teller *t, arena *to, const char *key);

/* Passes on the records of `rows` above the room's newest, each of which comes
 * behind the one in front; expects ROOM_OK. Returns how many. */
unsigned room_teller_pass(room_teller *t, arena *to, room_handle room);

/* The same with the newest record alone, as soon as it was stored. */
room_status room_teller_live(room_teller *t, arena *to, room_handle room);

/* A message of that size, which nobody has stored anywhere. */
room_import_record room_teller_record(const char *body, size_t size,
                                      room_id id);

/* That host, and this one. */
typedef struct {
    room_teller there;
    arena here;
    room_handle room;
} room_teller_pair;

/* Without a room here, or with one that was read in. */
void room_teller_begin(room_teller_pair *s);
void room_teller_begin_read_in(room_teller_pair *s);

/* Nothing was damaged. */
void room_teller_end(room_teller_pair *s);

/* Ann says it there; it is told here, too. */
room_id room_teller_say(room_teller_pair *s, const char *text);
room_id room_teller_say_live(room_teller_pair *s, const char *text);

/* Both hosts tell the same of the room. */
void room_teller_compare(room_teller_pair *s);

/* Where somebody with this position goes on here. */
room_log_position room_teller_cursor(room_teller_pair *s, room_id cursor);

#endif
