/* room_level.h - how much of each room goes along to another segment. Pure,
 * private to room/segment/.
 */
#ifndef CHATWS_ROOM_LEVEL_H
#define CHATWS_ROOM_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

/* A room of the old segment as it was found. */
typedef struct {
    uint32_t room;
    uint32_t pages;
    int64_t idle_us;
    bool in_use; /* somebody is in it */
} room_level_found;

/* Those in use first, then those used last. */
void room_level_sort(room_level_found *list, uint32_t count);

/* The most pages a room may have so that all fit into `pages`; `most` at
 * most. */
uint32_t room_level_find(const room_level_found *list, uint32_t count,
                         uint32_t pages, uint32_t most);

#endif
