/* room_idle.c - which room is given away; see room_idle.h. */
#include "room/table/room_idle.h"

#include "base/base_clock.h"
#include "base/base_log.h"

/* How long a list is believed: what is empty since then comes first. */
#define FRESH_US 1000000
#define KEEPS_UNWRITTEN 4u

static bool comes_before(const room_idle_entry *one,
                         const room_idle_entry *other)
{
    if (one->keeps != other->keeps) {
        return one->keeps < other->keeps;
    }
    if (one->idle_us != other->idle_us) {
        return one->idle_us < other->idle_us;
    }
    return one->room < other->room;
}

/* The list is a heap while it is made, the latest on top. */
static void sift_down(room_idle_entry *heap, uint32_t count, uint32_t at)
{
    room_idle_entry moved = heap[at];

    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count
            && comes_before(&heap[child], &heap[child + 1])) {
            child++;
        }
        if (!comes_before(&moved, &heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void sift_up(room_idle_entry *heap, uint32_t at)
{
    room_idle_entry moved = heap[at];

    while (at > 0 && comes_before(&heap[(at - 1) / 2], &moved)) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moved;
}

static void add(room_store *store, const room_idle_entry *entry)
{
    room_header *header = store->header;
    room_idle_entry *heap = store->idle;

    if (header->idle_count < store->geometry.idle_most) {
        heap[header->idle_count] = *entry;
        sift_up(heap, header->idle_count++);
    }
    else if (comes_before(entry, &heap[0])) {
        /* It is full: the one on top would be given away last of all. */
        heap[0] = *entry;
        sift_down(heap, header->idle_count, 0);
    }
}

/* From the heap to a list, first of all who is given away first. */
static void sort(room_idle_entry *heap, uint32_t count)
{
    while (count > 1) {
        room_idle_entry last = heap[--count];

        heap[count] = heap[0];
        heap[0] = last;
        sift_down(heap, count, 0);
    }
}

static bool is_used(const room_store *store, uint32_t room)
{
    return atomic_load_explicit(&store->items[room].state,
                                memory_order_relaxed) == ROOM_ITEM_USED;
}

static int64_t idle_since(const room_store *store, uint32_t room)
{
    return atomic_load_explicit(&store->hints[room].idle_us,
                                memory_order_relaxed);
}

/* One look at all rooms; what was found before is of no use any more. */
static void fill(room_store *store, int64_t mono_us)
{
    room_header *header = store->header;

    header->idle_count = 0;
    header->idle_next = 0;
    header->idle_us = mono_us;
    /* Before the look: a leave during it makes another one worth while. */
    header->idle_left = atomic_load(&header->left_count);
    for (uint32_t i = 0; i < store->geometry.rooms; i++) {
        int64_t empty = atomic_load_explicit(&store->hints[i].empty_us,
                                             memory_order_relaxed);
        room_idle_entry entry = { idle_since(store, i), i, empty > mono_us };

        if (room_state_special(store, i)) {
            entry.keeps = 2;
        }
        if (atomic_load_explicit(&store->items[i].rare,
                                 memory_order_relaxed)) {
            entry.keeps = 3;
        }
        if (room_cursor_behind(store, i)) {
            entry.keeps = KEEPS_UNWRITTEN;
        }
        if (is_used(store, i) && room_layout_lonely(store, i)) {
            add(store, &entry);
        }
    }
    sort(store->idle, header->idle_count);
}

/* The next one of the list that is as it was; `losing`: also one that the
 * archive has not got. */
static uint32_t take(room_store *store, bool losing)
{
    room_header *header = store->header;

    while (header->idle_next < header->idle_count) {
        const room_idle_entry *entry = &store->idle[header->idle_next];

        if (entry->keeps == KEEPS_UNWRITTEN && !losing) {
            return ROOM_NONE;
        }
        header->idle_next++;
        /* Somebody may have used it or come in since; then it is passed
         * over. */
        if (entry->room < store->geometry.rooms
            && entry->idle_us == idle_since(store, entry->room)
            && is_used(store, entry->room)
            && room_layout_lonely(store, entry->room)) {
            return entry->room;
        }
    }
    return ROOM_NONE;
}

uint32_t room_idle_next(room_store *store, int64_t mono_us)
{
    room_header *header = store->header;
    /* Whoever waited for the table's lock has looked at the clock before the
     * list was made. */
    bool fresh = header->idle_us > mono_us - FRESH_US
                 && header->idle_count <= store->geometry.idle_most;
    /* Before something is lost all are looked at anew: what came since may be
     * empty. */
    uint32_t room = fresh ? take(store, false) : ROOM_NONE;

    /* When there was none, and nobody has left since, there is none now. */
    if (room == ROOM_NONE
        && !(fresh && header->idle_count == 0
             && header->idle_left == atomic_load(&header->left_count))) {
        fill(store, mono_us);
        room = take(store, true);
    }
    return room;
}

void room_idle_forget(room_store *store)
{
    store->header->idle_us = 0;
    store->header->idle_count = 0;
}

void room_idle_left(room_store *store)
{
    atomic_fetch_add_explicit(&store->header->left_count, 1,
                              memory_order_relaxed);
}

void room_idle_mark(room_store *store, room_handle handle, bool rare)
{
    room_item *item;

    if (handle.index >= store->geometry.rooms) {
        return;
    }
    item = &store->items[handle.index];
    /* Read before: many who open one room must not write to it. */
    if (atomic_load(&item->generation) == handle.generation
        && (atomic_load_explicit(&item->rare, memory_order_relaxed) != 0)
               != rare) {
        atomic_store(&item->rare, rare);
    }
}

void room_idle_tell_full(room_store *store)
{
    atomic_fetch_add(&store->header->rooms_full, 1);
    if (room_layout_may_tell(&store->header->full_told_us,
                             base_clock_mono())) {
        base_log(BASE_LOG_WARN, "CW0302", "all %u rooms have members: a new "
                 "one is refused", (unsigned)store->geometry.rooms);
    }
}

void room_idle_tell_evicted(room_store *store)
{
    if (room_layout_may_tell(&store->header->evicted_told_us,
                             base_clock_mono())) {
        base_log(BASE_LOG_WARN, "CW0304", "all %u rooms are in use: a new "
                 "one takes the place of the one that is idle longest, whose "
                 "messages are lost", (unsigned)store->geometry.rooms);
    }
}
