/* room_table.c - from a room's key to its handle; see room_table.h. */
#include "room/table/room_table.h"

#include <string.h>

#include "room/log/room_extent.h"
#include "room/log/room_item.h"
#include "room/log/room_log.h"
#include "room/log/room_trim.h"
#include "room/people/room_people.h"
#include "room/relay/room_reader.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"
#include "room/table/room_floor.h"
#include "room/table/room_idle.h"

/* Slots that are looked at while the table is held. */
#define TRIES 8u
/* How long all tries of one call may take. */
#define OPEN_MOST_US INT64_C(2000000)

/* What room_table_open was asked for. */
typedef struct {
    const void *key;
    uint32_t key_size;
    uint64_t hash;
    uint32_t keep_count;
    int64_t keep_age_ms;
    base_clock_time now;
    bool lowered; /* the room is to keep less than before */
    bool evicted; /* another room was given away with its messages */
    uint32_t held; /* a slot that may do, but somebody has its lock */
} demand;

static uint32_t *bucket_of(const room_store *store, uint64_t hash)
{
    return &store->buckets[hash % store->geometry.buckets];
}

static bool is_used(const room_item *item)
{
    return atomic_load(&item->state) == ROOM_ITEM_USED;
}

static void link_item(room_store *store, uint32_t room)
{
    uint32_t *bucket = bucket_of(store, store->items[room].hash);

    store->items[room].chain = *bucket;
    ROOM_FAULT(80);
    *bucket = room;
}

/* States are the truth; chains and count are made from them. */
static void rebuild(room_store *store)
{
    room_header *header = store->header;
    uint32_t used = 0;

    for (uint32_t i = 0; i < store->geometry.buckets; i++) {
        store->buckets[i] = ROOM_NONE;
    }
    for (uint32_t i = 0; i < store->geometry.rooms; i++) {
        if (is_used(&store->items[i])) {
            link_item(store, i);
            used++;
        }
    }
    room_idle_forget(store);
    atomic_store(&header->rooms_used, used);
    atomic_fetch_add(&header->repairs, 1);
}

static bool enter(room_store *store)
{
    room_lock_result taken = room_lock_take(&store->header->table);

    if (taken == ROOM_LOCK_DIED) {
        rebuild(store);
        room_lock_mend(&store->header->table);
    }
    return taken != ROOM_LOCK_BUSY;
}

static void leave(room_store *store)
{
    room_lock_drop(&store->header->table);
}

static uint32_t find(const room_store *store, const void *key, size_t size,
                     uint64_t hash)
{
    /* Here and in unlink_item the count ends a chain that is a circle. */
    uint32_t room = *bucket_of(store, hash);

    for (uint32_t i = 0; i < store->geometry.rooms
                         && room < store->geometry.rooms; i++) {
        const room_item *item = &store->items[room];

        if (item->hash == hash && item->key_size == size && is_used(item)
            && memcmp(item->key, key, size) == 0) {
            return room;
        }
        room = item->chain;
    }
    return ROOM_NONE;
}

static void unlink_item(room_store *store, uint32_t room)
{
    uint32_t *link = bucket_of(store, store->items[room].hash);

    for (uint32_t i = 0; i < store->geometry.rooms
                         && *link < store->geometry.rooms; i++) {
        if (*link == room) {
            *link = store->items[room].chain;
            return;
        }
        link = &store->items[*link].chain;
    }
}

static uint32_t find_free(room_store *store)
{
    uint32_t rooms = store->geometry.rooms;
    /* On from where the last one was found: what lies before is mostly in
     * use. */
    uint32_t hand = store->header->room_hand % rooms;

    if (atomic_load(&store->header->rooms_used) >= rooms) {
        return ROOM_NONE;
    }
    for (uint32_t i = 0; i < rooms; i++) {
        uint32_t room = (hand + i) % rooms;

        if (!is_used(&store->items[room])) {
            store->header->room_hand = room + 1;
            return room;
        }
    }
    return ROOM_NONE;
}

