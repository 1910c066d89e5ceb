/* archive_refusal.h - what the database will not have, for a constraint or a
 * trigger of its owner's: one message is not to keep all others waiting.
 * Private to archive/: the writer's thread, in a transaction that is judged.
 *
 * A batch in which something was refused is written once more, with a savepoint
 * at each record. In the place of one that is refused again comes the same
 * without its text, and at last without whose it is. If that is taken, the
 * database takes others, and it was this one.
 */
#ifndef CHATWS_ARCHIVE_REFUSAL_H
#define CHATWS_ARCHIVE_REFUSAL_H

#include "archive/archive_record.h"

/* A point to go back to, going back to it, and forgetting it. One at a time. */
archive_status archive_refusal_save(archive_db *db);
archive_status archive_refusal_undo(archive_db *db);
archive_status archive_refusal_keep(archive_db *db);

/* How much was taken from a record. */
typedef enum {
    ARCHIVE_WHOLE,
    ARCHIVE_BLANK,   /* its text */
    ARCHIVE_NOBODYS, /* and whose it is; of a room's state all of it */
    ARCHIVE_NOTHING  /* no more can be taken */
} archive_refusal_degree;

/* Takes more of it than was taken before. */
archive_refusal_degree archive_refusal_reduce(archive_record *record,
                                              archive_refusal_degree before);

/* The room that it is about, as it is in the segment. */
typedef struct {
    const char *key;
    size_t key_size;
} archive_refusal_room;

/* Logs, once a minute, that this record is refused; before anything is taken
 * from it. Nothing of its text is told. */
void archive_refusal_tell(const archive_db *db,
                          const archive_refusal_room *room,
                          const archive_record *record);

/* The same of the room's row, or of anything in the room. */
void archive_refusal_tell_room(const archive_db *db,
                               const archive_refusal_room *room);

/* The same of a sanction's names and reason. */
void archive_refusal_tell_sanction(void);

#endif
