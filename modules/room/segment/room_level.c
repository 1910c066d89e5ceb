/* room_level.c - see room_level.h. */
#include "room/segment/room_level.h"

#include <stdlib.h>

static int by_use(const void *left, const void *right)
{
    const room_level_found *a = left;
    const room_level_found *b = right;

    if (a->in_use != b->in_use) {
        return a->in_use ? -1 : 1;
    }
    return (a->idle_us < b->idle_us) - (a->idle_us > b->idle_us);
}

void room_level_sort(room_level_found *list, uint32_t count)
{
    qsort(list, count, sizeof(*list), by_use);
}

static uint64_t pages_at(const room_level_found *list, uint32_t count,
                         uint32_t level)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += list[i].pages < level ? list[i].pages : level;
    }
    return sum;
}

uint32_t room_level_find(const room_level_found *list, uint32_t count,
                         uint32_t pages, uint32_t most)
{
    /* The largest rooms give, and a small one keeps all that it has. */
    uint32_t low = 1;
    uint32_t high = most;

    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;

        if (pages_at(list, count, middle) <= pages) {
            low = middle;
        }
        else {
            high = middle - 1;
        }
    }
    return low;
}