/* Removes the room in this slot if nobody is in it. Its lock is held; nobody
 * can join or watch meanwhile. ROOM_BUSY: somebody is, or that cannot be
 * seen. */
static room_status remove_room(room_store *store, uint32_t room, demand *asked)
{
    room_item *item = &store->items[room];
    room_header *header = store->header;
    room_extent extent;
    bool lost = room_cursor_behind(store, room) && store->geometry.relay == 0;
    room_status status = room_layout_lonely(store, room)
                             ? room_people_vacant(store, room) : ROOM_FULL;

    if (status != ROOM_OK) {
        return status;
    }
    room_trim_load(store, room, asked->now.mono_us, &extent);
    if (lost) {
        room_cursor_lose(store, room, extent.first.seq, extent.next_seq);
    }
    if (lost || (room_tie_doubts(store, room)
                 && extent.first.seq < extent.next_seq)) {
        room_floor_raise_lost(store, item->hash, &extent.newest);
    }
    /* What is in the archive, or in the relay, is read in again. */
    if (extent.kept.seq < extent.next_seq
        && (lost || !room_cursor_keeps(store, room))
        && !room_tie_keeps(store, room)) {
        atomic_fetch_add(&header->rooms_evicted, 1);
        atomic_fetch_add(&header->evicted, extent.next_seq - extent.kept.seq);
        asked->evicted = true;
    }
    /* Before the room is gone: positions of it must never pass for exact in one
     * that is made with the same key. */
    room_floor_raise(store, item->hash, &extent.newest);
    ROOM_FAULT(81);
    atomic_store(&item->state, ROOM_ITEM_FREE);
    ROOM_FAULT(82);
    unlink_item(store, room);
    atomic_fetch_sub(&header->rooms_used, 1);
    atomic_fetch_add(&header->rooms_reused, 1);
    return ROOM_OK;
}

/* Makes the room in a free slot whose lock is held. */
static void make_room(room_store *store, uint32_t room, const demand *asked)
{
    room_item *item = &store->items[room];
    room_extent old = item->extents[atomic_load(&item->active) & 1];
    room_extent extent;
    room_floor floor;

    ROOM_FAULT(83);
    room_floor_read(store, asked->hash, asked->now.wall_ms, &floor);
    /* First: from here on the handles of the room before find nothing. */
    atomic_fetch_add(&item->generation, 1);
    memcpy(item->key, asked->key, asked->key_size);
    item->key_size = asked->key_size;
    item->hash = asked->hash;
    atomic_store(&item->keep_count, asked->keep_count);
    atomic_store(&item->keep_age_ms, asked->keep_age_ms);
    item->birth = floor.newest;
    item->doubt_ms = floor.doubt_ms;
    memset(item->states, 0, sizeof(item->states));
    atomic_store(&item->stated, 0);
    atomic_store(&item->rare, 0);
    atomic_store(&item->intent.seq, 0);
    room_cursor_begin(store, room, floor.complete.ms);
    room_tie_begin(store, room);
    atomic_fetch_add(&item->members_version, 1);
    room_extent_clear(&extent, 1, &floor.newest, &floor.complete);
    room_extent_commit(store, room, &extent);
    ROOM_FAULT(84);
    /* After the commit: if we die in between, the room's repair frees what its
     * extent does not have. */
    room_pool_give(store, room, old.first.page, old.pages);
    atomic_store(&store->hints[room].idle_us, asked->now.mono_us);
    ROOM_FAULT(85);
    /* Last: until then the slot is free to whoever repairs it. */
    atomic_store(&item->state, ROOM_ITEM_USED);
    ROOM_FAULT(86);
    link_item(store, room);
    ROOM_FAULT(87);
    atomic_fetch_add(&store->header->rooms_used, 1);
    room_reader_mark(store, (room_handle){ room, 0 });
}

