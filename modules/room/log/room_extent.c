/* room_extent.c - where a room's log is; see room_extent.h. */
#include "room/log/room_extent.h"

#include <string.h>

#include "room/log/room_log.h"
#include "room/segment/room_fault.h"
#include "room/segment/room_pool.h"

/* A quick mixing of whole words: finds accidents, not attacks; nobody outside
 * can write to the segment. */
static uint64_t mixed(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ (sum >> 29);
}

static uint64_t sealed(const room_extent *extent)
{
    uint64_t words[sizeof(*extent) / sizeof(uint64_t)];
    uint64_t sum = 1;

    memcpy(words, extent, sizeof(words));
    for (size_t i = 0; i + 1 < sizeof(words) / sizeof(words[0]); i++) {
        sum = mixed(sum, words[i]);
    }
    return sum;
}

uint32_t room_extent_seal(const room_record *record)
{
    uint64_t sum = mixed(record->size, record->seq);

    sum = mixed(sum, record->id.ms);
    sum = mixed(sum, record->id.n);
    /* A hint may be wrong, and is set right while others read. */
    sum = mixed(sum, record->outcome == ROOM_RECORD_EDITED
                         ? record->ref >> 32 : record->ref);
    sum = mixed(sum, (uint64_t)record->stored_us);
    sum = mixed(sum, record->author);
    sum = mixed(sum, (uint64_t)record->text_size << 32
                         | (uint64_t)record->text_at << 16
                         | (uint64_t)record->kind << 8 | record->outcome);
    return (uint32_t)(sum ^ (sum >> 32));
}

/* No walk may leave the segment or fail to end, whatever stands there. */
static bool is_sane(const room_store *store, const room_extent *extent)
{
    return extent->first.seq <= extent->kept.seq
           && extent->kept.seq <= extent->next_seq
           && extent->kept_events <= extent->next_seq - extent->kept.seq
           && extent->state <= 1
           && extent->pages <= store->geometry.pages
           && (extent->pages == 0) == (extent->last == ROOM_NONE)
           && (extent->pages > 0 || extent->first.seq == extent->next_seq)
           && extent->tail <= ROOM_PAGE_SIZE;
}

bool room_extent_load(const room_store *store, uint32_t room,
                      room_extent *extent)
{
    room_item *item = &store->items[room];
    uint32_t active = atomic_load_explicit(&item->active,
                                           memory_order_acquire);

    /* When this copy is broken the other one is of no use: it is older, and its
     * pages may belong to another room by now. */
    *extent = item->extents[active & 1];
    return extent->check == sealed(extent) && is_sane(store, extent);
}

static int64_t later(int64_t stored_us, int64_t age_ms)
{
    int64_t more = age_ms > 0 ? age_ms : 0;

    /* INT64_MAX is an age that nothing reaches. What was read in may be from
     * before the clock began: below 0. */
    return more < (INT64_MAX - (stored_us > 0 ? stored_us : 0)) / 1000
               ? stored_us + more * 1000 + 1 : INT64_MAX;
}

/* For whoever looks for memory or for a room to give away, without our lock. */
static void set_hints(room_store *store, uint32_t room,
                      const room_extent *extent)
{
    const room_item *item = &store->items[room];
    room_hint *hint = &store->hints[room];
    int64_t spare = INT64_MAX;
    int64_t empty = INT64_MIN;

    if (extent->kept.seq < extent->next_seq) {
        spare = later(extent->kept_us, item->keep_age_ms);
        empty = later(extent->newest_us, item->keep_age_ms);
    }
    /* Behind the history there is something that may go at any time. */
    if (extent->first.seq < extent->kept.seq) {
        spare = INT64_MIN;
    }
    atomic_store_explicit(&hint->spare_us, spare, memory_order_relaxed);
    atomic_store_explicit(&hint->empty_us, empty, memory_order_relaxed);
    atomic_store_explicit(&hint->pages, extent->pages, memory_order_relaxed);
}

