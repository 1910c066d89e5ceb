/* hub_way_longpoll.h - long-polls: clients that wait for one answer.
 *
 * Private to modules/hub; loop thread only. Whoever comes here has everything
 * up to its cursor: httpd answers all others itself. When the room has
 * something new every waiter gets all of it in one answer, the same bytes for
 * all; at the end of its wait, or when the server stops, it gets an empty one.
 * The answer has no Content-Length: it ends with the connection, as JSON does
 * by itself, so that it stays small and its head the same for all.
 */
#ifndef CHATWS_HUB_WAY_LONGPOLL_H
#define CHATWS_HUB_WAY_LONGPOLL_H

#include "hub/hub_client.h"
#include "hub/hub_room.h"

/* True when some waiter lacks a message of the segment. */
bool hub_way_longpoll_has_news(const hub_room *room);

/* Answers the waiters that have news. */
void hub_way_longpoll_deliver(hub_room *room);

#endif
