/* archive_past.h - a room's row, its events, and what changes those that are
 * there already. Private to archive/: on the connection of whoever writes, in a
 * transaction of the caller.
 *
 * An event's row has a number `pos`, which counts in the room from
 * ARCHIVE_PAST_ROOM * the room's own on: so an index over all rooms finds those
 * of one room side by side.
 */
#ifndef CHATWS_ARCHIVE_PAST_H
#define CHATWS_ARCHIVE_PAST_H

#include "archive/archive_record.h"

#define ARCHIVE_PAST_ROOM (INT64_C(1) << 40)

/* What was overwritten or dropped. */
typedef enum {
    ARCHIVE_PAST_AS_IT_WAS,
    ARCHIVE_PAST_TEXT,    /* texts, */
    ARCHIVE_PAST_INDEXED  /* of which the index keeps pieces (archive_merge) */
} archive_past_change;

typedef struct {
    int64_t id; /* 0: there is none */
    room_id birth;
    room_id newest;
    room_id complete; /* everything after it is there, but what was cleared */
    int64_t keep_ms;  /* INT64_MAX: for ever */
    uint64_t realm;   /* room_search_realm; 0: not known */
    int64_t top;      /* the highest pos */
    int64_t indexed;  /* events up to this pos are in the index */
    room_state state;
} archive_past;

/* Reads the row of the room; its id is 0 when there is none. */
archive_status archive_past_read(archive_db *db, const void *key,
                                 size_t key_size, archive_past *past);

/* What a room begins with. */
typedef struct {
    room_id birth;
    room_id complete;
    int64_t keep_ms;
} archive_past_rules;

/* Makes the row, unless there is one, and reads it. */
archive_status archive_past_make(archive_db *db, const void *key,
                                 size_t key_size,
                                 const archive_past_rules *rules,
                                 archive_past *past);

/* The position from which on the past is told: later than `complete` when what
 * ChatArchiveKeep ends is still there. */
room_id archive_past_floor(const archive_past *past, int64_t wall_ms);

/* The position in front of this id. */
room_id archive_past_before(uint64_t ms, uint64_t n);

/* The position behind this one, which is none that a database cannot have. */
room_id archive_past_behind(const room_id *id);

/* Writes `past->complete`. */
archive_status archive_past_complete(archive_db *db, const archive_past *past);

/* Writes what moderators have set. */
archive_status archive_past_state(archive_db *db, const archive_past *past,
                                  const room_state *state);

/* Adds an event, unless it is there already; `past->top` counts. */
archive_status archive_past_add(archive_db *db, archive_past *past,
                                const archive_record *record);

/* Adds ARCHIVE_DIALECT_MANY of them at once. */
archive_status archive_past_add_many(archive_db *db, archive_past *past,
                                     const archive_record *records);

/* `gone`: what had this id is not there any more, being cleared or too old. */
archive_status archive_past_gone(archive_db *db, const archive_past *past,
                                 const room_id *id, bool *gone);

/* Does what the edit or deletion says to the message and to edits before it.
 * `change` becomes more when there was something to overwrite. */
archive_status archive_past_amend(archive_db *db, const archive_past *past,
                                  const archive_record *event,
                                  archive_past_change *change);

/* What the loss of the texts up to `pos` is. */
archive_past_change archive_past_loss(const archive_db *db,
                                      const archive_past *past, int64_t pos);

/* Writes a changed record over the row of the same id, also in the index.
 * `pos`: of the row. */
archive_status archive_past_put(archive_db *db, const archive_past *past,
                                const archive_record *record, int64_t pos);

/* Reads the row with this id, which may be damaged; `pos` 0: there is none. */
archive_status archive_past_get(archive_db *db, const archive_past *past,
                                const room_id *id, archive_record *record,
                                int64_t *pos);

/* Drops events below `before`, at most `most` of them, oldest first; `soon`:
 * somebody wants them gone, see archive_merge.h. `last`: the position in front
 * of what is left; `more`: there are still some to drop. */
archive_status archive_past_drop(archive_db *db, const archive_past *past,
                                 const room_id *before, int64_t most,
                                 bool soon, room_id *last, bool *more);

#endif
