/* room_ack.h - waiting until a record is in the archive.
 *
 * For acknowledgements that come after the commit. A child's loop asks to be
 * woken (room_ack_await) and looks again (room_ack_upto); a worker thread
 * sleeps (room_ack_wait). Any thread.
 */
#ifndef CHATWS_ROOM_ACK_H
#define CHATWS_ROOM_ACK_H

#include "room/segment/room_store.h"

/* All records of the room below this number are in the archive. UINT64_MAX:
 * nobody has to wait, since it is not archived. 0: it is gone. No lock. */
uint64_t room_ack_upto(const room_store *store, room_handle room);

/* True for a record below that number which the database did not take: it has
 * another one in its place. Of many in one room only the newest are known. No
 * lock. */
bool room_ack_refused(const room_store *store, room_handle room, uint64_t seq);

/* The slot's child is woken for the room (room_slot_take) when that number has
 * changed, once. Look at it after this. */
void room_ack_await(room_store *store, room_handle room, int slot);

/* Blocks until the record with this number is in the archive: ROOM_OK.
 * ROOM_GONE; ROOM_BUSY: not until `until_us` of base_clock_mono. */
room_status room_ack_wait(room_store *store, room_handle room, uint64_t seq,
                          int64_t until_us);

/* The same where hosts share the rooms and one has an archive, which it may
 * just have got: UINT64_MAX is waited out, too. */
room_status room_ack_wait_shared(room_store *store, room_handle room,
                                 uint64_t seq, int64_t until_us);

/* How long somebody waits who gives the archive `patience_us` for the oldest
 * record of the room that it has not: until this time of base_clock_mono. While
 * the database is away only the first ones wait so long, and soon nobody. */
int64_t room_ack_until(const room_store *store, room_handle room,
                       int64_t patience_us);

/* True when the archive has the sanctions of this room_sanction_version, which
 * was looked at after a change. Every child's slot is called (room_slot_call)
 * when that has changed. No lock. */
bool room_ack_sanctions(const room_store *store, uint32_t version);

/* Blocks until it has. ROOM_OK; ROOM_BUSY: not until `until_us`. */
room_status room_ack_wait_sanctions(room_store *store, uint32_t version,
                                    int64_t until_us);

/* Wake all who wait. Private to room/. */
void room_ack_wake(room_store *store, uint32_t room);
void room_ack_wake_sanctions(room_store *store);

#endif
