/* act_purge.c - what somebody has written goes; see act_purge.h. */
#include "act/moderation/act_purge.h"

#include "act/moderation/act_amend.h"
#include "room/people/room_search.h"

void act_purge_step(const act_call *call, act_purge *it)
{
    size_t left = ACT_PURGE_MOST;
    room_handle room;

    while (left > 0
           && room_search_room(call->store, it->realm, it->room, &room)) {
        size_t gone = act_amend_purge(call, room, it->user, left);

        /* When so many went, there may be more of them in this room. */
        it->room = gone == left ? room.index : room.index + 1;
        left -= gone;
    }
    it->left = left == 0;
}
