/* room_rate.h - how often something may be done, counted over all children and
 * transports. Called by act/ for each command; any thread. */
#ifndef CHATWS_ROOM_RATE_H
#define CHATWS_ROOM_RATE_H

#include "room/segment/room_store.h"

/* How long it is known when something was (a day: the slowest slow mode). */
#define ROOM_RATE_NOTED_US INT64_C(86400000000)

/* Takes one of the turns of `key` (a user, an address) at `now_us`
 * (base_clock_mono): `burst` at once (1 at least), then one each `interval_us`.
 * `tag` is the room_address_tag of its cause. False: none is left, nothing
 * was taken, and `retry_us` (may be NULL) is the wait until there is one. When
 * the lock cannot be taken, or the table has lost what it knew, it answers
 * true: a stuck process or a flood silences nobody. */
bool room_rate_take(room_store *store, uint64_t key, uint16_t tag,
                    int64_t now_us, int64_t interval_us, uint32_t burst,
                    int64_t *retry_us);

/* When something was noted last, of what was noted within ROOM_RATE_NOTED_US;
 * 0: never, or the table has lost it. */
int64_t room_rate_noted(room_store *store, uint64_t key, int64_t now_us);

/* Notes it: it was now. `tag` as above. */
void room_rate_note(room_store *store, uint64_t key, uint16_t tag,
                    int64_t now_us);

/* Nothing is known of the key any more. */
void room_rate_drop(room_store *store, uint64_t key);

#endif