void room_extent_commit(room_store *store, uint32_t room, room_extent *extent)
{
    room_item *item = &store->items[room];
    uint32_t idle = ~atomic_load_explicit(&item->active,
                                          memory_order_relaxed) & 1;

    extent->check = sealed(extent);
    /* Nobody reads the idle copy. The turn of `active` is the commit: before it
     * nothing has happened, after it everything has. */
    item->extents[idle] = *extent;
    ROOM_FAULT(20);
    atomic_store_explicit(&item->active, idle, memory_order_release);
    ROOM_FAULT(21);
    atomic_store_explicit(&item->published, extent->next_seq,
                          memory_order_release);
    ROOM_FAULT(22);
    room_tie_note(store, room, &extent->newest);
    set_hints(store, room, extent);
}

void room_extent_clear(room_extent *extent, uint64_t next_seq,
                       const room_id *newest, const room_id *complete)
{
    memset(extent, 0, sizeof(*extent));
    extent->first = (room_place){ next_seq, ROOM_NONE, 0 };
    extent->kept = extent->first;
    extent->next_seq = next_seq;
    extent->newest = *newest;
    extent->complete = *complete;
    extent->last = ROOM_NONE;
}

/* A record's head may be at this offset. */
static bool is_head(uint32_t offset)
{
    return offset >= ROOM_PAGE_HEAD && offset % 8 == 0
           && offset <= ROOM_PAGE_SIZE - sizeof(room_record);
}

bool room_extent_record(const room_store *store, uint32_t room,
                        const room_extent *extent, const room_place *place,
                        room_record *record)
{
    const room_page *page = room_pool_page(store, room, place->page);

    if (page == NULL || !is_head(place->offset)) {
        return false;
    }
    memcpy(record, (const unsigned char *)page + place->offset,
           sizeof(*record));
    return record->seq == place->seq && record->seq < extent->next_seq
           && record->size <= (uint64_t)extent->pages * ROOM_PAGE_DATA
           && record->check == room_extent_seal(record);
}

bool room_extent_step(const room_store *store, uint32_t room,
                      const room_extent *extent, const room_record *record,
                      room_place *place)
{
    uint32_t index = place->page;
    uint64_t end = place->offset + sizeof(*record) + (uint64_t)record->size;

    place->seq++;
    if (place->seq == extent->next_seq) {
        place->page = ROOM_NONE;
        place->offset = 0;
        return true;
    }
    /* A rest that is too small for a head is left empty, since a head is never
     * split. */
    end = (end + 7) / 8 * 8;
    while (end > ROOM_PAGE_SIZE - sizeof(*record)) {
        const room_page *page = room_pool_page(store, room, index);

        if (page == NULL) {
            return false;
        }
        index = page->next;
        end = end > ROOM_PAGE_SIZE ? end - ROOM_PAGE_DATA : ROOM_PAGE_HEAD;
    }
    place->page = index;
    place->offset = (uint32_t)end;
    return true;
}

/* The first record that begins in the page at `index`, if there is a committed
 * one. `none` when there is not. */
static bool first_of_page(const room_store *store, uint32_t room,
                          const room_extent *extent, uint32_t index,
                          room_place *place, room_record *record, bool *none)
{
    const room_page *page = room_pool_page(store, room, index);

    if (page == NULL) {
        return false;
    }
    /* What begins behind the tail is not committed: its writer has died. */
    *none = page->start == 0
            || (index == extent->last && page->start >= extent->tail);
    if (*none) {
        return true;
    }
    place->page = index;
    place->offset = page->start;
    if (!is_head(place->offset)) {
        return false;
    }
    memcpy(record, (const unsigned char *)page + place->offset,
           sizeof(*record));
    place->seq = record->seq;
    return room_extent_record(store, room, extent, place, record);
}

