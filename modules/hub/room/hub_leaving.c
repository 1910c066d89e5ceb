/* hub_leaving.c - takes connections out of rooms; see hub_leaving.h. */
#include "hub/room/hub_leaving.h"

#include <string.h>

/* Who could not be taken out. */
typedef struct {
    room_handle room;
    room_member_leaving who;
} leaving;

static bool take_out(hub *core, const leaving *one)
{
    return room_member_leave(core->store, one->room, core->slot, &one->who,
                             NULL) != ROOM_BUSY;
}

void hub_leaving_take(hub *core, room_handle room,
                      const room_member_leaving *who)
{
    leaving one = { room, *who };

    if (!take_out(core, &one)) {
        base_bytes_append(&core->leaving, &one, sizeof(one));
    }
}

/* Each has been a connection, so that more than that come only if the lock is
 * held while connections come and go: memory must not grow with them. */
bool hub_leaving_full(const hub *core)
{
    return core->leaving.len / sizeof(leaving)
           >= core->max_connections;
}

void hub_leaving_retry(hub *core)
{
    size_t kept = 0;

    for (size_t at = 0; at < core->leaving.len; at += sizeof(leaving)) {
        leaving one;

        memcpy(&one, core->leaving.data + at, sizeof(one));
        if (!take_out(core, &one)) {
            memmove(core->leaving.data + kept, &one, sizeof(one));
            kept += sizeof(one);
        }
    }
    core->leaving.len = kept;
    if (kept == 0) {
        base_bytes_free(&core->leaving);
    }
}
