/* relay_twins.h - hosts that are one chat through the test's redis_server: each
 * has a segment, a process with the reader, and this process, which opens rooms
 * and stores in them, and whose own reader stands by. */
#ifndef CHATWS_RELAY_TWINS_H
#define CHATWS_RELAY_TWINS_H

#include <sys/types.h>

#include "relay/relay.h"
#include "relay/relay_room.h"

#define TWINS_ROOMS 64

typedef struct {
    void *memory;
    size_t size;
    room_store *store;
    relay *r;
    pid_t reader;
    uint32_t keep;
} twin;

/* So many of them; their readers are connected when this returns. */
void twins_begin(twin *twins, size_t count, uint32_t keep);
void twins_end(twin *twins, size_t count);

/* The number of a room is its name. It is read in, and made by the first. */
room_handle twin_open(twin *t, unsigned room);

/* Stores a message, again while Redis is away or has lost the room, and answers
 * its id. It need not have come by. */
room_id twin_say(twin *t, unsigned room, const char *text);

/* What is done to a message, or to the room; waits until it has come by. */
void twin_delete(twin *t, unsigned room, const room_id *id);
void twin_edit(twin *t, unsigned room, const room_id *id, const char *text);
void twin_clear(twin *t, unsigned room);
void twin_set_topic(twin *t, unsigned room, const char *topic);

/* Waits until the room has it. */
void twin_wait(twin *t, unsigned room, const room_id *id);

/* All that the room has: a line "ID BODY" for each record. */
void twin_read(twin *t, unsigned room, base_bytes *out);

/* Waits until both have the same in the room, and fails if they never do. */
void twins_agree(twin *left, twin *right, unsigned room);

/* True when a reader who has seen everything up to this id misses nothing. */
bool twin_exact(twin *t, unsigned room, const room_id *id);

relay_figures twin_figures(const twin *t);

/* Waits until it is, and has caught up. */
void twin_connected(const twin *t);

/* The reader's process dies, and this one takes over. */
void twin_kill_reader(twin *t);

/* Until `met` is true; fails the test after 20 s. */
void twins_until(bool (*met)(void *context), void *context, const char *what);

#endif