/* From record to record: no more than begin in one page. */
static bool walk_to(const room_store *store, uint32_t room,
                    const room_extent *extent, uint64_t seq,
                    room_place *place)
{
    room_record record;

    while (place->seq < seq) {
        if (!room_extent_record(store, room, extent, place, &record)
            || !room_extent_step(store, room, extent, &record, place)) {
            return false;
        }
    }
    return true;
}

bool room_extent_find(const room_store *store, uint32_t room,
                      const room_extent *extent, uint64_t seq,
                      room_place *place)
{
    /* From the newest page back: what is looked for is nearly always new. */
    uint32_t index = extent->last;

    for (uint32_t i = 0; i < extent->pages && index != extent->first.page;
         i++) {
        room_record record;
        bool none;

        if (!first_of_page(store, room, extent, index, place, &record,
                           &none)) {
            return false;
        }
        if (!none && place->seq <= seq) {
            return place->seq >= extent->first.seq
                   && walk_to(store, room, extent, seq, place);
        }
        index = store->pages[index].prev;
    }
    if (seq < extent->first.seq || index != extent->first.page) {
        return false;
    }
    *place = extent->first;
    return walk_to(store, room, extent, seq, place);
}

bool room_extent_find_at(const room_store *store, uint32_t room,
                         const room_extent *extent, uint64_t seq,
                         uint32_t hint, room_place *place)
{
    room_record record;
    bool none = false;

    /* The oldest page may begin with what was let go. */
    if (hint == extent->first.page) {
        *place = extent->first;
    }
    else if (!first_of_page(store, room, extent, hint, place, &record, &none)
             || none) {
        return room_extent_find(store, room, extent, seq, place);
    }
    while (place->seq < seq && place->page == hint
           && room_extent_record(store, room, extent, place, &record)
           && room_extent_step(store, room, extent, &record, place)) {
    }
    if (place->seq == seq && place->page == hint
        && room_extent_record(store, room, extent, place, &record)) {
        return true;
    }
    return room_extent_find(store, room, extent, seq, place);
}

/* The messages of the history that begin in the page of `place`, which is of
 * the first record there, and come before `end`. Behind `skip` of them stops at
 * the next one, whose number is `*seq`. */
static bool count_in_page(const room_store *store, uint32_t room,
                          const room_extent *extent, room_place place,
                          uint64_t end, uint64_t skip, uint64_t *count,
                          uint64_t *seq)
{
    uint32_t index = place.page;
    room_record record;

    *count = 0;
    while (place.seq < end && place.page == index) {
        if (!room_extent_record(store, room, extent, &place, &record)) {
            return false;
        }
        if (record.kind == ROOM_LOG_MESSAGE && record.seq >= extent->kept.seq) {
            if (*count == skip) {
                *seq = record.seq;
                return true;
            }
            ++*count;
        }
        if (!room_extent_step(store, room, extent, &record, &place)) {
            return false;
        }
    }
    return true;
}

bool room_extent_back(const room_store *store, uint32_t room,
                      const room_extent *extent, uint64_t end, uint64_t count,
                      uint64_t *seq)
{
    uint32_t index = extent->last;
    uint64_t found = 0;
    bool last = extent->pages == 0 || end <= extent->kept.seq;

    *seq = UINT64_MAX;
    for (uint32_t i = 0; !last; i++) {
        room_place place = extent->first;
        room_record record;
        uint64_t here;
        bool none = false;

        if (i == extent->pages) {
            return false; /* a circle */
        }
        last = index == extent->first.page;
        if (!last
            && !first_of_page(store, room, extent, index, &place, &record,
                              &none)) {
            return false;
        }
        if (!none) {
            last = last || place.seq <= extent->kept.seq;
            if (!count_in_page(store, room, extent, place, end, UINT64_MAX,
                               &here, seq)) {
                return false;
            }
            if (found + here >= count) {
                return count_in_page(store, room, extent, place, end,
                                     found + here - count, &here, seq);
            }
            found += here;
        }
        index = store->pages[index].prev;
    }
    return true;
}

