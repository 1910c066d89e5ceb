/* room_archive.c - the archive's writer and the rooms; see room_archive.h. */
#include "room/archive/room_archive.h"

#include <string.h>
#include <unistd.h>

#include "room/archive/room_ack.h"
#include "room/log/room_item.h"
#include "room/segment/room_layout.h"
#include "room/segment/room_slot.h"

static room_child *writer_of(const room_store *store)
{
    return &store->children[store->geometry.slots];
}

bool room_archive_elect(room_store *store)
{
    room_lock_result taken;

    if (store->geometry.archive == 0 || room_store_closed(store)) {
        return false;
    }
    taken = room_lock_try(&writer_of(store)->lock);
    if (taken == ROOM_LOCK_BUSY) {
        return false;
    }
    atomic_store(&writer_of(store)->pid, (uint32_t)getpid());
    /* What the last one took and did not write. */
    room_slot_mark_all(store, (int)store->geometry.slots);
    if (taken == ROOM_LOCK_DIED) {
        room_lock_mend(&writer_of(store)->lock);
    }
    return true;
}

void room_archive_resign(room_store *store)
{
    room_lock_drop(&writer_of(store)->lock);
}

int room_archive_fd(const room_store *store)
{
    return store->geometry.archive != 0
               ? room_slot_fd(store, (int)store->geometry.slots) : -1;
}

typedef struct {
    room_store *store;
    room_archive_visit *visit;
    void *context;
    bool closed;
} taking;

static void take_one(void *context, uint32_t room)
{
    const taking *it = context;
    const room_item *item = &it->store->items[room];
    room_handle handle = { room, atomic_load(&item->generation) };

    if (!it->closed && atomic_load(&item->state) == ROOM_ITEM_USED
        && room_cursor_calls(it->store, room)) {
        it->visit(it->context, handle);
    }
}

void room_archive_take(room_store *store, room_archive_visit *visit,
                       void *context)
{
    taking it = { store, visit, context, room_store_closed(store) };

    if (store->geometry.archive != 0) {
        room_slot_take(store, (int)store->geometry.slots, take_one, &it);
    }
}

void room_archive_mark(room_store *store, room_handle room)
{
    if (store->geometry.archive != 0) {
        room_slot_wake(store, (int)store->geometry.slots, room.index);
    }
}

/* Not its birth, which is behind what was told of it before. */
static room_id complete_at(const room_store *store, uint32_t room)
{
    room_id since = { store->cursors[room].since_ms, 0 };
    const room_id *birth = &store->items[room].birth;

    return room_id_compare(&since, birth) < 0 ? since : *birth;
}

room_status room_archive_look(room_store *store, room_handle room,
                              room_archive_facts *out)
{
    const room_item *item;
    room_extent extent;
    room_status status;
    uint64_t upto;

    memset(out, 0, sizeof(*out));
    if (store->geometry.archive == 0) {
        return ROOM_ABSENT;
    }
    status = room_item_enter(store, room);
    if (status != ROOM_OK) {
        return status;
    }
    item = &store->items[room.index];
    upto = room_cursor_held(store, room.index);
    if (upto == UINT64_MAX) {
        room_item_leave(store, room.index);
        return ROOM_ABSENT;
    }
    room_item_load(store, room.index, &extent);
    if (upto > extent.next_seq) { /* only in a damaged segment */
        upto = extent.next_seq;
        atomic_store(&store->cursors[room.index].upto, upto);
    }
    room_item_copy_state(store, room.index, &extent, &out->state);
    out->key_size = item->key_size <= ROOM_KEY_MAX ? item->key_size : 0;
    memcpy(out->key, item->key, out->key_size);
    out->birth = item->birth;
    out->complete = complete_at(store, room.index);
    out->newest = extent.newest;
    out->keep_ms = atomic_load(&store->cursors[room.index].keep_ms);
    out->realm = atomic_load(&item->realm);
    out->fresh = upto == 0
                 || atomic_load(&store->cursors[room.index].untold) != 0;
    out->from = upto > 0 ? upto : 1;
    out->next = extent.next_seq;
    room_item_leave(store, room.index);
    return ROOM_OK;
}

/* When the last record of a read was stored. */
typedef struct {
    room_log_visit *visit;
    void *context;
    int64_t stopped_us; /* of the one that was not taken; 0: none */
    int64_t last_us;
} reading;

static bool read_one(void *context, const room_log_record *record)
{
    reading *it = context;

    if (!it->visit(it->context, record)) {
        it->stopped_us = record->stored_us;
        return false;
    }
    it->last_us = record->stored_us;
    return true;
}

