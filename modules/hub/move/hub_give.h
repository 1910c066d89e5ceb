/* hub_give.h - gives the connections of a child that ends to one of the next
 * generation.
 *
 * Private to modules/hub; loop thread only. A connection goes as a packet with
 * its ticket (hub_ticket.h) and its descriptor, and is gone here at once: who
 * takes it decides what becomes of it. What has no ticket stays, and is told to
 * come back: over TLS, behind a pipe of HTTP/2, or with more to send than a
 * packet holds.
 */
#ifndef CHATWS_HUB_GIVE_H
#define CHATWS_HUB_GIVE_H

#include "hub/hub_client.h"

/* True: it is gone, and is buried at the end of the turn. */
bool hub_give_client(hub_client *client);

/* Gives as many as fit into a slice of the turn. False: there are none any more
 * that would go, now or soon. */
bool hub_give_run(hub *core);

#endif