bool room_extent_seek(const room_store *store, uint32_t room,
                      const room_extent *extent, const room_id *id,
                      room_place *out)
{
    room_place place = extent->first;
    uint32_t index = extent->last;
    room_record record;
    bool none = true;

    for (uint32_t i = 0; i < extent->pages && index != extent->first.page;
         i++) {
        if (!first_of_page(store, room, extent, index, &place, &record,
                           &none)) {
            return false;
        }
        if (!none && room_id_compare(&record.id, id) <= 0) {
            break;
        }
        index = store->pages[index].prev;
    }
    /* The oldest page may begin with what was let go. */
    if (index == extent->first.page) {
        place = extent->first;
    }
    while (place.seq < extent->next_seq) {
        if (!room_extent_record(store, room, extent, &place, &record)) {
            return false;
        }
        if (room_id_compare(&record.id, id) > 0) {
            break;
        }
        if (!room_extent_step(store, room, extent, &record, &place)) {
            return false;
        }
    }
    *out = place;
    return true;
}

bool room_extent_skip(const room_store *store, uint32_t room, uint32_t *page,
                      uint32_t *offset, size_t size)
{
    while (size > ROOM_PAGE_SIZE - *offset) {
        const room_page *at = room_pool_page(store, room, *page);

        if (at == NULL) {
            return false;
        }
        size -= ROOM_PAGE_SIZE - *offset;
        *page = at->next;
        *offset = ROOM_PAGE_HEAD;
    }
    *offset += (uint32_t)size;
    return true;
}

/* The bytes from `offset` of `page` on, at most `size`; NULL: there are none.
 * All three move behind them. */
static unsigned char *next_part(const room_store *store, uint32_t room,
                                uint32_t *page, uint32_t *offset, size_t *size,
                                size_t *part)
{
    room_page *at = room_pool_page(store, room, *page);
    unsigned char *found;

    if (at == NULL || *offset > ROOM_PAGE_SIZE) {
        return NULL;
    }
    found = (unsigned char *)at + *offset;
    *part = ROOM_PAGE_SIZE - *offset;
    *part = *part < *size ? *part : *size;
    *size -= *part;
    *page = at->next;
    *offset = ROOM_PAGE_HEAD;
    return found;
}

bool room_extent_copy(const room_store *store, uint32_t room, uint32_t page,
                      uint32_t offset, void *into, size_t size)
{
    unsigned char *to = into;
    size_t part;

    for (; size > 0; to += part) {
        const unsigned char *from = next_part(store, room, &page, &offset,
                                              &size, &part);

        if (from == NULL) {
            return false;
        }
        memcpy(to, from, part);
    }
    return true;
}

bool room_extent_equal(const room_store *store, uint32_t room, uint32_t page,
                       uint32_t offset, const void *with, size_t size)
{
    const unsigned char *other = with;
    size_t part;

    for (; size > 0; other += part) {
        const unsigned char *from = next_part(store, room, &page, &offset,
                                              &size, &part);

        if (from == NULL || memcmp(other, from, part) != 0) {
            return false;
        }
    }
    return true;
}

void room_extent_wipe(room_store *store, uint32_t room, uint32_t page,
                      uint32_t offset, size_t size)
{
    while (size > 0) {
        size_t part;
        unsigned char *at = next_part(store, room, &page, &offset, &size,
                                      &part);

        if (at == NULL) {
            return;
        }
        memset(at, 0, part);
    }
}

void room_extent_wipe_start(room_store *store, uint32_t room,
                            const room_extent *extent, uint32_t from)
{
    if (extent->pages > 0 && extent->first.offset > from) {
        room_extent_wipe(store, room, extent->first.page, from,
                         extent->first.offset - from);
    }
}