room_status room_archive_read(room_store *store, room_handle room,
                              uint64_t from, size_t max_bytes,
                              room_log_visit *visit, void *context,
                              uint64_t *next)
{
    reading it = { .visit = visit, .context = context };
    int64_t now_us = base_clock_mono();
    room_status status;

    *next = from;
    if (store->geometry.archive == 0) {
        return ROOM_ABSENT;
    }
    status = room_log_read(store, room, from, UINT64_MAX, max_bytes, read_one,
                           &it, next);
    if (status == ROOM_OK) {
        room_cursor *cursor = &store->cursors[room.index];

        /* What comes after this read is not older than that. */
        cursor->read_seq = *next;
        cursor->read_us = it.stopped_us;
        if (it.stopped_us == 0) {
            cursor->read_us = *next < room_log_next(store, room)
                                  ? it.last_us : now_us;
        }
    }
    return status;
}

void room_archive_done(room_store *store, room_handle room, uint64_t upto)
{
    room_cursor *cursor;
    room_status status;

    if (store->geometry.archive == 0) {
        return;
    }
    status = room_item_enter(store, room);
    if (status != ROOM_OK) {
        if (status == ROOM_BUSY) {
            room_archive_mark(store, room); /* it is written once more */
        }
        return;
    }
    cursor = &store->cursors[room.index];
    if (upto > atomic_load(&cursor->upto)
        && upto <= atomic_load(&store->items[room.index].published)) {
        if (cursor->read_seq == upto) {
            atomic_store(&cursor->behind_us, cursor->read_us);
        }
        room_cursor_move(cursor, upto);
    }
    room_item_leave(store, room.index);
    room_ack_wake(store, room.index);
}

void room_archive_refuse(room_store *store, room_handle room, uint64_t seq)
{
    if (store->geometry.archive != 0 && room.index < store->geometry.rooms) {
        room_cursor_refuse(&store->cursors[room.index], seq);
        atomic_fetch_add(&store->header->archive.lost, 1);
        atomic_fetch_add(&store->header->archive.errors, 1);
    }
}

void room_archive_done_sanctions(room_store *store, uint32_t version)
{
    if (atomic_exchange(&store->header->archive.sanctions, version)
        != version) {
        room_ack_wake_sanctions(store);
    }
}

/* False: it is busy. */
static bool begin_anew(room_store *store, uint32_t room)
{
    room_handle handle = { room,
                           atomic_load(&store->items[room].generation) };
    room_status status;

    if (atomic_load(&store->items[room].state) != ROOM_ITEM_USED) {
        return true;
    }
    status = room_item_enter(store, handle);
    if (status != ROOM_OK) {
        return status != ROOM_BUSY;
    }
    if (room_cursor_held(store, room) != UINT64_MAX) {
        atomic_store(&store->cursors[room].behind_us, base_clock_mono());
        atomic_store(&store->cursors[room].upto, 0);
    }
    room_item_leave(store, room);
    room_archive_mark(store, handle);
    return true;
}

bool room_archive_follow(room_store *store, uint64_t database)
{
    _Atomic uint64_t *followed = &store->header->archive.database;
    uint64_t before = atomic_load(followed);

    for (uint32_t i = 0; before != 0 && before != database
                         && i < store->geometry.rooms; i++) {
        if (!begin_anew(store, i)) {
            return false;
        }
    }
    atomic_store(followed, database);
    return true;
}

void room_archive_count(room_store *store, uint64_t commits, uint64_t errors)
{
    atomic_fetch_add(&store->header->archive.commits, commits);
    atomic_fetch_add(&store->header->archive.errors, errors);
}

void room_archive_begin(room_store *store, const base_hash_key *secret)
{
    room_cursor_totals *all = &store->header->archive;

    if (atomic_load(&all->ready) != 0) {
        return;
    }
    if (store->geometry.relay != 0) {
        room_tie_begin_all(store, secret, false);
    }
    else if (secret != NULL) {
        store->header->secret = *secret;
    }
    atomic_store(&all->ready, 1);
}

bool room_archive_asked(const room_store *store)
{
    return atomic_load(&store->header->archive.ready) != 0;
}

bool room_archive_ready(const room_store *store)
{
    return store->geometry.archive == 0 || room_archive_asked(store)
           || (store->geometry.relay != 0
               && atomic_load(&store->header->relay.ready) != 0);
}
