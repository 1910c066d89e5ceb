/* relay_catch.h - a room catches up: what comes behind its newest is fetched.
 * Private to reader/.
 *
 * Where that does not fit (Redis has lost something, or the room has), all that
 * Redis has is fetched and compared (relay_compare.h).
 */
#ifndef CHATWS_RELAY_CATCH_H
#define CHATWS_RELAY_CATCH_H

#include "relay/reader/relay_follow.h"

/* Bytes that one fetch brings, about. */
#define RELAY_CATCH_BYTES 65536

/* The room has missed something; with `whole` everything is compared. At once,
 * or when what is on its way has come. */
void relay_catch_want(relay_follow *follow, relay_rooms_one *one, bool whole);

/* The same in a moment; each time in a row takes longer. */
void relay_catch_later(relay_follow *follow, relay_rooms_one *one);

/* It has everything up to here; goes live, unless something came meanwhile. */
void relay_catch_done(relay_follow *follow, relay_rooms_one *one);

/* What has been fetched of it is thrown away, and it waits for nothing. */
void relay_catch_forget(relay_follow *follow, relay_rooms_one *one);

/* Sends what is due. */
void relay_catch_pump(relay_follow *follow, int64_t mono_us);

/* Sends an order of the room; `done` finds it again (relay_catch_of), unless it
 * has been forgotten meanwhile. */
typedef struct relay_catch_ask relay_catch_ask;
relay_catch_ask *relay_catch_asks(relay_follow *follow, relay_rooms_one *one);
void relay_catch_send(relay_catch_ask *ask, relay_order *order);

/* In `done`: the room, whose order has come back; NULL: nobody waits for it any
 * more. Frees the ask. */
relay_rooms_one *relay_catch_of(relay_order *order, relay_follow **follow);

/* False: the order was refused or away, and the room is tried again later. */
bool relay_catch_answered(relay_follow *follow, relay_rooms_one *one,
                          const relay_order *order);

/* Appends the record, which comes right behind the room's newest. False: the
 * room cannot go on now; what is to be done about it is under way. */
bool relay_catch_append(relay_follow *follow, relay_rooms_one *one,
                        const room_import_record *record,
                        const room_state *state, base_clock_time now);

#endif
