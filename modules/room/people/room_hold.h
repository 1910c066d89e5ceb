/* room_hold.h - whose connections a cell stands for, in one word.
 *
 * One word, so that a process that dies at any instruction leaves the number of
 * a child's connections and that of a moderator's among them as they were, or
 * both as they are. Private to room/. Pure.
 */
#ifndef CHATWS_ROOM_HOLD_H
#define CHATWS_ROOM_HOLD_H

#include <stdbool.h>
#include <stdint.h>

/* Instead of the slot: the user's last connection has left, and the lower half
 * tells when that ends (room_cell.c). */
#define ROOM_HOLD_GHOST UINT32_C(0xffff)

/* Behind them are two more: room_layout_children. */
#define ROOM_HOLD_SLOTS_MOST (ROOM_HOLD_GHOST - 2)

/* One connection more or less, and of it a moderator's. */
static inline uint64_t room_hold_one(bool moderator)
{
    return moderator ? UINT64_C(1) << 24 | 1 : 1;
}

/* A slot's first connection. */
static inline uint64_t room_hold_of(uint32_t slot, bool moderator)
{
    return (uint64_t)slot << 48 | room_hold_one(moderator);
}

/* `remote`: that was a connection to another host. */
static inline uint64_t room_hold_ghost(uint32_t end, bool remote)
{
    return (uint64_t)ROOM_HOLD_GHOST << 48 | (uint64_t)remote << 32 | end;
}

/* Of a ghost. */
static inline bool room_hold_was_remote(uint64_t hold)
{
    return (hold >> 32 & 1) != 0;
}

static inline uint32_t room_hold_slot(uint64_t hold)
{
    return (uint32_t)(hold >> 48);
}

static inline uint32_t room_hold_connections(uint64_t hold)
{
    return (uint32_t)(hold & 0xffffff);
}

/* How many of them are a moderator's. */
static inline uint32_t room_hold_moderators(uint64_t hold)
{
    return (uint32_t)(hold >> 24 & 0xffffff);
}

#endif
