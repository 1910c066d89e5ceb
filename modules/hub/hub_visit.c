/* hub_visit.c - in and out again; see hub_visit.h. */
#include "hub/hub_visit.h"

#include "base/base_clock.h"
#include "hub/hub_member.h"
#include "room/room_table.h"

void hub_visit(room_store *store, int slot, const hub_room_key *room,
               const hub_settings *settings, const chat_person *who)
{
    chat_person visitor = *who;
    room_handle handle;

    if (slot >= 0
        && room_table_open(store, room->key, room->key_size,
                           settings->history_count, settings->history_age,
                           base_clock_now(), &handle)
           == ROOM_OK) {
        (void)hub_member_visit(store, handle, slot, &visitor,
                               base_clock_mono() + ROOM_MEMBER_GRACE_US);
    }
}
