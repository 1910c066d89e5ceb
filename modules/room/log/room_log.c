/* room_log.c - appends to a room's log; see room_log.h. */
#include "room/log/room_log.h"

#include "room/log/room_amend.h"
#include "room/log/room_append.h"
#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/segment/room_fault.h"
#include "room/set/room_rate.h"
#include "room/set/room_ref.h"

#define SAYERS_MOST 1000u /* records that are looked at for them */
#define TEXT_AT_MAX 60000u /* fits 16 bits, with the id */

/* Everything of the head that does not depend on where it lies. */
static void fill_head(room_append *what, const room_extent *extent)
{
    const room_log_entry *entry = what->entry;
    room_record *head = &what->head;

    head->id = room_id_after(&extent->newest, entry->wall_ms);
    head->stored_us = entry->mono_us;
    head->author = entry->user;
    head->kind = (uint8_t)entry->kind;
    what->id_size = room_id_format(&head->id, what->id_text);
    head->text_size = (uint32_t)entry->text_size;
    head->text_at = (uint16_t)(entry->head_size + what->id_size
                               + entry->text_at);
}

static uint64_t slow_key(const room_store *store, uint32_t room, uint64_t user)
{
    const room_item *item = &store->items[room];
    uint64_t parts[] = { item->hash, item->birth.ms, item->birth.n, user };

    return base_hash(&store->hash_key, parts, sizeof(parts));
}

/* How slow the room is for who says this, in microseconds; below 0: it is
 * locked. */
static int64_t slowness(const room_store *store, uint32_t room,
                        const room_extent *extent, const room_log_entry *entry)
{
    const room_item *item = &store->items[room];
    const room_state *state = &item->states[extent->state & 1];

    if (entry->wait_us == NULL || atomic_load(&item->stated) == 0) {
        return 0;
    }
    return state->locked ? -1 : (int64_t)state->slow_s * 1000000;
}

/* With the room's lock, so that of two messages of one person that come at once
 * one is too early. */
static room_status check_slow(room_store *store, uint32_t room,
                              const room_log_entry *entry, int64_t slow)
{
    int64_t last = 0;

    if (slow < 0) {
        return ROOM_LOCKED;
    }
    if (slow > 0) {
        last = room_rate_noted(store, slow_key(store, room, entry->user),
                               entry->mono_us);
    }
    if (last == 0 || entry->mono_us - last >= slow) {
        return ROOM_OK;
    }
    *entry->wait_us = slow - (entry->mono_us - last);
    return ROOM_SLOW;
}

/* Whoever said something before the room became slow waits from then on: when
 * that was is known of the newest messages. */
static void note_sayers(room_store *store, uint32_t room,
                        const room_extent *extent, const room_log_entry *entry,
                        const room_state *now)
{
    int64_t since = entry->mono_us - (int64_t)now->slow_s * 1000000;
    uint64_t seq = extent->next_seq - extent->first.seq > SAYERS_MOST
                       ? extent->next_seq - SAYERS_MOST : extent->first.seq;
    room_place place;
    room_record head;

    if (now->slow_s == 0 || seq == extent->next_seq
        || !room_extent_find(store, room, extent, seq, &place)) {
        return;
    }
    while (place.seq < extent->next_seq
           && room_extent_record(store, room, extent, &place, &head)) {
        if (head.kind == ROOM_LOG_MESSAGE && head.stored_us > since) {
            /* from which address is not known any more */
            room_rate_note(store, slow_key(store, room, head.author), 0,
                           head.stored_us);
        }
        if (!room_extent_step(store, room, extent, &head, &place)) {
            return;
        }
    }
}

/* Whether an event has something to change. */
static room_status check_event(room_store *store, uint32_t room,
                               const room_extent *extent,
                               const room_append *what)
{
    room_status status = room_amend_check(store, room, extent, what->entry,
                                          what->target);

    if (status == ROOM_FULL) {
        room_item_reset(store, room);
    }
    if (status == ROOM_OK && what->entry->kind == ROOM_LOG_STATE) {
        note_sayers(store, room, extent, what->entry, what->target->now);
    }
    return status;
}

