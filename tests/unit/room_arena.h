/* room_arena.h - a small segment for the tests of room/, in memory that forked
 * processes share. */
#ifndef CHATWS_ROOM_ARENA_H
#define CHATWS_ROOM_ARENA_H

#include "base/base_clock.h"
#include "room/log/room_log.h"
#include "room/segment/room_store.h"
#include "room/table/room_table.h"

#define ARENA_NOW INT64_C(1795321234567) /* a wall clock */
/* The monotonic clock of a moment: it has run for three years at ARENA_NOW. */
#define ARENA_UPTIME INT64_C(100000000000)
#define ARENA_MONO(wall_ms) \
    (((int64_t)(wall_ms) - ARENA_NOW + ARENA_UPTIME) * 1000)
#define ARENA_FOREVER INT64_MAX

typedef struct {
    void *memory;
    size_t size;
    room_store *store;
} arena;

/* What arena_read found. */
typedef struct {
    uint64_t count;
    uint64_t first; /* seq */
    uint64_t next;
    char text[8192]; /* the last body */
    size_t size;     /* its size; at most 8,191 bytes are in `text` */
    room_id id;      /* the last id */
} arena_seen;

/* Makes a segment with exactly `pages` pages for `rooms` rooms and 70 slots.
 * Fails the test when it cannot. */
void arena_open(arena *a, uint32_t pages, uint32_t rooms);

/* The same, to move to it what is in `after`. */
void arena_open_after(arena *a, uint32_t pages, uint32_t rooms,
                      const room_store *after);

/* The same with an archive; `after` may be NULL. */
void arena_open_archive(arena *a, uint32_t pages, uint32_t rooms,
                        const room_store *after);

/* The same with a relay of this name. */
void arena_open_relay(arena *a, uint32_t pages, uint32_t rooms, uint32_t relay,
                      const room_store *after);

/* The same with this archive, too. */
void arena_open_shared(arena *a, uint32_t pages, uint32_t relay,
                       uint32_t archive, const room_store *after);

void arena_close(arena *a);

/* Fails the test unless room_check is content. */
void arena_check(arena *a);

/* Opens the room `key`, which keeps `keep` messages of any age. */
room_handle arena_room(arena *a, const char *key, uint32_t keep);

/* Both clocks when the wall clock, which nobody sets, says this. */
base_clock_time arena_at(int64_t wall_ms);

/* Appends "<text>" + id at `wall_ms` and expects ROOM_OK. */
room_id arena_say(arena *a, room_handle room, const char *text,
                  int64_t wall_ms);

/* Appends `size` bytes (without the id) and returns the status. */
room_status arena_fill(arena *a, room_handle room, size_t size,
                       int64_t wall_ms);

/* Reads everything from `from` on. */
void arena_read(arena *a, room_handle room, uint64_t from, arena_seen *seen);

/* One connection less, which was no moderator's: room_member_leave. */
room_status arena_member_goes(room_store *store, room_handle room, int slot,
                              uint64_t user, int64_t until_us, bool *gone);

#endif
