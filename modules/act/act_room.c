/* act_room.c - see act_room.h. */
#include "act/act_room.h"

#include "base/base_clock.h"
#include "room/table/room_table.h"

room_status act_room_open(room_store *store, const act_room_key *room,
                          const act_settings *settings, room_handle *handle)
{
    return room_table_open(store, room->key, room->key_size,
                           settings->history_count, settings->history_age,
                           base_clock_now(), handle);
}
