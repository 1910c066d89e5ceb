/* act_room.c - see act_room.h. */
#include "act/act_room.h"

#include <string.h>

#include "base/base_clock.h"
#include "base/base_hash.h"
#include "room/people/room_search.h"
#include "room/table/room_idle.h"
#include "room/table/room_table.h"

room_status act_room_open(room_store *store, const act_room_key *room,
                          const act_settings *settings, room_handle *handle)
{
    room_table_nowhere nowhere;
    room_status status =
        settings->creates
            ? room_table_open(store, room->key, room->key_size,
                              settings->history_count, settings->history_age,
                              base_clock_now(), handle)
            : room_table_seek(store, room->key, room->key_size,
                              settings->history_count, settings->history_age,
                              base_clock_now(), handle, &nowhere);

    if (status == ROOM_OK) {
        room_search_mark(store, *handle, act_room_realm(room, settings));
        room_idle_mark(store, *handle, settings->creators);
    }
    return status;
}

/* Without a secret: nobody outside can choose a site or a section. The key of
 * the hash is the section, so that equal sites have other realms in each. */
uint64_t act_room_realm(const act_room_key *room, const act_settings *settings)
{
    const base_hash_key section = { settings->realm, 0 };
    const char *end = memchr(room->key, '\n', room->key_size);
    size_t site = end ? (size_t)(end - room->key) : room->key_size;

    return base_hash(&section, room->key, site);
}
