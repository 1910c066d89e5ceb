/* hub_queue.h - clients that have used up their share of a turn and wait for
 * the next one: to be read, or to be sent more; or that wait for their room.
 *
 * Private to modules/hub; loop thread only. First come, first served, for
 * HUB_SLICE_US a turn at most, however many there are.
 */
#ifndef CHATWS_HUB_QUEUE_H
#define CHATWS_HUB_QUEUE_H

#include "hub/hub_client.h"

/* Puts the client at the end, unless it is dead or waits already, for this or,
 * to be read, for the other of the two. */
void hub_queue_put(hub_client *client, hub_queue_name which);

/* True while it is in the queue. */
bool hub_queue_has(const hub_client *client, hub_queue_name which);

/* True while it is in one of the queues of those that are to be read. */
bool hub_queue_unread(const hub_client *client);

/* Takes clients out and serves each once, as long as the slice lasts. */
void hub_queue_serve(hub *core, hub_queue_name which,
                     void (*serve)(hub_client *client));

/* Takes the dead out, also of those that are marked to be flushed. */
void hub_queue_purge(hub *core);

#endif
