/* room_import.h - a room is read in from the archive.
 *
 * A room of a segment with an archive that was made anew has to be read in
 * before anybody reads or writes in it: until then that answers ROOM_UNREAD.
 * Whoever may block asks the database and gives the answer here; many may do so
 * at once, and the first one's counts. Any thread.
 */
#ifndef CHATWS_ROOM_IMPORT_H
#define CHATWS_ROOM_IMPORT_H

#include "base/base_clock.h"
#include "room/log/room_log.h"
#include "room/log/room_state.h"
#include "room/segment/room_store.h"

/* One record, as room_archive_read has given it, or the relay. A message's body
 * is told as it was, with the endings of what was edited or deleted. */
typedef struct {
    room_log_kind kind;
    room_id id;
    uint64_t author;
    uint64_t ref;       /* room_log_record.ref; 0: none */
    int64_t stored_ms;  /* wall clock, of this host */
    const void *body;
    size_t size;
    size_t text_at;     /* room_log_record.text_at, .text_size */
    size_t text_size;
    bool edited;        /* a message: its text is that of an edit */
    bool deleted;       /* a message: it has no text */
    room_id target;     /* of an edit that has its text: the message's; from the
                           relay of a deletion, too */
} room_import_record;

/* A ref of the last ten minutes, of a record that may not be among those. */
typedef struct {
    room_log_kind kind;
    uint64_t author;
    uint64_t ref;
    room_id id;
    int64_t stored_ms;
} room_import_ref;

typedef struct {
    room_id birth;    /* room_archive_facts.birth */
    room_id newest;   /* the newest id that was ever archived, or the birth */
    room_id complete; /* after this position `records` has all */
    int64_t keep_ms;  /* the room_import_keep that the archive knows; from the
                         relay: how long it is archived, 0: not at all */
    room_id kept;     /* from the relay: the archive has everything up to
                         there */
    room_state state;
    const room_import_record *records; /* oldest first */
    size_t count;
    const room_import_ref *refs;
    size_t ref_count;
} room_import_room;

/* True when the room has to be read in. No lock. */
bool room_import_wanted(const room_store *store, room_handle room);

/* Reads it in; `what` NULL: the archive has no such room. ROOM_OK also when
 * somebody else was first. ROOM_GONE: open it again. ROOM_BUSY; ROOM_MOVED. A
 * process that is killed here leaves a room that has to be read in. */
room_status room_import_read(room_store *store, room_handle room,
                             const room_import_room *what,
                             base_clock_time now);

/* How long the room is archived (INT64_MAX: for ever); 0: not at all, and it
 * need not be read in. Whoever opens it says so; the last one counts. No
 * lock. */
void room_import_keep(room_store *store, room_handle room, int64_t keep_ms);

/* The archive has this room_import_keep of the room, committed. The writer's
 * thread. No lock. */
void room_import_kept(room_store *store, room_handle room, int64_t keep_ms);

/* What room_log_record.ref is for this ref: the same on every host and after
 * every start. Never 0. `size` is at most ROOM_REF_MAX. */
uint64_t room_import_ref_hash(const void *ref, size_t size);

#endif
