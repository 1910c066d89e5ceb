/* hub_member.h - a client as a member of a room: it enters, is greeted, says
 * goodbye and leaves.
 *
 * Private to modules/hub; loop thread only.
 */
#ifndef CHATWS_HUB_MEMBER_H
#define CHATWS_HUB_MEMBER_H

#include "hub/hub_client.h"
#include "hub/archive/hub_fetch.h"

/* Where somebody starts to read whose cursor is older than the log: `seq` of
 * its position, which is no message's. */
#define HUB_MEMBER_ARCHIVED 0

/* Enters the room of the offer: seat, membership, and what its way says first;
 * or else the way tells the client why it cannot. */
void hub_member_enter(hub_client *client, const hub_offer *offer);

/* What streams say first: hello, and what is kept or came after the cursor. */
void hub_member_greet(hub_client *client, const chat_person *you,
                      const room_log_position *from);

/* Gives it what it has asked the archive for; a hub_fetch_give. When the
 * archive is away it is sent away as well, and comes back with its cursor. */
void hub_member_feed(hub_client *client, const hub_fetch_piece *piece);

/* Ends it when it has what is there now, of the archive a piece. */
void hub_member_feed_once(hub_client *client);

/* Tells with an event why the client cannot enter. */
void hub_member_refuse(hub_client *client, chat_error error);

/* Leaves the room, if it is in one. */
void hub_member_leave(hub_client *client);

/* A long-poll is no member of its room any more, as if it had been answered,
 * but keeps its seat and goes on waiting: its client has probably gone. */
void hub_member_part(hub_client *client);

/* It is no member any more, at once: nobody waits for it to come back. It keeps
 * its seat until it ends. */
void hub_member_forget(hub_client *client);

/* The same, and says with an event why it was sent out; the way then ends it.
 */
void hub_member_oust(hub_client *client, const hub_way_ban *why);

/* Says goodbye with an event: come back within `seconds`. */
void hub_member_bye(hub_client *client, int seconds);

#endif
