/* room_rate.h - how often a user may do something, counted over all children
 * and transports. Called by hub/ for each command; any thread. */
#ifndef CHATWS_ROOM_RATE_H
#define CHATWS_ROOM_RATE_H

#include "room/room_store.h"

/* Takes one of the user's turns at `now_us` (base_clock_mono): `burst` at once
 * (1 at least), then one each `interval_us`. False: none is left, nothing was
 * taken, and `retry_us` (may be NULL) is the wait until there is one. When the
 * lock is not to be had it answers true: a stuck process silences nobody. */
bool room_rate_take(room_store *store, uint64_t user, int64_t now_us,
                    int64_t interval_us, uint32_t burst, int64_t *retry_us);

#endif
