/* hub_visit.c - in and out again; see hub_visit.h. */
#include "hub/hub_visit.h"

#include "base/base_clock.h"
#include "hub/hub_member.h"
#include "hub/hub_refusal.h"
#include "room/room_table.h"

chat_error hub_visit_check(room_store *store, int slot,
                           const hub_room_key *room,
                           const hub_settings *settings,
                           const chat_person *who)
{
    room_store_figures figures;
    room_handle handle;
    room_member member;
    room_status status = ROOM_FULL;

    if (slot >= 0) {
        status = room_table_open(store, room->key, room->key_size,
                                 settings->history_count,
                                 settings->history_age, base_clock_now(),
                                 &handle);
    }
    if (status != ROOM_OK) {
        return hub_refusal_error(status);
    }
    room_store_figures_get(store, &figures);
    return figures.cells_free > 0
                   || room_member_find(store, handle, who->user, &member)
                          == ROOM_OK
               ? CHAT_OK
               : CHAT_ROOMS_FULL;
}

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