/* With the lock held. ROOM_FULL: there will be pages, but not at once. */
static room_status append_inside(room_store *store, uint32_t room,
                                 room_append *what, uint64_t *seq)
{
    const room_log_entry *entry = what->entry;
    room_extent extent;
    room_status status;
    int64_t slow;
    uint64_t ref = 0;

    /* Whoever closed the store takes each room's lock after that. */
    if (atomic_load(&store->header->closed) != 0) {
        return ROOM_MOVED;
    }
    if (entry->ref_size > 0) {
        what->head.ref = room_ref_hash(entry->ref, entry->ref_size);
        ref = room_ref_key(store, room, entry->user, entry->kind,
                           what->head.ref);
        /* Under the room's lock: a ref that comes twice at once is stored
         * once. */
        if (room_ref_find(store, ref, entry->mono_us, &what->head.id)) {
            *seq = 0;
            return ROOM_REPEATED;
        }
    }
    room_item_load(store, room, &extent);
    if (what->target != NULL) {
        status = check_event(store, room, &extent, what);
        if (status != ROOM_OK) {
            return status;
        }
    }
    slow = slowness(store, room, &extent, entry);
    status = check_slow(store, room, entry, slow);
    if (status != ROOM_OK) {
        return status;
    }
    fill_head(what, &extent);
    status = room_append_place(store, room, &extent, what);
    if (status != ROOM_OK) {
        return status;
    }
    ROOM_FAULT(74);
    if (ref != 0) {
        /* If we die before this, the room's repair does it. */
        room_ref_put(store, ref, entry->tag, &what->head.id,
                     entry->mono_us);
    }
    ROOM_FAULT(75);
    if (slow > 0) {
        room_rate_note(store, slow_key(store, room, entry->user), entry->tag,
                       entry->mono_us);
    }
    *seq = extent.next_seq;
    room_cursor_note(store, room, *seq, entry->mono_us);
    atomic_store_explicit(&store->hints[room].idle_us, entry->mono_us,
                          memory_order_relaxed);
    return ROOM_OK;
}

static room_status append(room_store *store, room_handle handle,
                          const room_log_entry *entry,
                          const room_log_target *target, room_id *id,
                          uint64_t *seq)
{
    room_append what = { .entry = entry, .target = target };
    int64_t started = 0;
    room_status status;

    if (entry->ref_size > ROOM_REF_MAX || entry->head_size > ROOM_APPEND_PART
        || entry->tail_size > ROOM_APPEND_PART
        || entry->head_size + entry->text_at > TEXT_AT_MAX) {
        return ROOM_TOO_BIG;
    }
    if (store->geometry.relay != 0) {
        return ROOM_BUSY;
    }
    for (;;) {
        status = room_item_enter_read(store, handle);
        if (status != ROOM_OK) {
            return status;
        }
        status = append_inside(store, handle.index, &what, seq);
        room_item_leave(store, handle.index);
        if (status != ROOM_FULL) {
            break;
        }
        if (!room_append_again(&started)) {
            return ROOM_BUSY;
        }
    }
    *id = what.head.id;
    return status;
}

room_status room_log_append(room_store *store, room_handle handle,
                            const room_log_entry *entry, room_id *id,
                            uint64_t *seq)
{
    return append(store, handle, entry, NULL, id, seq);
}

room_status room_log_amend(room_store *store, room_handle handle,
                           const room_log_entry *event,
                           const room_log_target *target, room_id *id,
                           uint64_t *seq)
{
    return append(store, handle, event, target, id, seq);
}

room_status room_log_erase(room_store *store, room_handle handle, uint64_t seq)
{
    room_status status = room_item_enter_read(store, handle);
    room_extent extent;

    if (status != ROOM_OK) {
        return status;
    }
    room_item_load(store, handle.index, &extent);
    status = room_amend_erase(store, handle.index, &extent, seq);
    if (status == ROOM_FULL) {
        room_item_reset(store, handle.index);
        status = ROOM_ABSENT;
    }
    room_item_leave(store, handle.index);
    return status;
}

void room_log_forget(room_store *store, room_handle handle, uint64_t user)
{
    if (handle.index < store->geometry.rooms) {
        room_rate_drop(store, slow_key(store, handle.index, user));
    }
}
