/* archive_erasing.h - how far somebody has been taken out of the archive, as a
 * text, too; and one step of that. archive_erase.h says what is done.
 */
#ifndef CHATWS_ARCHIVE_ERASING_H
#define CHATWS_ARCHIVE_ERASING_H

#include "archive/archive.h"
#include "room/log/room_id.h"

/* Where it is. `user` is the caller's (the hash that act_identity gives), the
 * rest is zero at first. */
typedef struct {
    uint64_t user;
    uint64_t realm;  /* the caller's: whose rooms' messages are deleted; 0: the
                        user is erased */
    uint64_t upto_ms; /* likewise: what has a later id stays; 0: none is */
    int64_t room;    /* the one that is looked through; 0: none */
    room_id at;      /* up to here */
    uint64_t looked; /* events that were looked at so far, about */
    uint64_t erased;
    int merging;     /* behind the last room: steps in which the index of words
                        is written anew */
    bool done;       /* all of it, and the texts are nowhere in the files */
} archive_erasing;

/* A step by whoever writes the archive, and has the row of `lock`. */
struct archive_db;
struct archive_lock;
archive_status archive_erasing_step(struct archive_db *db,
                                    const struct archive_lock *lock,
                                    archive_erasing *it);

/* Where hosts share the rooms, whoever writes the archive is asked for it by
 * such a text (room_source.job). False: it is none. */
#define ARCHIVE_ERASING_TEXT 220
void archive_erasing_write(const archive_erasing *it,
                           char text[ARCHIVE_ERASING_TEXT]);
bool archive_erasing_read(const char *text, archive_erasing *it);

#endif
