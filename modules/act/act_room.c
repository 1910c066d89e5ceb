/* act_room.c - see act_room.h. */
#include "act/act_room.h"

#include <string.h>

#include "archive/archive_room.h"
#include "base/base_clock.h"
#include "base/base_hash.h"
#include "relay/relay.h"
#include "relay/reader/relay_load.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_import.h"
#include "room/people/room_search.h"
#include "room/relay/room_relay.h"
#include "room/table/room_idle.h"

/* What the archive must not tell any more, the room does not keep either. */
static int64_t longest_age(const room_store *store,
                           const act_settings *settings)
{
    return room_archive_fd(store) >= 0 && settings->archive_keep > 0
                   && settings->archive_keep < settings->history_age
               ? settings->archive_keep : settings->history_age;
}

static room_status make(room_store *store, const act_room_key *room,
                        const act_settings *settings, room_handle *handle)
{
    return room_table_open(store, room->key, room->key_size,
                           settings->history_count,
                           longest_age(store, settings), base_clock_now(),
                           handle);
}

void act_room_relayed(const room_store *store, const act_room_key *room,
                      const act_settings *settings, struct relay *r,
                      relay_room *out)
{
    *out = (relay_room){ .settings = relay_told(r),
                         .key = room->key,
                         .key_size = room->key_size,
                         .keep_count = settings->history_count,
                         .keep_age_ms = longest_age(store, settings),
                         .realm = act_room_realm(room, settings),
                         .archive_keep_ms = settings->archive_keep };
}

/* From the other hosts. */
static room_status load(room_store *store, const act_room_key *room,
                        const act_settings *settings, room_handle handle)
{
    relay_room there;

    if (!room->relay) {
        return ROOM_UNREAD;
    }
    act_room_relayed(store, room, settings, room->relay, &there);
    return relay_load_room(room->relay, handle, &there, true);
}

/* Many may come at once after a start: each reads, and the first one's
 * counts. */
static room_status read_in(room_store *store, const act_room_key *room,
                           const act_settings *settings, room_handle handle)
{
    if (room_relay_on(store)) { /* where the archive is, too */
        return room_relay_wanted(store, handle)
                   ? load(store, room, settings, handle) : ROOM_OK;
    }
    room_import_keep(store, handle, settings->archive_keep);
    if (!room_import_wanted(store, handle)) {
        return ROOM_OK;
    }
    return room->archive
                   && archive_room_load(room->archive, handle, room->key,
                                        room->key_size,
                                        settings->history_count,
                                        longest_age(store, settings))
                          == ARCHIVE_OK
               ? ROOM_OK : ROOM_UNREAD;
}

/* ROOM_ABSENT: the archive does not know it, or there is none. */
static room_status make_archived(room_store *store, const act_room_key *room,
                                 const act_settings *settings,
                                 room_handle *handle)
{
    if (!room->archive || settings->archive_keep == 0) {
        return ROOM_ABSENT;
    }
    switch (archive_room_known(room->archive, room->key, room->key_size)) {
    case ARCHIVE_OK: return make(store, room, settings, handle);
    case ARCHIVE_ABSENT: return ROOM_ABSENT;
    case ARCHIVE_AWAY:
    case ARCHIVE_FAILED:
    default: return ROOM_UNREAD;
    }
}

/* Other hosts may have the room. Its position is by their clock: by that of
 * this host it may be one in front of which something still comes. */
static room_status make_shared(room_store *store, const act_room_key *room,
                               const act_settings *settings,
                               room_handle *handle,
                               room_table_nowhere *nowhere)
{
    relay_room there;
    room_status status;

    act_room_relayed(store, room, settings, room->relay, &there);
    status = relay_load_known(room->relay, &there, nowhere);
    switch (status) {
    case ROOM_OK: return make(store, room, settings, handle);
    case ROOM_ABSENT: return make_archived(store, room, settings, handle);
    default: return status;
    }
}

/* Whoever only asks for a room must not make it: it may be one of thousands of
 * names that somebody tries. */
static room_status make_known(room_store *store, const act_room_key *room,
                              const act_settings *settings,
                              room_handle *handle, room_table_nowhere *nowhere)
{
    return room->relay ? make_shared(store, room, settings, handle, nowhere)
                       : make_archived(store, room, settings, handle);
}

room_status act_room_seek(room_store *store, const act_room_key *room,
                          const act_settings *settings, room_handle *handle,
                          room_table_nowhere *nowhere)
{
    room_status status = room_table_seek(store, room->key, room->key_size,
                                         settings->history_count,
                                         longest_age(store, settings),
                                         base_clock_now(), handle, nowhere);

    if (status == ROOM_ABSENT) {
        status = make_known(store, room, settings, handle, nowhere);
    }
    if (status == ROOM_OK) {
        status = read_in(store, room, settings, *handle);
    }
    if (status == ROOM_OK) {
        room_search_mark(store, *handle, act_room_realm(room, settings));
    }
    return status;
}

room_status act_room_open(room_store *store, const act_room_key *room,
                          const act_settings *settings, room_handle *handle)
{
    room_table_nowhere nowhere;
    room_status status = ROOM_OK;

    if (!settings->creates) {
        status = act_room_seek(store, room, settings, handle, &nowhere);
    }
    else {
        status = make(store, room, settings, handle);
        status = status == ROOM_OK ? read_in(store, room, settings, *handle)
                                   : status;
    }
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
