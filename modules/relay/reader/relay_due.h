/* relay_due.h - which rooms have missed something, and wait until they are
 * asked for; orders about one room; and what came of it, appended.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_DUE_H
#define CHATWS_RELAY_DUE_H

#include "relay/reader/relay_follow.h"

/* Bytes that one fetch brings, about. */
#define RELAY_DUE_BYTES 65536

/* The room has missed something; with `whole` everything is compared. At once,
 * or when what is on its way has come. */
void relay_due_want(relay_follow *follow, relay_rooms_one *one, bool whole);

/* The same in a moment; each time in a row takes longer. */
void relay_due_later(relay_follow *follow, relay_rooms_one *one);

/* The same when somebody else is at it, who is done soon: no time takes
 * longer, since nothing that is said comes here meanwhile. */
void relay_due_soon(relay_follow *follow, relay_rooms_one *one);

/* A fetch has told what the archive has. */
void relay_due_note(relay_rooms_one *one, const room_import_room *what);

/* The archive has all up to there; or `refused`: it will never have that record
 * as it was. False: the room cannot be told now; but for what is refused it is
 * when it has caught up. */
bool relay_due_keep(relay_follow *follow, relay_rooms_one *one,
                    const room_id *upto, bool refused);

/* It has everything up to here; goes live, unless something came meanwhile. */
void relay_due_done(relay_follow *follow, relay_rooms_one *one);

/* What has been fetched of it to be compared is thrown away. */
void relay_due_drop(relay_follow *follow, relay_rooms_one *one);

/* So is that, and it waits for nothing. */
void relay_due_forget(relay_follow *follow, relay_rooms_one *one);

/* Sends an order of the room; `done` finds it again (relay_due_of), unless it
 * has been forgotten meanwhile. */
typedef struct relay_due_ask relay_due_ask;
relay_due_ask *relay_due_asks(relay_follow *follow, relay_rooms_one *one);
void relay_due_send(relay_due_ask *ask, relay_order *order);

/* In `done`: the room, whose order has come back; NULL: nobody waits for it any
 * more. Frees the ask. */
relay_rooms_one *relay_due_of(relay_order *order, relay_follow **follow);

/* False: the order was refused or away, and the room is tried again later. */
bool relay_due_answered(relay_follow *follow, relay_rooms_one *one,
                        const relay_order *order);

/* The same for an answer that nobody can make sense of. */
void relay_due_nonsense(relay_follow *follow, relay_rooms_one *one);

/* Redis has lost what came before, up to there. Who has read up to something
 * older misses it; and if it never came here, so do all who read now. */
void relay_due_lose(relay_follow *follow, relay_rooms_one *one,
                    const room_id *upto);

/* Appends the record, which comes right behind the room's newest. False: the
 * room cannot go on now; what is to be done about it is under way. */
bool relay_due_append(relay_follow *follow, relay_rooms_one *one,
                      const room_import_record *record,
                      const room_state *state, base_clock_time now);

#endif
