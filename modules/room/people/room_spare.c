/* room_spare.c - see room_spare.h. */
#include "room/people/room_spare.h"

/* As cell_fresh: the next one to take the lock repairs all, since who finds the
 * fault is in the middle of something. */
#define BROKEN UINT32_MAX

uint32_t room_spare_take(room_store *store)
{
    room_header *header = store->header;
    uint32_t cells = store->geometry.cells;
    uint32_t index = header->cell_head;
    /* Cells that were never used come last: the kernel has given no memory for
     * them yet. */
    bool fresh = index == ROOM_NONE;

    if (fresh) {
        if (header->cell_fresh >= cells) {
            return ROOM_NONE;
        }
        index = header->cell_fresh++;
    }
    if (index >= header->cell_fresh || index >= cells
        || atomic_load(&store->cells[index].state) != ROOM_CELL_FREE) {
        header->cell_fresh = BROKEN;
        return ROOM_NONE;
    }
    if (!fresh) {
        header->cell_head = store->cells[index].next_user;
    }
    atomic_fetch_sub(&header->cells_free, 1);
    return index;
}

/* The latest first: its memory is still in the caches. */
void room_spare_give(room_store *store, uint32_t index)
{
    store->cells[index].next_user = store->header->cell_head;
    store->header->cell_head = index;
    atomic_fetch_add(&store->header->cells_free, 1);
}
