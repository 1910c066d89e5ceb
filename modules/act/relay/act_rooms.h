/* act_rooms.h - which rooms there are on all hosts that share them, as Redis
 * has it. However many lists of rooms are asked for, a child asks at most twice
 * a second, and of a prefix every two seconds.
 *
 * Private to modules/act. On a thread that may block.
 */
#ifndef CHATWS_ACT_ROOMS_H
#define CHATWS_ACT_ROOMS_H

#include "act/act_room.h"
#include "room/log/room_id.h"

typedef struct {
    const char *key;
    size_t key_size;
    uint32_t members; /* about: who is on two hosts counts twice */
    room_id last;     /* the newest message; 0-0: none is kept */
} act_rooms_row;

/* Visits the rooms of the prefix's realm whose keys begin with it, in the order
 * of their keys; at most some hundred. True: there are more, or it was not yet
 * to be asked. None when Redis cannot be asked now, or there is none. */
bool act_rooms_each(const act_room_key *prefix, const act_settings *settings,
                    void (*visit)(void *context, const act_rooms_row *row),
                    void *context);

/* True when one with this key is known of. */
bool act_rooms_has(const act_room_key *prefix, const char *key,
                   size_t key_size);

#endif
