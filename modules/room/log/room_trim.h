/* room_trim.h - what a room keeps and what it lets go. Private to room/: works
 * on a copy of the extent, with the room's lock held, by the monotonic clock;
 * false: the log is damaged.
 */
#ifndef CHATWS_ROOM_TRIM_H
#define CHATWS_ROOM_TRIM_H

#include "room/segment/room_layout.h"

/* What stays for the running streams behind the history. */
#define ROOM_TRIM_TRANSIT_MS 30000
#define ROOM_TRIM_TRANSIT_BYTES (256u * 1024)
#define ROOM_TRIM_FRESH_MS 2000 /* even when memory is short */

/* Loads a room's extent as it is at `mono_us`: what is too old or too many is
 * no longer history, though nobody appended since. That is committed, so that
 * the next one does not walk over the same messages again; a damaged log is
 * emptied. */
void room_trim_load(room_store *store, uint32_t room, int64_t mono_us,
                    room_extent *extent);

/* How many messages the history has. */
uint64_t room_trim_messages(const room_extent *extent);

/* Moves the start of the history over all that is too old or too many. */
bool room_trim_history(const room_store *store, uint32_t room,
                       room_extent *extent, int64_t mono_us);

/* Lets go what the running streams no longer need and what does not wait for
 * the archive; never the newest. */
bool room_trim_transit(const room_store *store, uint32_t room,
                       room_extent *extent, int64_t mono_us);

/* Lets go, when memory is short, what is not history, but for the last moments
 * that a reader who is up to date may still have to fetch; nothing from the
 * number `held` on. */
bool room_trim_spare(const room_store *store, uint32_t room,
                     room_extent *extent, int64_t mono_us, uint64_t held);

/* Lets go the oldest record; there is one. */
bool room_trim_oldest(const room_store *store, uint32_t room,
                      room_extent *extent);

/* Commits `extent`, which was made from `old` by trimming and by adding
 * `added` pages at the end, frees the pages that are no longer in it, and
 * overwrites what was let go. */
void room_trim_commit(room_store *store, uint32_t room,
                      const room_extent *old, room_extent *extent,
                      uint32_t added);

#endif
