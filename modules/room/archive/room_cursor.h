/* room_cursor.h - up to where each room is in the archive, and what that keeps
 * from being let go. Private to room/.
 *
 * A segment without an archive has none of it: each call is one look at the
 * geometry then. Where hosts share the rooms the relay has all that a segment
 * has, and says what is in the archive (room_kept.h): nothing is lost here, and
 * nobody writes from here.
 */
#ifndef CHATWS_ROOM_CURSOR_H
#define CHATWS_ROOM_CURSOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "room/segment/room_store.h"

/* Of one room. */
typedef struct {
    _Alignas(64) _Atomic uint64_t upto; /* all records below this number are in
                                  the archive; 0: not even the room is */
    _Atomic int64_t behind_us; /* when the first that is not was stored */
    _Atomic int64_t keep_ms;   /* how long it is archived; 0: not at all */
    uint64_t read_seq; /* the writer's: what it has read up to, */
    int64_t read_us;   /* and `behind_us` when that is archived */
    _Atomic uint16_t unread;   /* 1: it has to be read in first */
    _Atomic uint16_t untold;   /* 1: `keep_ms` may be new to the archive */
    _Atomic uint32_t turn;     /* changes with `upto` */
    _Atomic uint32_t sleepers; /* threads that wait for it, or died then */
    _Atomic uint32_t refused;  /* what the database will not have: the end of
                                  the newest one's number, 16 bits, and a bit
                                  for each of the 16 up to it; 0: nothing */
    uint64_t since_ms; /* all that was said in it after this, by its ids, was
                          said in this room; its lock is held */
} room_cursor;

/* Of all; in the header. */
typedef struct {
    _Atomic uint32_t ready; /* 1: rooms may be opened */
    _Atomic uint32_t sanctions; /* the room_sanction_version that is there */
    _Atomic uint64_t commits;
    _Atomic uint64_t errors;
    _Atomic uint64_t lost;       /* records that never came there */
    _Atomic int64_t lost_told_us; /* when that was logged last */
    _Atomic int64_t ahead_ms; /* room_clock: by how much the wall clock is ahead
                                 of the monotonic one, */
    _Atomic int64_t even_us;  /* and since when; 0: it was not looked at */
    _Atomic uint64_t database; /* room_archive_follow */
    _Atomic uint32_t writes;   /* room_archive_figures_write */
} room_cursor_totals;

/* The room was made: nothing is known of it before it was read in. If there is
 * nothing to read in, all that a room of its key has said after `since_ms` will
 * have been said in this one. */
void room_cursor_begin(room_store *store, uint32_t room, uint64_t since_ms);

/* A segment takes over from an older one; `same`: it is of the same archive. */
void room_cursor_carry(const room_cursor_totals *old, room_cursor_totals *now,
                       bool same);

/* True while it has to be read in. */
bool room_cursor_unread(const room_store *store, uint32_t room);

/* Records with this number and above wait for the archive; UINT64_MAX: none
 * has to. */
uint64_t room_cursor_held(const room_store *store, uint32_t room);

/* True when the writer has something to do for it; no lock. */
bool room_cursor_calls(const room_store *store, uint32_t room);

/* True when what it has is in the archive, or will be; no lock. */
bool room_cursor_keeps(const room_store *store, uint32_t room);

/* Records from this number on are nowhere else: they are lost when they are let
 * go. */
uint64_t room_cursor_safe(const room_store *store, uint32_t room);

/* True when it has such records, as seen now; no lock. */
bool room_cursor_behind(const room_store *store, uint32_t room);

/* The record was stored at `mono_us`; the room's lock is held. */
void room_cursor_note(room_store *store, uint32_t room, uint64_t seq,
                      int64_t mono_us);

/* The archive has what is below `upto`, which is more than before. */
void room_cursor_move(room_cursor *cursor, uint64_t upto);

/* The database will not have this record as it is. */
void room_cursor_refuse(room_cursor *cursor, uint64_t seq);

/* Those with from <= number < to are let go: counts what waits, and logs it.
 * Returns how many there are. */
uint64_t room_cursor_lose(room_store *store, uint32_t room, uint64_t from,
                          uint64_t to);

#endif
