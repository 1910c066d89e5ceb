/* act_room.h - a room by its key.
 *
 * Used by act, hub and httpd; any thread.
 */
#ifndef CHATWS_ACT_ROOM_H
#define CHATWS_ACT_ROOM_H

#include <stddef.h>

#include "act/act_settings.h"
#include "relay/relay_room.h"
#include "room/segment/room_store.h"
#include "room/table/room_table.h"

/* Longest key of a room: "site\n/path". */
#define ACT_KEY_MOST 480

typedef struct {
    const char *key; /* "site\n/decoded/path": see httpd_site.h */
    size_t key_size; /* at most ACT_KEY_MOST */
    struct archive *archive; /* what the room has had before is there; NULL:
                                nowhere, or who asks must not wait for it, as
                                the loop */
    struct relay *relay;     /* several hosts have the room; NULL: none, or the
                                same */
} act_room_key;

/* The room, which from now on keeps what `settings` says. It is made if need
 * be, as room_table_open does, and read in from the archive or the relay;
 * ROOM_ABSENT: this person may not make it. ROOM_UNREAD: it cannot be read in
 * now, or `room` does not say where from. */
room_status act_room_open(room_store *store, const act_room_key *room,
                          const act_settings *settings, room_handle *handle);

/* The same for somebody who reads: it is not made unless the archive or the
 * relay has it. ROOM_ABSENT: there is none, and `nowhere` is filled in
 * (room_table_seek). */
room_status act_room_seek(room_store *store, const act_room_key *room,
                          const act_settings *settings, room_handle *handle,
                          room_table_nowhere *nowhere);

/* The room as the relay knows it; `out` points into `room` and to what the
 * relay was told. */
void act_room_relayed(const room_store *store, const act_room_key *room,
                      const act_settings *settings, struct relay *r,
                      relay_room *out);

/* Where a moderator's sanctions hold: all rooms of the site under the same
 * section, or the whole site where no section says who moderates. The same on
 * every host and after every start, since it is told to what outlives them. */
uint64_t act_room_realm(const act_room_key *room,
                        const act_settings *settings);

#endif
