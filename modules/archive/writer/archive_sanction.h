/* archive_sanction.h - who may not speak or enter, in the database. Private to
 * archive/: the writer's thread.
 *
 * The segment's table is what counts; the database gets what is different since
 * it was looked at last. A kick is over before anybody could come back from the
 * database, so it is not written.
 */
#ifndef CHATWS_ARCHIVE_SANCTION_H
#define CHATWS_ARCHIVE_SANCTION_H

#include "archive/archive_db.h"
#include "base/base_bytes.h"
#include "room/segment/room_store.h"

/* What the database has, as far as we know. All zero at first. */
typedef struct {
    bool known;       /* the rest is right */
    uint32_t version; /* room_sanction_version that was written */
    base_bytes list;  /* by their keys, */
    size_t sorted;    /* so many of them; others were added since */
    bool careful;     /* the caller's: something was refused */
} archive_sanction_list;

void archive_sanction_free(archive_sanction_list *list);

/* Puts all that hold into the store, before the first room is opened. */
archive_status archive_sanction_load(archive_db *db, room_store *store);

/* True when the store may have others than the database; a closed one is not
 * asked any more: they are in another one. */
bool archive_sanction_due(const archive_sanction_list *list,
                          const room_store *store);

/* Brings the database up to the store, in a transaction of the caller;
 * `version`: what is to be told when it is committed. Without a commit set
 * `known` to false. */
archive_status archive_sanction_write(archive_sanction_list *list,
                                      archive_db *db, room_store *store,
                                      uint32_t *version);

#endif
