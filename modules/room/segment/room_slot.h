/* room_slot.h - the children, and how they wake each other.
 *
 * Each child's loop thread claims one slot for its life. The slot has a lock
 * that the kernel gives away when its holder dies: that is how the others know.
 * A wake-up only says "look"; every fact is in the segment.
 */
#ifndef CHATWS_ROOM_SLOT_H
#define CHATWS_ROOM_SLOT_H

#include <stdatomic.h>
#include <sys/types.h>

#include "room/segment/room_store.h"

#define ROOM_COUNTERS 32

/* Gets the index of a room that has something new. */
typedef void room_slot_visit(void *context, uint32_t room);

/* Takes a free slot for the calling thread, or that of a dead child; -1 when
 * there is none. The thread must stay until it calls room_slot_release: when
 * it ends, the others take it for dead. */
int room_slot_claim(room_store *store, pid_t pid);

/* Ends the claim, on the thread that made it: the slot's members leave (with
 * ROOM_MEMBER_GRACE_US), its reader bits go, its counters are kept. */
void room_slot_release(room_store *store, int slot);

/* Looks for children that died: their members leave, their reader bits go,
 * and every child is woken for every room, because the dead one may have
 * stored messages and told nobody. Returns how many there were. `self` is the
 * caller's slot or -1. Cheap; call it about once a second in each child. */
unsigned room_slot_reap(room_store *store, int self);

/* The descriptor to poll for reading; valid in every process that inherited
 * the store. -1 for no slot. */
int room_slot_fd(const room_store *store, int slot);

/* Marks the room and wakes the slot's child, with one write at most until it
 * has looked. Any process and thread, without a lock. */
void room_slot_wake(room_store *store, int slot, uint32_t room);

/* Marks the room for the archive's writer. True: the writer is to be called;
 * else there is nothing for it, or whoever marked it calls. */
bool room_slot_mark_writer(room_store *store, uint32_t room);

/* Wakes the writer: rooms were marked, or something else is to be archived. Any
 * process and thread, without a lock. */
void room_slot_call_writer(room_store *store);

/* Marks all rooms and wakes the slot's child. */
void room_slot_mark_all(room_store *store, int slot);

/* Wakes every child for every room, and so the writer and the relay's reader:
 * the dead may have stored messages and told nobody, have died before they were
 * published, or between the mark and the write of a wake-up. */
void room_slot_wake_all(room_store *store);

/* Wakes every child, for no room: something else is to be looked at. */
void room_slot_call(room_store *store);

/* Empties the descriptor and visits each room that was marked. The slot's own
 * thread, when the descriptor is readable and also about once a second. */
void room_slot_take(room_store *store, int slot, room_slot_visit *visit,
                    void *context);

/* Says whether the slot's child has readers in the room. ROOM_GONE, ROOM_BUSY.
 * After `on`, look once for what came before it (room_log_next): only later
 * messages wake. */
room_status room_slot_watch(room_store *store, room_handle handle, int slot,
                            bool on);

/* The slot's ROOM_COUNTERS counters: its own child adds to them. */
_Atomic uint64_t *room_slot_counters(room_store *store, int slot);

/* Each counter summed over all children, with what ended ones left. */
void room_slot_counters_sum(const room_store *store,
                            uint64_t sums[ROOM_COUNTERS]);

/* Children that hold a slot now. */
unsigned room_slot_count(const room_store *store);

#endif
