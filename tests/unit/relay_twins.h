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
    int64_t age_ms; /* how long; at first for ever */
} twin;

/* So many of them; their readers are connected when this returns. */
void twins_begin(twin *twins, size_t count, uint32_t keep);
void twins_end(twin *twins, size_t count);

/* One without `r`, whose reader has other settings. */
void twin_begin_without(twin *t, uint32_t keep, const relay_settings *settings);

/* The number of a room is its name. It is read in, and made by the first. */
room_handle twin_open(twin *t, unsigned room);

/* Stores a message, again while Redis is away or has lost the room, and answers
 * its id. It need not have come by. */
room_id twin_say(twin *t, unsigned room, const char *text);

/* Once, whatever comes of it. */
room_status twin_store(twin *t, unsigned room, const room_log_entry *entry,
                       const room_log_target *target, room_id *id);

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
