/* room_log.h - a room's messages, in one order for everybody.
 *
 * Called by act/ and hub/, any thread. Bodies are bytes to this floor, but for
 * where the text is in them. A record's sequence number counts from 1 without
 * holes and is only good for the handle it came with; its id is what clients
 * see.
 *
 * Most records are messages. The others are events that change what came
 * before: an edit, a deletion. They have their place in the same order, and
 * take the old text out of the segment. A message is then told in its outcome:
 * whoever reads need not know what was done to it.
 *
 * The history (what a join or a cursor sees) is the newest keep_count messages
 * that were stored not longer than keep_age ago, by the monotonic clock: to set
 * the wall clock deletes nothing and keeps nothing longer; and the events
 * behind the oldest of them, 2 * keep_count + ROOM_LOG_EVENTS records in all:
 * beyond that each event costs the oldest one, of either kind.
 * Behind the history up to 256 KB and 30 s of records stay for the running
 * streams, which read them by sequence number.
 */
#ifndef CHATWS_ROOM_LOG_H
#define CHATWS_ROOM_LOG_H

#include "room/log/room_id.h"
#include "room/log/room_state.h"
#include "room/segment/room_store.h"

#define ROOM_REF_MAX 64             /* bytes of a ref */
#define ROOM_REF_US INT64_C(600000000) /* how long one is remembered */

#define ROOM_LOG_EVENTS 100         /* see above */

typedef enum {
    ROOM_LOG_MESSAGE,
    ROOM_LOG_DELETED, /* a message, and what edits it had */
    ROOM_LOG_EDITED,
    ROOM_LOG_CLEARED, /* all that came before, also what only streams had */
    ROOM_LOG_STATE    /* the room's room_state is another one */
} room_log_kind;

/* What is stored is head, the text of the new id, tail; all three are copied.
 * `ref_size` 0: no ref. A message, and an edit, has its text in the tail as a
 * quoted JSON string: `text_size` bytes from `text_at` on, which is below
 * 60,000 with the head; that of an edit is the last member of its object, and
 * the id of what it changes stands quoted in front of it. */
typedef struct {
    room_log_kind kind;
    size_t text_at;
    size_t text_size;
    const void *head;
    size_t head_size;
    const void *tail;
    size_t tail_size;
    uint64_t user; /* a hash of the sender: its author */
    int64_t *wait_us; /* a message: not if the room is locked or slow; where it
                         is told how long it has to wait. NULL: whatever the
                         room's state says */
    const void *ref;
    size_t ref_size;
    uint16_t tag;    /* room_address_tag of the sender's address */
    int64_t wall_ms; /* base_clock_wall */
    int64_t mono_us; /* base_clock_mono */
} room_log_entry;

/* What an event changes. DELETED, EDITED: `id`, `author`, `not_before_ms`;
 * STATE: `was`, `now`. */
typedef struct {
    room_id id;             /* the message's */
    uint64_t author;        /* who must have written it; 0: anybody */
    int64_t not_before_ms;  /* with an author: an earlier id is too old */
    bool erase;             /* DELETED: whose it was goes, too, and its ref */
    bool known;             /* the archive has it and the author may: it is
                               changed though it is not here; */
    room_id upto;           /* the archive had all up to there when it was
                               asked. For a relay: what has come since is
                               looked at once more */
    const room_state *was;
    const room_state *now;
} room_log_target;

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

