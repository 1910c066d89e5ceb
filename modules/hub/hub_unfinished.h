/* hub_unfinished.h - how much memory the unfinished messages of all clients
 * take, and who has to go when it is too much.
 *
 * Private to modules/hub; loop thread only. A message that is on its way in is
 * kept until it is whole, and so is what was read behind a command over the
 * rate. Each client's is bounded by ChatMaxPayload, all clients' of one child
 * together by HUB_UNFINISHED_MOST (or four times the largest ChatMaxPayload,
 * when that is more). Beyond it the largest are closed with 1008, of those of
 * one size the oldest first.
 */
#ifndef CHATWS_HUB_UNFINISHED_H
#define CHATWS_HUB_UNFINISHED_H

#include "hub/hub_client.h"

#define HUB_UNFINISHED_MOST (32 * 1024 * 1024)

/* Notes what the client has unfinished now; may close clients, this one or
 * others, but none is freed in it. */
void hub_unfinished_note(hub_client *client);

/* It has nothing any more. */
void hub_unfinished_forget(hub_client *client);

/* Frees the list. */
void hub_unfinished_destroy(hub *core);

#endif
