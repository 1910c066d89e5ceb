/* room_extent.h - reads and commits where a room's log is, and walks its
 * records. Private to room/: every call with the room's lock held.
 *
 * Nothing in the segment is believed: a false answer means that the log is
 * damaged, and the caller empties the room (room_item_reset).
 */
#ifndef CHATWS_ROOM_EXTENT_H
#define CHATWS_ROOM_EXTENT_H

#include "room/segment/room_layout.h"

/* Copies the extent that counts. */
bool room_extent_load(const room_store *store, uint32_t room,
                      room_extent *extent);

/* Makes `extent` the one that counts, in one step for whoever comes after a
 * kill, and updates `published` and the hints. */
void room_extent_commit(room_store *store, uint32_t room, room_extent *extent);

/* An extent without records whose next message gets next_seq. */
void room_extent_clear(room_extent *extent, uint64_t next_seq,
                       const room_id *newest, const room_id *complete);

/* Copies the head of the record at `place`. */
bool room_extent_record(const room_store *store, uint32_t room,
                        const room_extent *extent, const room_place *place,
                        room_record *record);

/* Moves `place`, where `record` is, to the next record (page ROOM_NONE behind
 * the last one). */
bool room_extent_step(const room_store *store, uint32_t room,
                      const room_extent *extent, const room_record *record,
                      room_place *place);

/* Finds the record with `seq`, which is first.seq at least and below next_seq;
 * from the newest page backwards. */
bool room_extent_find(const room_store *store, uint32_t room,
                      const room_extent *extent, uint64_t seq,
                      room_place *place);

/* The same, looking first at what begins in the page `hint`, any number. */
bool room_extent_find_at(const room_store *store, uint32_t room,
                         const room_extent *extent, uint64_t seq,
                         uint32_t hint, room_place *place);

/* Finds the first record after `id`; its number is next_seq if there is none;
 * there is a record. */
bool room_extent_seek(const room_store *store, uint32_t room,
                      const room_extent *extent, const room_id *id,
                      room_place *place);

/* Finds the number of the `count`th message (1 at least) of the history in
 * front of the number `end`, counted backwards; UINT64_MAX: there are fewer. */
bool room_extent_back(const room_store *store, uint32_t room,
                      const room_extent *extent, uint64_t end, uint64_t count,
                      uint64_t *seq);

/* Moves a page and an offset in it over `size` bytes of a body. */
bool room_extent_skip(const room_store *store, uint32_t room, uint32_t *page,
                      uint32_t *offset, size_t size);

/* Copies `size` bytes that begin at `offset` of `page` and run on into the
 * next pages. */
bool room_extent_copy(const room_store *store, uint32_t room, uint32_t page,
                      uint32_t offset, void *into, size_t size);

/* True when the bytes there are these. */
bool room_extent_equal(const room_store *store, uint32_t room, uint32_t page,
                       uint32_t offset, const void *with, size_t size);

/* Overwrites them, as far as they are the room's. */
void room_extent_wipe(room_store *store, uint32_t room, uint32_t page,
                      uint32_t offset, size_t size);

/* Overwrites what was let go in the oldest page, from the offset `from` on. */
void room_extent_wipe_start(room_store *store, uint32_t room,
                            const room_extent *extent, uint32_t from);

/* The check word of a record. */
uint32_t room_extent_seal(const room_record *record);

#endif
