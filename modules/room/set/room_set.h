/* room_set.h - a bounded table of what is known for a while: refs, rates.
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
 *
 * To add a table: its place in room_layout.h, its name here, and its line in
 * room_set.c. What an entry says besides stands behind its room_set_entry.
 */
#ifndef CHATWS_ROOM_SET_H
#define CHATWS_ROOM_SET_H

#include "room/segment/room_layout.h"

typedef enum {
    ROOM_SET_REFS, /* room_ref_entry */
    ROOM_SET_RATES /* room_set_entry */
} room_set_table;

/* The set of one key while its lock is held. */
typedef struct {
    uint64_t key;
    room_lock *lock;
    unsigned char *first; /* entry */
    size_t stride;        /* bytes from one to the next */
} room_set;

/* Takes the lock of the set that `key` (not 0) belongs to. False: the lock
 * cannot be taken. */
bool room_set_enter(room_store *store, room_set_table which, uint64_t key,
                    room_set *set);

void room_set_leave(const room_set *set);

/* The key's entry, be it past or not; NULL. */
room_set_entry *room_set_find(const room_set *set);

/* The entry that the key takes when it has none: an empty or past one at
 * `now_us`, or one that gives way to the address `tag`. It is empty then. */
room_set_entry *room_set_place(const room_set *set, uint16_t tag,
                               int64_t now_us);

/* Makes the entry the key's, after what it says besides was written: it counts
 * until `until_us` of base_clock_mono (a time before 0 or beyond 8 years is
 * the nearest of these), and the address `tag` has stored it. */
void room_set_keep(const room_set *set, room_set_entry *entry,
                   int64_t until_us, uint16_t tag);

/* The key has no entry any more. */
void room_set_drop(const room_set *set);

/* What room_set_keep was told. */
int64_t room_set_until(const room_set_entry *entry);
uint16_t room_set_tag(const room_set_entry *entry);

#endif
