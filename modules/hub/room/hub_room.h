/* hub_room.h - a room as one child sees it: its members here and its streams.
 *
 * Private to modules/hub; loop thread only. A seat is a member's place; those
 * of all ways stand in one list. What is new in the segment goes to the
 * readers of each stream through its window (hub_stream.h), and answers
 * those who wait for it (hub_way.h).
 */
#ifndef CHATWS_HUB_ROOM_H
#define CHATWS_HUB_ROOM_H

#include "chat/chat_error.h"
#include "hub/hub_client.h"

/* Looks the room up or makes it, with the stream of the way ready; NULL
 * with *error set (act_refusal_error). */
hub_room *hub_room_enter(hub *core, const act_room_key *key,
                         const hub_way *way,
                         const act_settings *settings, chat_error *error);

/* Gives a client a seat. It gets no byte of a stream before its backlog, which
 * it needs to have, is read. */
void hub_room_seat(hub_room *room, hub_client *client);

/* Takes the seat away. */
void hub_room_leave(hub_client *client);

/* Has the room pumped in this turn. */
void hub_room_mark(hub_room *room);

/* True when its members have brought their share into this turn. */
bool hub_room_is_full(const hub_room *room);

/* Writes what is new to every member whose socket is not full; a room without
 * members ends. */
void hub_room_deliver(hub_room *room);

/* Marks the room with this index in the segment, if it is one of ours. */
void hub_room_mark_index(void *core, uint32_t index);

/* Looks at the rooms where something has to wait or somebody came or went, and
 * at some of the others, whatever the wake-ups said: marks those with something
 * new, tells who came and went, and lets rooms without members go. */
void hub_room_sweep(hub *core);

/* Frees all rooms; nobody has a seat. */
void hub_room_free_all(hub *core);

#endif
