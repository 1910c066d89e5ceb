/* archive_turn.h - what whoever writes the archive does in one turn: what is
 * new comes into the database, and one chore is done. Private to archive/: the
 * writer's thread.
 */
#ifndef CHATWS_ARCHIVE_TURN_H
#define CHATWS_ARCHIVE_TURN_H

#include "archive/archive_db.h"

typedef struct archive_turn archive_turn;

archive_turn *archive_turn_create(const archive_settings *settings,
                                  room_store *store);
void archive_turn_destroy(archive_turn *turn);

/* The calling thread was elected. */
void archive_turn_begin(archive_turn *turn);

/* Does one. `last`: no chores, it is to end. `wait_ms`: so long the next one
 * need not come, unless the rooms call (room_archive_fd); 0: at once.
 * ARCHIVE_AWAY: soon; ARCHIVE_FAILED: in a second. */
archive_status archive_turn_take(archive_turn *turn, bool last, int *wait_ms);

/* True when there was more to write, or to tell. */
bool archive_turn_waits(const archive_turn *turn);

/* Others may write. */
void archive_turn_leave(archive_turn *turn);
void archive_turn_close(archive_turn *turn);

#endif
