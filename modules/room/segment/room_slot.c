/* room_slot.c - the children and their wake-ups; see room_slot.h. */
#include "room/segment/room_slot.h"

#include <string.h>
#include <unistd.h>

#include "base/base_clock.h"
#include "base/base_log.h"
#include "room/log/room_item.h"
#include "room/people/room_address.h"
#include "room/people/room_people.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_marks.h"
#include "room/table/room_idle.h"

static bool is_slot(const room_store *store, int slot)
{
    return slot >= 0 && (uint32_t)slot < store->geometry.slots;
}

/* Or that of the archive's writer or of the relay's reader, which have no
 * reader bits. */
static bool is_woken(const room_store *store, int slot)
{
    return slot >= 0
           && (uint32_t)slot < room_layout_children(&store->geometry);
}

/* By room, not by slot: a message asks who reads its room. */
static _Atomic uint64_t *reader_word(const room_store *store, uint32_t room,
                                     uint32_t slot)
{
    return store->readers + (size_t)room * store->geometry.reader_words
           + slot / 64;
}

/* One write; a full pipe says the same. */
static void send_wake(const room_store *store, uint32_t slot)
{
    uint64_t one = 1;
    ssize_t written = write(store->fds[2 * slot + 1], &one, sizeof(one));

    (void)written;
}

/* What only grows stays in the slot, where its next child goes on: moved to
 * somewhere else it would be missing, or there twice, in a sum. */
static void reset_gauges(room_store *store, uint32_t slot)
{
    for (uint32_t i = 0; i < ROOM_COUNTERS; i++) {
        if ((store->geometry.gauges >> i & 1) != 0) {
            atomic_store(&store->children[slot].counters[i], 0);
        }
    }
}

/* Removes every trace of the slot's child; its lock is held. False: later. */
static bool clear_slot(room_store *store, uint32_t slot)
{
    const room_geometry *g = &store->geometry;
    uint64_t bit = UINT64_C(1) << slot % 64;

    /* What can fail comes first: the slot then stays as it is, and the next
     * look tries again. */
    if (!room_people_reap(store, slot,
                          base_clock_mono() + ROOM_MEMBER_GRACE_US)) {
        return false;
    }
    if (!room_address_reap(store, slot)) {
        return false;
    }
    ROOM_FAULT(120);
    for (uint32_t i = 0; i < g->rooms; i++) {
        _Atomic uint64_t *word = reader_word(store, i, slot);

        if ((atomic_load_explicit(word, memory_order_relaxed) & bit) != 0) {
            atomic_fetch_and(word, ~bit);
        }
        /* Nobody else may look at that room for long. */
        room_item_mend(store, i);
    }
    room_marks_clear(store, slot);
    room_idle_left(store);
    reset_gauges(store, slot);
    ROOM_FAULT(121);
    atomic_store(&store->children[slot].state, ROOM_CHILD_FREE);
    return true;
}

/* Takes the slot's lock if nobody lives there, and buries who died there.
 * `died` counts. False: somebody lives there. */
static bool take_over(room_store *store, uint32_t slot, unsigned *died)
{
    room_child *child = &store->children[slot];
    room_lock_result taken = room_lock_try(&child->lock);
    bool cleared = true;

    if (taken == ROOM_LOCK_BUSY) {
        return false;
    }
    /* A child that ended by itself has freed its slot. One that is used and
     * whose lock is free is dead. */
    if (atomic_load(&child->state) == ROOM_CHILD_USED) {
        base_log(BASE_LOG_NOTICE, "CW0303", "child %u is gone: its members "
                 "leave", (unsigned)atomic_load(&child->pid));
        cleared = clear_slot(store, slot);
        *died += cleared;
    }
    /* Even when it could not be cleared: its state says that it has to be. */
    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(&child->lock);
    }
    if (!cleared) {
        room_lock_drop(&child->lock);
    }
    return cleared;
}

void room_slot_mark_all(room_store *store, int slot)
{
    if (!is_woken(store, slot)) {
        return;
    }
    room_marks_fill(store, (uint32_t)slot);
    atomic_store(&store->children[slot].pending, 1);
    send_wake(store, (uint32_t)slot);
}

void room_slot_wake_all(room_store *store)
{
    const room_geometry *g = &store->geometry;

    for (uint32_t i = 0; i < g->rooms; i++) {
        /* Whoever takes a lock that the dead had repairs the room and publishes
         * what was stored. */
        if (room_item_trylock(store, i)) {
            room_item_leave(store, i);
        }
    }
    for (uint32_t slot = 0; slot < g->slots; slot++) {
        if (atomic_load(&store->children[slot].state) == ROOM_CHILD_USED) {
            room_slot_mark_all(store, (int)slot);
        }
    }
    for (uint32_t i = g->slots; i < room_layout_children(g); i++) {
        room_slot_mark_all(store, (int)i);
    }
}

