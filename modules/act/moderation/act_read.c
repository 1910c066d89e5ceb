/* act_read.c - see act_read.h. */
#include "act/moderation/act_read.h"

#define STEP 65536

bool act_read_on(room_store *store, room_handle room, room_log_cursor *at,
                 uint64_t end, room_log_visit *visit, void *context)
{
    uint64_t before = at->seq;

    return before < end
           && room_log_read_on(store, room, at, end, STEP, visit, context)
                  == ROOM_OK
           && at->seq != before;
}
