/* hub_talk.h - what a client says and what that does: echo, or commands of a
 * room.
 *
 * Private to modules/hub; loop thread only.
 */
#ifndef CHATWS_HUB_TALK_H
#define CHATWS_HUB_TALK_H

#include "hub/hub_client.h"

/* Enters the room of the offer: seat, membership, hello, and what is kept or
 * came after the cursor. False: the client was told why it cannot. */
bool hub_talk_enter(hub_client *client, const hub_offer *offer);

/* Leaves the room, if it is in one. */
void hub_talk_leave(hub_client *client);

/* A long-poll is no member of its room any more, as if it had been answered,
 * but keeps its seat and goes on waiting: its client has probably gone. */
void hub_talk_part(hub_client *client);

/* Acts upon bytes from the client, which are changed; returns how many. Those
 * behind a command over the rate are left (hub_input_halt). */
size_t hub_talk_feed(hub_client *client, unsigned char *data, size_t size);

/* Says goodbye: the server stops; come back within `seconds`. */
void hub_talk_bye(hub_client *client, int seconds);

#endif
