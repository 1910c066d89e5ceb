/* relay_others.h - what the hosts tell each other besides records: who is in a
 * room, who types, sanctions, notices, which hosts are alive, and how many
 * connections addresses have there.
 *
 * These are the places where the reader (reader/relay_reader.h) calls; all on
 * its thread.
 */
#ifndef CHATWS_RELAY_OTHERS_H
#define CHATWS_RELAY_OTHERS_H

#include "relay/reader/relay_bus.h"
#include "relay/reader/relay_rooms.h"

typedef struct relay_others relay_others;

/* Never NULL. */
relay_others *relay_others_create(relay_bus *bus);
void relay_others_destroy(relay_others *others);

/* There is a connection (again), and RELAY_BUS_HOSTS is heard. What is asked
 * now, and by the `done` of that, is answered before any room is followed, and
 * before the first room of this segment is opened (room_relay_begin). */
void relay_others_connect(relay_others *others);

/* True when Redis did not answer that as it should: no room may be opened. */
bool relay_others_failed(const relay_others *others);

/* There is none any more; all that was asked has come back. */
void relay_others_away(relay_others *others);

/* The room has caught up (again): its channel is heard. `one->people` is
 * yours, and NULL at first. */
void relay_others_live(relay_others *others, relay_rooms_one *one);

/* It is about to be forgotten: the room is no more. */
void relay_others_gone(relay_others *others, relay_rooms_one *one);

/* A message of its channel that is no record: "P...", "T...", "W...". */
void relay_others_hear_room(relay_others *others, relay_rooms_one *one,
                            const char *text, size_t size);

/* One of RELAY_BUS_HOSTS: "B...", "C...", "S...", "U...", "N...", "Y...",
 * "Z..."; this host's own, too. */
void relay_others_hear(relay_others *others, const char *text, size_t size);

/* About four times a second, while there is a connection. */
void relay_others_tick(relay_others *others, int64_t mono_us);

#endif
