/* hub_room.h - a room as one child sees it: its members here, and the window.
 *
 * Private to modules/hub; loop thread only. The window is the end of the
 * room's stream of frames, byte for byte as every member here is sent it. The
 * messages of one turn are copied from the segment once (pump) and then
 * written to each member with one send. A position counts bytes since the room
 * was first opened here. The window is let go as soon as nobody is behind; a
 * member that falls off its start goes on from the segment's log (a backlog).
 */
#ifndef CHATWS_HUB_ROOM_H
#define CHATWS_HUB_ROOM_H

#include "base/base_bytes.h"
#include "hub/hub_client.h"
#include "hub/hub_presence.h"
#include "room/room_id.h"
#include "room/room_table.h"

/* When the window is longer than this, its older half is given up. */
#define HUB_WINDOW_MOST (512 * 1024)

/* One frame of the window: a message, or a gap. */
typedef struct {
    uint64_t end; /* position behind it */
    uint64_t seq; /* of the message; of a gap's last missing one */
    room_id id;   /* of the message; of the one in front of a gap */
} hub_frame;

struct hub_room {
    hub *hub;
    room_handle handle;
    hub_room *next; /* in hub->rooms */
    hub_room *prev;
    hub_room *next_to_pump;
    hub_seat *seats;
    size_t seat_count;
    size_t behind;      /* seats that have not got all of the window */
    base_bytes window;
    uint64_t start;     /* position of the window's first byte */
    room_id start_id;   /* of the message in front of it */
    base_bytes frames;  /* of hub_frame, one for each frame of the window */
    uint64_t next_seq;  /* first message that was not pumped */
    room_id last_id;    /* newest that was */
    bool hole;          /* what was in front of next_seq had been evicted */
    bool marked;
    hub_presence presence;
    size_t key_size;
    char key[];
};

/* Looks the room up or makes it; NULL with *error set (CHAT_ROOMS_FULL). */
hub_room *hub_room_enter(hub *core, const hub_room_key *key,
                         const hub_settings *settings, chat_error *error);

/* Gives a client a seat. It gets no byte of the stream before its backlog,
 * which it needs to have, is read. */
void hub_room_seat(hub_room *room, hub_client *client);

/* Takes the seat away. */
void hub_room_leave(hub_client *client);

/* The position behind the window. */
uint64_t hub_room_end(const hub_room *room);

/* Has the room pumped in this turn. */
void hub_room_mark(hub_room *room);

/* Copies what is new from the segment to the window. */
void hub_room_pump(hub_room *room);

/* Pumps, and writes to every member whose socket is not full. */
void hub_room_deliver(hub_room *room);

/* Tells whether a seat has all of the window; the last one to get there lets
 * the window go. */
void hub_room_note(hub_seat *seat);

/* A seat that has less of the stream than up to `start` goes on from the log;
 * what is left of a frame that it has begun stays with it. */
void hub_room_fall_off(hub_seat *seat, uint64_t start);

/* Marks the room with this index in the segment, if it is one of ours. */
void hub_room_mark_index(void *core, uint32_t index);

/* Marks every room that has something new, whatever the wake-ups said, tells
 * who came and went, and lets rooms without members go. */
void hub_room_sweep(hub *core);

/* Frees all rooms; nobody has a seat. */
void hub_room_free_all(hub *core);

#endif
