/* archive_deed.h - one event is written, and what it does to the room is done.
 * Private to archive/: the writer's thread, in a transaction of the caller.
 */
#ifndef CHATWS_ARCHIVE_DEED_H
#define CHATWS_ARCHIVE_DEED_H

#include "archive/archive_past.h"
#include "archive/writer/archive_refusal.h"

/* Of one room. */
typedef struct {
    archive_db *db;
    const room_state *state;    /* what moderators have set */
    bool told;                  /* by the relay: see archive_deed_again */
    archive_past_change change; /* the most that was changed */
    uint64_t rows;              /* are counted here, as of a batch */
} archive_deed;

/* True for what was written before, with all that it changes: the relay has it
 * once more, or has gone back. */
bool archive_deed_again(const archive_deed *it, const archive_past *past,
                        const archive_record *record);

/* `degree`: what was taken from it. `more`: nothing was written, there is so
 * much to drop before that the rest has to wait for another transaction. */
archive_status archive_deed_write(archive_deed *it, archive_past *past,
                                  archive_record *record,
                                  archive_refusal_degree degree, bool *more);

#endif
