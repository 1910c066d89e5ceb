/* room_pool.c - the pages that rooms share; see room_pool.h. */
#include "room/segment/room_pool.h"

#include <string.h>

#include "room/segment/room_fault.h"

static uint32_t owner_of(const room_page *page)
{
    return atomic_load_explicit(&page->owner, memory_order_relaxed);
}

static void set_owner(room_page *page, uint32_t owner)
{
    atomic_store_explicit(&page->owner, owner, memory_order_release);
}

room_page *room_pool_page(const room_store *store, uint32_t room,
                          uint32_t index)
{
    room_page *page;

    if (index >= store->geometry.pages) {
        return NULL;
    }
    page = &store->pages[index];
    /* A page of another room is as bad as none: a damaged chain must not lead
     * into what others have said. */
    return (owner_of(page) & ~ROOM_PAGE_MARK) == room + 1 ? page : NULL;
}

/* Owners are the truth; the list is made from them. */
static void rebuild(room_store *store)
{
    room_header *header = store->header;
    uint32_t pages = store->geometry.pages;
    uint32_t head = ROOM_NONE;
    uint32_t count = 0;

    if (header->pool_fresh > pages) {
        header->pool_fresh = pages;
    }
    /* Backwards, so that the list begins with the lowest page and the end of
     * the segment is used last. */
    for (uint32_t i = header->pool_fresh; i > 0; i--) {
        if (owner_of(&store->pages[i - 1]) == ROOM_PAGE_FREE) {
            store->pages[i - 1].next = head;
            head = i - 1;
            count++;
        }
    }
    header->pool_head = head;
    atomic_store(&header->pool_free, count + pages - header->pool_fresh);
    atomic_fetch_add(&header->repairs, 1);
}

static bool enter(room_store *store)
{
    room_lock_result taken = room_lock_take(&store->header->pool);

    if (taken == ROOM_LOCK_DIED) {
        rebuild(store);
        room_lock_mend(&store->header->pool);
    }
    else if (taken == ROOM_LOCK_TAKEN
             && store->header->pool_fresh > store->geometry.pages) {
        /* Nobody has died, but the number cannot be. */
        rebuild(store);
    }
    return taken != ROOM_LOCK_BUSY;
}

/* Takes one page off the list, or a fresh one; ROOM_NONE when the list is not
 * what the count says. */
static uint32_t pop(room_store *store, uint32_t room)
{
    room_header *header = store->header;
    uint32_t index = header->pool_head;

    if (index == ROOM_NONE) {
        if (header->pool_fresh >= store->geometry.pages) {
            return ROOM_NONE;
        }
        /* Pages that were never used come last: the kernel has given no memory
         * for them yet. */
        index = header->pool_fresh++;
        ROOM_FAULT(10);
        if (owner_of(&store->pages[index]) != ROOM_PAGE_FREE) {
            header->pool_fresh = store->geometry.pages; /* it was wrong */
            return ROOM_NONE;
        }
    }
    else {
        if (index >= header->pool_fresh
            || owner_of(&store->pages[index]) != ROOM_PAGE_FREE) {
            return ROOM_NONE;
        }
        header->pool_head = store->pages[index].next;
    }
    ROOM_FAULT(11);
    /* From here on it is the room's. If we die before an extent has it, the
     * room's repair finds it by its owner. */
    set_owner(&store->pages[index], room + 1);
    ROOM_FAULT(12);
    atomic_fetch_sub_explicit(&header->pool_free, 1, memory_order_relaxed);
    return index;
}

static void push(room_store *store, uint32_t index)
{
    room_header *header = store->header;
    room_page *page = &store->pages[index];

    /* What was said in it is nobody's any more, and may have been deleted. */
    memset(page->data, 0, sizeof(page->data));
    /* Free before it is listed: if we die in between, rebuild finds it. The
     * other way round two could get it. */
    set_owner(page, ROOM_PAGE_FREE);
    ROOM_FAULT(13);
    page->next = header->pool_head;
    ROOM_FAULT(14);
    header->pool_head = index;
    atomic_fetch_add_explicit(&header->pool_free, 1, memory_order_relaxed);
}

static void give_chain(room_store *store, uint32_t room, uint32_t first,
                       uint32_t count)
{
    while (count > 0) {
        room_page *page = room_pool_page(store, room, first);
        uint32_t next;

        if (page == NULL) {
            /* What is behind a page of another is found by its owner later. */
            atomic_store(&store->items[room].untidy, 1);
            return;
        }
        next = page->next;
        push(store, first);
        first = next;
        count--;
    }
}

static bool take_chain(room_store *store, uint32_t room, uint32_t count,
                       uint32_t *first)
{
    uint32_t last = ROOM_NONE;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = pop(store, room);

        if (index == ROOM_NONE) {
            if (i > 0) {
                give_chain(store, room, *first, i);
            }
            return false;
        }
        store->pages[index].start = 0;
        store->pages[index].prev = last;
        store->pages[index].next = ROOM_NONE;
        if (last == ROOM_NONE) {
            *first = index;
        }
        else {
            store->pages[last].next = index;
        }
        last = index;
    }
    return true;
}

room_status room_pool_take(room_store *store, uint32_t room, uint32_t count,
                           uint32_t *first)
{
    room_status status = ROOM_FULL;

    if (!enter(store)) {
        return ROOM_BUSY;
    }
    if (atomic_load(&store->header->pool_free) >= count) {
        if (take_chain(store, room, count, first)) {
            status = ROOM_OK;
        }
        else {
            /* There were fewer in the list than the count says. */
            rebuild(store);
        }
    }
    room_lock_drop(&store->header->pool);
    return status;
}

void room_pool_give(room_store *store, uint32_t room, uint32_t first,
                    uint32_t count)
{
    if (count == 0) {
        return;
    }
    if (!enter(store)) {
        /* The message is stored already: this must not fail. */
        atomic_store(&store->items[room].untidy, 1);
        return;
    }
    give_chain(store, room, first, count);
    room_lock_drop(&store->header->pool);
}

bool room_pool_sweep(room_store *store, uint32_t room, bool all)
{
    uint32_t marked = (room + 1) | ROOM_PAGE_MARK;

    if (!enter(store)) {
        return false;
    }
    for (uint32_t i = 0; i < store->header->pool_fresh; i++) {
        uint32_t owner = owner_of(&store->pages[i]);

        /* Marked pages are in the log, which counts unless it was given up. */
        if (owner == room + 1 || (all && owner == marked)) {
            push(store, i);
        }
        else if (owner == marked) {
            set_owner(&store->pages[i], room + 1);
        }
    }
    room_lock_drop(&store->header->pool);
    return true;
}

bool room_pool_mend(room_store *store)
{
    if (!enter(store)) {
        return false;
    }
    room_lock_drop(&store->header->pool);
    return true;
}
