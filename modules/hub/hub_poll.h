/* hub_poll.h - long-polls: clients that wait for one answer.
 *
 * Private to modules/hub; loop thread only. Whoever comes here has everything
 * up to its cursor: httpd answers all others itself. When the room has
 * something new every waiter gets all of it in one answer, the same bytes for
 * all; at the end of its wait, or when the server stops, it gets an empty one.
 * The answer has no Content-Length: it ends with the connection, as JSON does
 * by itself, so that it stays small and its head the same for all.
 */
#ifndef CHATWS_HUB_POLL_H
#define CHATWS_HUB_POLL_H

#include "hub/hub_client.h"
#include "hub/hub_room.h"
#include "room/log/room_log.h"

/* Takes over what a long-poll has to remember from its offer. */
void hub_poll_init(hub_client *client, hub_offer *offer);

/* Gives back the memory. */
void hub_poll_destroy(hub_client *client);

/* The client has its seat: lets it wait, or answers at once when there is
 * something for it already. */
void hub_poll_begin(hub_client *client, const room_log_position *from);

/* True when some waiter lacks a message of the segment. */
bool hub_poll_has_news(const hub_room *room);

/* Answers the waiters that have news. */
void hub_poll_deliver(hub_room *room);

/* The wait is over: an empty answer. */
void hub_poll_end(hub_client *client);

/* Refuses it. */
void hub_poll_refuse(hub_client *client, chat_error error);

#endif
