/* act_start.c - see act_start.h. */
#include "act/act_start.h"

#include "base/base_clock.h"

room_status act_start_seek(room_store *store, room_handle room,
                           const act_start *start, room_log_position *at)
{
    /* What lies before everything is what a lost position is like. */
    static const room_id oldest = { 0, 0 };
    const room_id *after = start->unusable ? &oldest
                           : start->given  ? &start->after
                                           : NULL;
    room_status status = room_log_seek(store, room, after, start->history,
                                       base_clock_mono(), at);

    at->gap = at->gap || start->unusable;
    return status;
}
