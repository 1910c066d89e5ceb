/* room_archive.h - the rooms as the archive's writer sees them.
 *
 * Where hosts share the rooms (room_relay.h) the writer reads from the relay
 * (room_source.h), and the cursors follow what that tells (room_follow_kept):
 * of what is below only election, waking and beginning are used.
 *
 * In a segment made with room_store_options.archive each room has a cursor: all
 * its records below that number are in the archive. One thread of one child is
 * the writer; it looks at the rooms that have something for it, reads what
 * comes after the cursor, and moves that on when the database has it. A crash
 * needs no repair: the next writer goes on from the cursors, and may write once
 * more what the last one has written.
 *
 * What is not in the archive yet is not let go unless memory forces it; then it
 * is counted, and the next read shows the jump.
 */
#ifndef CHATWS_ROOM_ARCHIVE_H
#define CHATWS_ROOM_ARCHIVE_H

#include "base/base_clock.h"
#include "room/log/room_log.h"
#include "room/log/room_state.h"
#include "room/segment/room_store.h"
#include "room/table/room_table.h"

/* What the writer has to know of a room besides its records. */
typedef struct {
    char key[ROOM_KEY_MAX];
    size_t key_size;
    room_id birth;    /* what its first cursor was */
    room_id complete; /* positions from here on are exact in a fresh room: some
                         were told before its birth */
    room_id newest;   /* the last id given, or the birth */
    room_state state; /* may be of a record that comes after those read */
    int64_t keep_ms;  /* ChatArchiveKeep; INT64_MAX: for ever */
    uint64_t realm;   /* room_search_realm */
    bool fresh;       /* the archive may not know the room yet, or not this
                         keep_ms (room_import_kept) */
    uint64_t from;    /* read from here: the cursor */
    uint64_t next;    /* up to here there is something */
} room_archive_facts;

/* Gets a room that has something new. */
typedef void room_archive_visit(void *context, room_handle room);

/* The calling thread becomes the writer, if there is none or its thread has
 * ended; it must stay until it resigns. All rooms are marked then. False: there
 * is one, there is no archive, or the segment is closed. Cheap. */
bool room_archive_elect(room_store *store);

/* The thread that was elected is the writer no more. */
void room_archive_resign(room_store *store);

/* The descriptor that is readable when a room was marked; -1: no archive. */
int room_archive_fd(const room_store *store);

/* Empties the descriptor and visits each marked room that has something for
 * the archive, whose marks are gone then. None of a closed segment
 * (room_store_closed): what it has went to another one. The writer's thread,
 * when the descriptor is readable and also about once a second. */
void room_archive_take(room_store *store, room_archive_visit *visit,
                       void *context);

/* Marks it again: for what could not be written, or was not read to its end.
 * Wakes the writer. */
void room_archive_mark(room_store *store, room_handle room);

/* ROOM_GONE; ROOM_BUSY: mark it again; ROOM_ABSENT: it is not to be
 * archived. */
room_status room_archive_look(room_store *store, room_handle room,
                              room_archive_facts *out);

/* Visits records as room_log_read does, as they are told now. When
 * record.since is above the number that was asked for, what is in between was
 * lost: a position in front of this record is not exact. The writer's
 * thread. */
room_status room_archive_read(room_store *store, room_handle room,
                              uint64_t from, size_t max_bytes,
                              room_log_visit *visit, void *context,
                              uint64_t *next);

/* All below `upto` is in the archive (1 at least: the room is), and committed
 * there. Wakes whoever waits for that. */
void room_archive_done(room_store *store, room_handle room, uint64_t upto);

/* The database will never have this record as it is; counts it as lost. Before
 * the room_archive_done that tells of it. The writer's thread. */
void room_archive_refuse(room_store *store, room_handle room, uint64_t seq);

/* The sanctions of this room_sanction_version are in the archive, committed.
 * Wakes whoever waits for that. */
void room_archive_done_sanctions(room_store *store, uint32_t version);

/* The archive is this database; the number tells it from others. If it is
 * another one than before, it may have nothing of what the cursors say: they
 * begin anew, and all that the rooms still have is written. False: a room was
 * busy; call it again, before anything is written. */
bool room_archive_follow(room_store *store, uint64_t database);

/* So many commits, and so many of them that failed. */
void room_archive_count(room_store *store, uint64_t commits, uint64_t errors);

/* The archive's secret (room_store_secret) and sanctions have been put in: from
 * now on rooms may be opened. `secret` NULL: the archive has none, it is to
 * take that of the segment. Later calls change nothing; nor does a secret of
 * the archive when the relay has told one already (room_relay_ready). */
void room_archive_begin(room_store *store, const base_hash_key *secret);

/* True after that, and without an archive; where hosts share the rooms also
 * when the relay has told the secret (room_relay_ready): it has the sanctions,
 * too. */
bool room_archive_ready(const room_store *store);

/* True after room_archive_begin. */
bool room_archive_asked(const room_store *store);

#endif
