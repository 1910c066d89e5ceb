/* hub_give.h - gives the connections of a child to another one: at its end to
 * one of the next generation.
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

typedef enum {
    HUB_GONE,  /* and is buried at the end of the turn */
    HUB_LATER, /* it may go soon */
    HUB_FULL,  /* the queue: nobody goes now */
    HUB_STAYS
} hub_fate;

/* Gives it to whoever takes from the queue. */
hub_fate hub_give_to(hub_client *client, const hub_queue_ends *queue);

/* At the end of this child. True: it is gone. */
bool hub_give_client(hub_client *client);

/* Gives as many as fit into a slice of the turn. False: there are none any more
 * that would go, now or soon. */
bool hub_give_run(hub *core);

#endif
