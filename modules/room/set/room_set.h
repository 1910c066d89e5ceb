/* room_set.h - a bounded table of what is known for a while: refs and rates.
 *
 * N-way sets: a key's hash names its set, and a set has ROOM_SET_WAYS entries
 * and shares its lock with others. An entry whose time has passed is the same
 * as none, so that nothing needs to be cleaned. When a set is full the address
 * that holds most of it gives up its soonest entry: one address may fill what
 * nobody else needs, but not push out what others have stored, be it as fast as
 * it likes. Private to room/; any thread.
 *
 * A killed process leaves nothing to repair: an entry's key is taken away
 * first and written last.
 */
#ifndef CHATWS_ROOM_SET_H
#define CHATWS_ROOM_SET_H

#include "room/segment/room_layout.h"

/* One of the two tables. */
typedef enum { ROOM_SET_REFS, ROOM_SET_RATES } room_set;

/* Takes the lock of the set that `key` belongs to and gives its first entry;
 * NULL when the lock is not to be had. */
room_set_entry *room_set_enter(room_store *store, room_set which,
                               uint64_t key);

void room_set_leave(room_store *store, room_set which, uint64_t key);

/* The entry of `key` (not 0) in the set at `first`, be it past or not; NULL. */
room_set_entry *room_set_find(room_set which, room_set_entry *first,
                              uint64_t key);

/* The entry that a new key of the address `tag` takes: an empty or past one at
 * `now_us`, or one that gives way. Its key is 0 then. */
room_set_entry *room_set_place(room_set which, room_set_entry *first,
                               uint16_t tag, int64_t now_us);

/* Until when it counts, in microseconds of base_clock_mono. */
int64_t room_set_until(const room_set_entry *entry);

/* The address that has stored it. */
uint16_t room_set_tag(const room_set_entry *entry);

/* Sets both; a time before 0 or beyond 8 years counts as the nearest of
 * these. */
void room_set_mark(room_set_entry *entry, int64_t until_us, uint16_t tag);

/* The `way`th entry of the set at `first`. */
room_set_entry *room_set_at(room_set which, room_set_entry *first,
                            uint32_t way);

#endif
