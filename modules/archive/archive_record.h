/* archive_record.h - one event as it is in a row, and what amendments make of
 * it. Private to archive/. Pure but for the clock of archive_record_take.
 *
 * A body is an object of JSON that this server has written. A message and an
 * edit have a text in it, quoted, at `text_at`; what becomes of it looks as
 * room/ tells it.
 */
#ifndef CHATWS_ARCHIVE_RECORD_H
#define CHATWS_ARCHIVE_RECORD_H

#include "archive/archive_db.h"
#include "base/base_bytes.h"
#include "base/base_clock.h"
#include "room/archive/room_import.h"
#include "room/log/room_log.h"

typedef enum {
    ARCHIVE_PLAIN,
    ARCHIVE_EDITED, /* a message with the text of an edit */
    ARCHIVE_DELETED /* a message without its text */
} archive_state;

/* Numbers are as the database has them. */
typedef struct {
    int64_t ms;
    int64_t n;
    int64_t kind; /* a room_log_kind */
    int64_t author;
    int64_t ref;
    int64_t stored; /* wall clock, milliseconds */
    int64_t state;  /* an archive_state */
    int64_t text_at;
    int64_t text_size; /* 0: it has none */
    bool damaged;      /* somebody else has written the row, or a disk */
    base_bytes body;   /* with a NUL, which is not counted */
    base_bytes folded; /* likewise: what searches look through */
} archive_record;

#define ARCHIVE_RECORD_INIT { .ms = 0 }

void archive_record_free(archive_record *record);

/* Copies a record of the segment during its visit. */
void archive_record_take(archive_record *record, const room_log_record *from,
                         base_clock_time now);

/* Copies a record as the relay has it. */
void archive_record_import(archive_record *record,
                           const room_import_record *from);

/* Reads the columns that begin a row of this room (chatws_rooms.id): "ms, n,
 * kind, ...", with body. False: it is damaged, and nobody is to be told of it;
 * that is counted, and logged once a minute. */
bool archive_record_read(archive_record *record, archive_db *db, int64_t room);

/* The hash of a message's ref, which stands behind its text; 0: it has none. */
int64_t archive_record_ref(const archive_record *record);

/* Makes `folded` out of the text. */
void archive_record_fold(archive_record *record);

/* The message that a deletion or an edit is about. False: it names none. */
bool archive_record_target(const archive_record *record, room_id *target);

/* A message gets the text of an edit. False: it stays as it is, being deleted
 * or no message. Of a damaged one nothing is left. */
bool archive_record_edit(archive_record *message, const archive_record *edit);

/* Takes the text out of a message or of an edit. False: it had none. Of a
 * damaged one nothing is left. */
bool archive_record_blank(archive_record *record);

/* Takes everything out that tells whose it is: text, person, ref, author. Of a
 * message only its id stays. */
void archive_record_erase(archive_record *record);

#endif
