/* hub_order.h - what moderators have said: who is banned or sent out ends, and
 * others are told of it.
 *
 * Private to modules/hub; loop thread only.
 */
#ifndef CHATWS_HUB_ORDER_H
#define CHATWS_HUB_ORDER_H

#include "act/act_call.h"
#include "hub/hub_client.h"

/* From now on only what is new is looked at. */
void hub_order_begin(hub *core);

/* Looks, if there is something new; cheap. Every turn, before rooms are
 * delivered. */
void hub_order_look(hub *core);

/* Tells a client that comes from another process, where it was told of all up
 * to that number, what was said while it was on its way. */
void hub_order_catch_up(hub_client *client, uint64_t seen);

/* Goes on with what a moderator's command has begun, in later turns. */
void hub_order_purge(hub_client *client, const act_result *begun);

/* True when that is a purge which has to look into the archive, too. */
bool hub_order_has_past(const hub_client *client, const act_result *begun);

/* Sends a client out that wants to enter the room `key`, if it may not: true.
 * It may have been banned since it asked httpd. */
bool hub_order_refuse(hub_client *client, const act_room_key *key);

#endif
