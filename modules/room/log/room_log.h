/* room_log.h - a room's messages, in one order for everybody.
 *
 * Called by act/ and hub/, any thread. Bodies are bytes to this floor. A
 * message's sequence number counts from 1 without holes and is only good for
 * the handle it came with; its id is what clients see.
 *
 * The history (what a join or a cursor sees) is the newest keep_count messages
 * that were stored not longer than keep_age ago, by the monotonic clock: to set
 * the wall clock deletes nothing and keeps nothing longer. Behind it
 * up to 256 KB and 30 s of messages stay for the running streams, which read
 * them by sequence number.
 */
#ifndef CHATWS_ROOM_LOG_H
#define CHATWS_ROOM_LOG_H

#include "room/log/room_id.h"
#include "room/segment/room_store.h"

#define ROOM_REF_MAX 64             /* bytes of a ref */
#define ROOM_REF_US INT64_C(600000000) /* how long one is remembered */

/* What is stored is head, the text of the new id, tail; all three are copied.
 * `ref_size` 0: no ref. */
typedef struct {
    const void *head;
    size_t head_size;
    const void *tail;
    size_t tail_size;
    uint64_t user; /* a hash of the sender */
    const void *ref;
    size_t ref_size;
    uint16_t tag;    /* room_address_tag of the sender's address */
    int64_t wall_ms; /* base_clock_wall */
    int64_t mono_us; /* base_clock_mono */
} room_log_entry;

/* Where a client that joins or resumes starts to read. */
typedef struct {
    uint64_t seq;      /* read from here */
    uint64_t next_seq; /* what the next message will get */
    room_id cursor;    /* the position in front of `seq` */
    bool resumed;      /* a cursor was given and nothing is missing */
    bool gap;          /* a cursor was given and something may be missing */
} room_log_position;

/* A page of the history, for room_log_read. */
typedef struct {
    uint64_t from;  /* read from here */
    uint64_t to;    /* up to here, exclusive */
    bool more;      /* older ones are kept */
    room_id cursor; /* the position in front of all that is kept */
} room_log_page;

/* One stored message; ends with the visit. `place` is for room_log_copy. */
typedef struct {
    uint64_t seq;
    room_id id;
    int64_t stored_us; /* base_clock_mono */
    size_t size;       /* bytes of the body */
    const room_store *store;
    struct {
        uint32_t room;
        uint32_t page;
        uint32_t offset;
    } place;
} room_log_record;

/* Where a reader is: the number of the message that it wants next and, as a
 * hint, where that lies. {seq, 0, 0} has no hint. A hint that is not right
 * (any more) is noticed and costs a search, so that the cursor may be kept for
 * as long as its owner likes, but only with the handle that it was used for. */
typedef struct {
    uint64_t seq;
    uint32_t page;
    uint32_t offset;
} room_log_cursor;

/* Called under the room's lock: copy and return. False stops in front of this
 * record, as if it had not been visited. */
typedef bool room_log_visit(void *context, const room_log_record *record);

typedef struct {
    uint64_t kept;      /* messages of the history */
    uint64_t bytes;     /* of all bodies that are physically there */
    uint64_t pages;
    uint64_t first_seq; /* the oldest that is physically there */
    uint64_t next_seq;
    room_id newest;     /* its birth when nothing was ever said */
    room_id complete;   /* everything after this position is kept */
} room_log_state;

/* Stores a message; it is there for every process when this returns. Nobody
 * is woken: see room_log_wake_readers. `id` and `seq` are its own, or with
 * ROOM_REPEATED (same user, room and ref within ten minutes; nothing stored)
 * the first one's id and 0. ROOM_GONE, ROOM_BUSY, ROOM_TOO_BIG; ROOM_MOVED:
 * nothing is stored here any more, and nothing was stored. It never fails for
 * lack of memory: the oldest messages give way. */
room_status room_log_append(room_store *store, room_handle handle,
                            const room_log_entry *entry, room_id *id,
                            uint64_t *seq);

/* Appends the body of a record of another segment to a room of one that nobody
 * else uses yet; its id comes after every id of the room. For room_move.
 * ROOM_GONE, ROOM_BUSY, ROOM_TOO_BIG. */
room_status room_log_append_moved(room_store *store, room_handle handle,
                                  const void *body,
                                  const room_log_record *from, int64_t mono_us);

/* Finds where to start. `after` NULL: no cursor, and the newest `history`
 * messages are wanted (UINT64_MAX: all that are kept). With a cursor `history`
 * is ignored: a cursor from the complete position up to the newest id
 * is exact, also between two ids; any other is a gap, and everything kept
 * follows. ROOM_GONE, ROOM_BUSY. */
room_status room_log_seek(room_store *store, room_handle handle,
                          const room_id *after, uint64_t history,
                          int64_t mono_us, room_log_position *out);

/* Finds the newest `limit` messages of the history whose ids are below
 * `before`. ROOM_GONE, ROOM_BUSY. */
room_status room_log_seek_page(room_store *store, room_handle handle,
                               const room_id *before, uint64_t limit,
                               int64_t mono_us, room_log_page *out);

/* Visits what is there with from <= seq < to, in order, while the bodies sum
 * up to at most `max_bytes` (but at least one). `next` is where to go on: one
 * behind the last visited; `from` when the visitor stopped at the first; when
 * there was nothing, the smaller of `to` and the next message's number, but
 * not less than `from`. If `from` is no longer there it starts at the oldest:
 * the visitor sees the jump. ROOM_GONE, ROOM_BUSY (`next` is then `from`). */
room_status room_log_read(room_store *store, room_handle handle,
                          uint64_t from, uint64_t to, size_t max_bytes,
                          room_log_visit *visit, void *context,
                          uint64_t *next);

/* The same from the cursor on, which moves along: its `seq` is `from` and then
 * `next`. With its hint the time does not grow with what is kept. */
room_status room_log_read_on(room_store *store, room_handle handle,
                             room_log_cursor *cursor, uint64_t to,
                             size_t max_bytes, room_log_visit *visit,
                             void *context);

/* Copies the record's `size` bytes; only during its visit. */
void room_log_copy(const room_log_record *record, void *into);

/* What the next message will get, without a lock; UINT64_MAX when the room is
 * gone. */
uint64_t room_log_next(const room_store *store, room_handle handle);

/* ROOM_GONE, ROOM_BUSY. */
room_status room_log_info(room_store *store, room_handle handle,
                          int64_t mono_us, room_log_state *out);

/* Wakes every child that has readers in the room (room_slot_watch), but not
 * `except_slot` (-1: none). Call it after each append, or once after several
 * to one room. */
void room_log_wake_readers(room_store *store, room_handle handle,
                           int except_slot);

#endif