int room_slot_claim(room_store *store, pid_t pid)
{
    unsigned died = 0;
    int claimed = -1;

    for (uint32_t i = 0; i < store->geometry.slots && claimed < 0; i++) {
        room_child *child = &store->children[i];

        if (take_over(store, i, &died)) {
            atomic_store(&child->pid, (uint32_t)pid);
            atomic_store(&child->pending, 0);
            ROOM_FAULT(122);
            /* Last: others take a used slot for one with a child to wake. */
            atomic_store(&child->state, ROOM_CHILD_USED);
            claimed = (int)i;
        }
    }
    if (died > 0) {
        room_slot_wake_all(store);
    }
    return claimed;
}

void room_slot_release(room_store *store, int slot)
{
    if (is_slot(store, slot)) {
        clear_slot(store, (uint32_t)slot);
        room_lock_drop(&store->children[slot].lock);
    }
}

unsigned room_slot_reap(room_store *store, int self)
{
    unsigned died = 0;

    for (uint32_t i = 0; i < store->geometry.slots; i++) {
        if ((int)i != self
            && atomic_load(&store->children[i].state) == ROOM_CHILD_USED
            && take_over(store, i, &died)) {
            room_lock_drop(&store->children[i].lock);
        }
    }
    if (died > 0) {
        room_slot_wake_all(store);
    }
    return died;
}

int room_slot_fd(const room_store *store, int slot)
{
    return is_woken(store, slot) ? store->fds[2 * slot] : -1;
}

void room_slot_wake(room_store *store, int slot, uint32_t room)
{
    if (!is_woken(store, slot) || room >= store->geometry.rooms) {
        return;
    }
    /* The mark first: the child clears `pending` and then takes the marks. */
    room_marks_add(store, (uint32_t)slot, ROOM_MARKS_NEWS, room);
    if (atomic_exchange(&store->children[slot].pending, 1) == 0) {
        send_wake(store, (uint32_t)slot);
    }
}

bool room_slot_mark_writer(room_store *store, uint32_t room)
{
    uint32_t writer = store->geometry.slots;

    /* While it is marked the writer has yet to take the mark, and looks at the
     * room after that: no need to write where all others write. */
    if (store->geometry.archive == 0 || !room_cursor_calls(store, room)
        || room_marks_has(store, writer, ROOM_MARKS_NEWS, room)) {
        return false;
    }
    room_marks_add(store, writer, ROOM_MARKS_NEWS, room);
    return true;
}

void room_slot_call_writer(room_store *store)
{
    uint32_t writer = store->geometry.slots;

    if (store->geometry.archive != 0
        && atomic_exchange(&store->children[writer].pending, 1) == 0) {
        send_wake(store, writer);
    }
}

void room_slot_call(room_store *store)
{
    for (uint32_t slot = 0; slot < store->geometry.slots; slot++) {
        if (atomic_load(&store->children[slot].state) == ROOM_CHILD_USED
            && atomic_exchange(&store->children[slot].pending, 1) == 0) {
            send_wake(store, slot);
        }
    }
}

/* A pipe may hold more than one read takes; an eventfd never does. */
static void drain(int fd)
{
    unsigned char bytes[64];
    ssize_t got;

    do {
        got = read(fd, bytes, sizeof(bytes));
    } while (got == (ssize_t)sizeof(bytes));
}

void room_slot_take(room_store *store, int slot, room_slot_visit *visit,
                    void *context)
{
    if (!is_woken(store, slot)) {
        return;
    }
    /* Whoever marks a room after this writes again; earlier marks are seen
     * below. */
    atomic_store(&store->children[slot].pending, 0);
    drain(store->fds[2 * slot]);
    room_marks_take(store, (uint32_t)slot, ROOM_MARKS_NEWS, visit, context);
}

room_status room_slot_watch(room_store *store, room_handle handle, int slot,
                            bool on)
{
    room_status status;
    uint64_t bit;

    if (!is_slot(store, slot)) {
        return ROOM_FULL;
    }
    status = room_item_enter(store, handle);
    if (status != ROOM_OK) {
        return status;
    }
    bit = UINT64_C(1) << slot % 64;
    if (on) {
        atomic_fetch_or(reader_word(store, handle.index, (uint32_t)slot),
                        bit);
    }
    else {
        atomic_fetch_and(reader_word(store, handle.index, (uint32_t)slot),
                         ~bit);
        room_idle_left(store);
    }
    room_item_leave(store, handle.index);
    /* The caller looks for messages now: the other half of what
     * room_log_wake_readers says. */
    atomic_thread_fence(memory_order_seq_cst);
    return ROOM_OK;
}

_Atomic uint64_t *room_slot_counters(room_store *store, int slot)
{
    return is_slot(store, slot) ? store->children[slot].counters : NULL;
}

void room_slot_counters_sum(const room_store *store,
                            uint64_t sums[ROOM_COUNTERS])
{
    for (uint32_t i = 0; i < ROOM_COUNTERS; i++) {
        sums[i] = atomic_load(&store->header->left[i]);
    }
    for (uint32_t slot = 0; slot < store->geometry.slots; slot++) {
        for (uint32_t i = 0; i < ROOM_COUNTERS; i++) {
            /* Of ended children too: see reset_gauges. */
            sums[i] += atomic_load(&store->children[slot].counters[i]);
        }
    }
}

unsigned room_slot_count(const room_store *store)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < store->geometry.slots; i++) {
        count += atomic_load(&store->children[i].state) == ROOM_CHILD_USED;
    }
    return count;
}