/* Nobody waits for a room's lock here: the table is held meanwhile. */
static room_status make_in_free(room_store *store, demand *asked, uint32_t *out)
{
    room_status status = ROOM_FULL;

    for (uint32_t i = 0; i < TRIES; i++) {
        uint32_t room = find_free(store);

        if (room == ROOM_NONE) {
            break;
        }
        if (room_item_trylock(store, room)) {
            make_room(store, room, asked);
            room_item_leave(store, room);
            *out = room;
            return ROOM_OK;
        }
        /* Somebody is at work in it; we come back when that is done. */
        asked->held = room;
        status = ROOM_BUSY;
    }
    return status;
}

/* ROOM_BUSY: one could be given away if its lock, or the members', were to be
 * had, or if it were looked for longer. */
static room_status make_in_idle(room_store *store, demand *asked, uint32_t *out)
{
    room_status status = ROOM_FULL;

    for (uint32_t i = 0; i < TRIES; i++) {
        uint32_t room = room_idle_next(store, asked->now.mono_us);
        room_status removed = ROOM_BUSY;

        if (room == ROOM_NONE) {
            return status;
        }
        if (room_item_trylock(store, room)) {
            removed = remove_room(store, room, asked);
            if (removed == ROOM_OK) {
                make_room(store, room, asked);
                *out = room;
            }
            room_item_leave(store, room);
        }
        else {
            asked->held = room;
        }
        if (removed == ROOM_OK) {
            return ROOM_OK;
        }
        status = removed == ROOM_BUSY ? ROOM_BUSY : status;
    }
    return ROOM_BUSY;
}

/* The last call's rule for what is kept counts. */
static void adopt_rule(room_store *store, uint32_t room, demand *asked)
{
    room_item *item = &store->items[room];

    asked->lowered = asked->keep_count < atomic_load(&item->keep_count)
                     || asked->keep_age_ms < atomic_load(&item->keep_age_ms);
    atomic_store(&item->keep_count, asked->keep_count);
    atomic_store(&item->keep_age_ms, asked->keep_age_ms);
}

/* Lets go at once what a lowered rule no longer keeps. If the lock is not to
 * be had, whoever reads leaves it out, and the next message lets it go. */
static void apply_rule(room_store *store, room_handle handle,
                       const demand *asked)
{
    room_extent extent;

    if (room_item_enter(store, handle) == ROOM_OK) {
        room_trim_load(store, handle.index, asked->now.mono_us, &extent);
        room_item_leave(store, handle.index);
    }
}

static room_status open_inside(room_store *store, demand *asked, uint32_t *room)
{
    room_status status;

    *room = find(store, asked->key, asked->key_size, asked->hash);
    if (*room != ROOM_NONE) {
        adopt_rule(store, *room, asked);
        /* Whoever opens a room enters it next: others are given away first. */
        atomic_store(&store->hints[*room].idle_us, asked->now.mono_us);
        return ROOM_OK;
    }
    if (atomic_load(&store->header->closed) != 0) {
        return ROOM_MOVED;
    }
    status = make_in_free(store, asked, room);
    if (status == ROOM_FULL) {
        status = make_in_idle(store, asked, room);
    }
    return status;
}

/* One look, with the table's lock. ROOM_BUSY: see demand.held. */
static room_status try_to_open(room_store *store, demand *asked,
                               room_handle *out)
{
    room_status status;

    asked->held = ROOM_NONE;
    if (!enter(store)) {
        return ROOM_BUSY;
    }
    status = open_inside(store, asked, &out->index);
    if (status == ROOM_OK) {
        out->generation = atomic_load(&store->items[out->index].generation);
    }
    leave(store);
    return status;
}

/* Waits until the slot's lock could be taken, while the table is free for
 * others. False: that took too long. */
static bool wait_for_lock(room_store *store, uint32_t held)
{
    if (held == ROOM_NONE || !room_item_lock(store, held)) {
        return false;
    }
    room_item_leave(store, held);
    return true;
}

