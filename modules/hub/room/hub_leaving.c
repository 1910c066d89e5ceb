/* hub_leaving.c - takes connections out of rooms; see hub_leaving.h. */
#include "hub/room/hub_leaving.h"

#include <string.h>

#include "room/people/room_member.h"

/* Who could not be taken out. */
typedef struct {
    room_handle room;
    uint64_t user;
    int64_t until_us;
} leaving;

static bool take_out(hub *core, const leaving *who)
{
    return room_member_leave(core->store, who->room, core->slot,
                             who->user, who->until_us, NULL) != ROOM_BUSY;
}

void hub_leaving_take(hub *core, room_handle room, uint64_t user,
                      int64_t until_us)
{
    leaving who = { room, user, until_us };

    if (!take_out(core, &who)) {
        base_bytes_append(&core->leaving, &who, sizeof(who));
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
        leaving who;

        memcpy(&who, core->leaving.data + at, sizeof(who));
        if (!take_out(core, &who)) {
            memmove(core->leaving.data + kept, &who, sizeof(who));
            kept += sizeof(who);
        }
    }
    core->leaving.len = kept;
    if (kept == 0) {
        base_bytes_free(&core->leaving);
    }
}
