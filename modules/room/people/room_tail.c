/* room_tail.c - see room_tail.h. */
#include "room/people/room_tail.h"

#include <string.h>

#include "room/people/room_spare.h"
#include "room/segment/room_fault.h"

static bool is_tail(const room_store *store, uint32_t index)
{
    return index < store->geometry.cells
           && atomic_load(&store->cells[index].state) == ROOM_CELL_TAIL;
}

static void set_state(room_store *store, uint32_t index,
                      room_cell_state state)
{
    atomic_store(&store->cells[index].state, state);
}

void room_tail_free(room_store *store, uint32_t first)
{
    uint32_t index = first;

    for (uint32_t i = 0; i < ROOM_TAILS_MOST && is_tail(store, index); i++) {
        room_tail *tail = (room_tail *)&store->cells[index];
        uint32_t more = tail->more;

        ROOM_FAULT(98);
        set_state(store, index, ROOM_CELL_FREE);
        memset(tail->text, 0, sizeof(tail->text));
        room_spare_give(store, index);
        index = more;
    }
}

bool room_tail_write(room_store *store, const char *text, size_t size,
                     uint32_t *first)
{
    size_t end = size;

    *first = ROOM_NONE;
    while (end > ROOM_CELL_TEXT) {
        /* From the last one: what a tail refers to is complete. */
        size_t part = (end - ROOM_CELL_TEXT - 1) % ROOM_TAIL_TEXT + 1;
        uint32_t index = room_spare_take(store);
        room_tail *tail;

        if (index == ROOM_NONE) {
            room_tail_free(store, *first);
            return false;
        }
        end -= part;
        tail = (room_tail *)&store->cells[index];
        tail->more = *first;
        memcpy(tail->text, text + end, part);
        /* The state comes after the bytes, here and in room_cell_make: what a
         * repair finds is complete. */
        ROOM_FAULT(94);
        set_state(store, index, ROOM_CELL_TAIL);
        *first = index;
    }
    return true;
}

size_t room_tail_read(const room_store *store, const room_cell *cell,
                      size_t size, char text[2 * ROOM_NAME_MAX])
{
    size_t at = size < ROOM_CELL_TEXT ? size : ROOM_CELL_TEXT;
    uint32_t index = cell->more;

    memcpy(text, cell->text, at);
    while (at < size && is_tail(store, index)) {
        const room_tail *tail = (void *)&store->cells[index];
        size_t part = size - at < ROOM_TAIL_TEXT ? size - at : ROOM_TAIL_TEXT;

        memcpy(text + at, tail->text, part);
        at += part;
        index = tail->more;
    }
    return at;
}