room_status room_table_open(room_store *store, const void *key,
                            size_t key_size, uint32_t keep_count,
                            int64_t keep_age_ms, base_clock_time now,
                            room_handle *out)
{
    demand asked = { .key = key, .key_size = (uint32_t)key_size,
                     .keep_count = keep_count, .keep_age_ms = keep_age_ms,
                     .now = now };
    int64_t begun = base_clock_mono();
    room_status status;

    if (key_size == 0 || key_size > ROOM_KEY_MAX) {
        return ROOM_TOO_BIG;
    }
    asked.hash = base_hash(&store->hash_key, key, key_size);
    do {
        status = try_to_open(store, &asked, out);
    } while (status == ROOM_BUSY && wait_for_lock(store, asked.held)
             && base_clock_mono() - begun < OPEN_MOST_US);
    if (status == ROOM_FULL) {
        room_idle_tell_full(store);
    }
    if (asked.evicted) {
        room_idle_tell_evicted(store);
    }
    if (asked.lowered) {
        apply_rule(store, *out, &asked);
    }
    return status;
}

/* The room is not there: what its position is, and that it was told. */
static void tell_nowhere(room_store *store, const demand *asked,
                         room_table_nowhere *nowhere)
{
    room_floor floor;

    room_floor_read(store, asked->hash, asked->now.wall_ms, &floor);
    room_floor_tell(store, asked->now.wall_ms);
    nowhere->complete = floor.complete;
    nowhere->newest = floor.newest;
    /* It may be there by now in the segment that took over from this one. */
    if (atomic_load(&store->header->closed) != 0) {
        nowhere->newest = floor.complete;
    }
}

room_status room_table_seek(room_store *store, const void *key,
                            size_t key_size, uint32_t keep_count,
                            int64_t keep_age_ms, base_clock_time now,
                            room_handle *out, room_table_nowhere *nowhere)
{
    demand asked = { .key = key, .key_size = (uint32_t)key_size,
                     .keep_count = keep_count, .keep_age_ms = keep_age_ms,
                     .now = now };

    if (key_size == 0 || key_size > ROOM_KEY_MAX) {
        return ROOM_TOO_BIG;
    }
    asked.hash = base_hash(&store->hash_key, key, key_size);
    if (!enter(store)) {
        return ROOM_BUSY;
    }
    out->index = find(store, key, key_size, asked.hash);
    if (out->index == ROOM_NONE) {
        tell_nowhere(store, &asked, nowhere);
        leave(store);
        return ROOM_ABSENT;
    }
    out->generation = atomic_load(&store->items[out->index].generation);
    adopt_rule(store, out->index, &asked);
    leave(store);
    if (asked.lowered) {
        apply_rule(store, *out, &asked);
    }
    return ROOM_OK;
}

room_status room_table_find(room_store *store, const void *key,
                            size_t key_size, room_handle *out)
{
    room_status status = ROOM_ABSENT;

    if (key_size == 0 || key_size > ROOM_KEY_MAX) {
        return ROOM_TOO_BIG;
    }
    if (!enter(store)) {
        return ROOM_BUSY;
    }
    out->index = find(store, key, key_size,
                      base_hash(&store->hash_key, key, key_size));
    if (out->index != ROOM_NONE) {
        out->generation = atomic_load(&store->items[out->index].generation);
        status = ROOM_OK;
    }
    leave(store);
    return status;
}

void room_table_each(room_store *store, int64_t mono_us,
                     room_table_visit *visit, void *context)
{
    for (uint32_t i = 0; i < store->geometry.rooms; i++) {
        const room_item *item = &store->items[i];
        char key[ROOM_KEY_MAX];
        room_log_state state;
        room_table_row row = { .handle.index = i, .key = key };

        row.handle.generation = atomic_load(&item->generation);
        if (!is_used(item)
            || room_log_info(store, row.handle, mono_us, &state) != ROOM_OK
            || room_item_enter(store, row.handle) != ROOM_OK) {
            continue;
        }
        row.key_size = item->key_size <= ROOM_KEY_MAX ? item->key_size : 0;
        /* The visitor is called without a lock, when the slot may be
         * another's. */
        memcpy(key, item->key, row.key_size);
        room_item_leave(store, i);
        row.members = atomic_load(&item->members);
        row.kept = state.kept;
        row.newest = state.newest;
        if (!visit(context, &row)) {
            return;
        }
    }
}
