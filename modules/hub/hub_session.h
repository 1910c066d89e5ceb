/* hub_session.h - a client from its adoption to its burial.
 *
 * Private to modules/hub; loop thread only. In one turn a client is read
 * HUB_SHARE bytes at most. Whatever ends a client only marks it; it is buried
 * where nobody has one at hand.
 */
#ifndef CHATWS_HUB_SESSION_H
#define CHATWS_HUB_SESSION_H

#include "hub/hub_client.h"

/* Takes over an offer's connection; frees the offer. */
void hub_session_adopt(hub *core, hub_offer *offer);

/* What the poll said of the client's socket. If there is something to read,
 * reads a piece and acts upon it. Who has more than that waits in the queue
 * HUB_TO_READ, so that a member with one command does not wait for those that
 * have thousands. */
void hub_session_ready(hub_client *client, unsigned ready);

/* Its turn in that queue: the same for the rest of its share. */
void hub_session_read(hub_client *client);

/* Its turn in the queue HUB_TO_HEAR, where those wait whose room had its share
 * of the turn: a piece. */
void hub_session_hear(hub_client *client);

/* Its timer has fired; for loop_timer_wheel_init. */
void hub_session_due(void *context, loop_timer *timer);

/* Takes those that have ended out of their rooms, and frees the doomed. */
void hub_session_bury(hub *core);

#endif