/* One stored record; ends with the visit. `place` is for room_log_copy. */
typedef struct {
    uint64_t seq;
    uint64_t since;    /* whoever wants this number, or one up to `seq`, misses
                          nothing: below `seq` when the room was cleared */
    room_id id;
    int64_t stored_us; /* base_clock_mono */
    size_t size;       /* bytes of the body, as it is told now */
    uint64_t author;
    room_log_kind kind;
    bool deleted;      /* a message without its text */
    bool edited;       /* a message with the text of an edit */
    uint64_t ref;      /* a hash of its ref; 0: none, or (of a message that was
                          changed) it is not known any more */
    uint32_t text_at;  /* where in what is told the quoted text is, of a
                          message, and of an edit that has one; else 0 and 0 */
    uint32_t text_size;
    const room_store *store;
    struct {
        uint32_t room;
        uint32_t page;
        uint32_t offset;
        uint32_t size;      /* as it is stored */
        uint32_t outcome;   /* unless it is 0, this text is not told: */
        uint32_t text_at;
        uint32_t text_size;
        uint32_t new_page;  /* but these bytes instead: */
        uint32_t new_offset;
        uint32_t new_size;
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
    uint64_t first_seq; /* the oldest that is physically there, or was there
                           when the room was cleared */
    uint64_t next_seq;
    room_id newest;     /* its birth when nothing was ever said */
    room_id complete;   /* everything after this position is kept */
} room_log_state;

/* Stores a message; it is there for every process when this returns. Nobody
 * is woken: see room_log_wake_readers. `id` and `seq` are its own, or with
 * ROOM_REPEATED (same user, room and ref within ten minutes; nothing stored)
 * the first one's id and 0. ROOM_GONE, ROOM_BUSY, ROOM_TOO_BIG; ROOM_LOCKED,
 * ROOM_SLOW: see `wait_us`; ROOM_MOVED: nothing is stored here any more, and
 * nothing was stored; ROOM_UNREAD: as anything that tells positions, see
 * room_import.h and room_relay.h. With a relay (room_relay_on) always
 * ROOM_BUSY: it gives the ids. It never fails for lack of memory: the oldest
 * messages give way. */
room_status room_log_append(room_store *store, room_handle handle,
                            const room_log_entry *entry, room_id *id,
                            uint64_t *seq);

/* Stores an event, as room_log_append does, that changes what came before. The
 * texts that it replaces are overwritten in the segment when this returns, also
 * that of an earlier edit, and if this process is killed, before anybody reads
 * the room again. Nothing is stored with any of these:
 * ROOM_ABSENT: there is no such message (any more). Without an author a message
 *   that the room may have had is deleted all the same, and so is, or edited,
 *   what is `known`, unless the room was cleared since.
 * ROOM_DENIED: it is not the author's. ROOM_LATE: it is, but too old.
 * ROOM_SAME: it is as it shall be: deleted, with that text, nothing to clear,
 *   that state.
 * ROOM_STALE: the state is not `was` any more. */
room_status room_log_amend(room_store *store, room_handle handle,
                           const room_log_entry *event,
                           const room_log_target *target, room_id *id,
                           uint64_t *seq);

/* Takes the text, and whose it was, out of one record, of which no event tells:
 * what was deleted before, or the record of an event. Author and ref are 0
 * then. ROOM_ABSENT: it is not there, or names nobody. ROOM_GONE, ROOM_BUSY,
 * ROOM_UNREAD. */
room_status room_log_erase(room_store *store, room_handle handle,
                           uint64_t seq);

/* Forgets when the user has spoken, in a slow room. */
void room_log_forget(room_store *store, room_handle handle, uint64_t user);

/* Finds where to start. `after` NULL: no cursor, and the newest `history`
 * messages are wanted, with the events between them (UINT64_MAX: all that are
 * kept). With a cursor `history`
 * is ignored: a cursor from the complete position up to the newest id
 * is exact, also between two ids; any other is a gap, and everything kept
 * follows. ROOM_GONE, ROOM_BUSY. */
room_status room_log_seek(room_store *store, room_handle handle,
                          const room_id *after, uint64_t history,
                          int64_t mono_us, room_log_position *out);

/* Finds the newest `limit` messages of the history whose ids are below
 * `before`; there may be events between them. ROOM_GONE, ROOM_BUSY. */
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

/* Wakes every child that has readers in the room (room_slot_watch), and the
 * archive's writer. Call it after each append, or once after several to one
 * room. Not `except_slot` (-1: none): that is the caller's child, which
 * delivers by itself, and calls the writer after that (room_slot_call_writer),
 * so that it is not in the way of the readers. */
void room_log_wake_readers(room_store *store, room_handle handle,
                           int except_slot);

#endif
