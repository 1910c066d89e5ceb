/* hub_output.h - what a client is sent, and in which order.
 *
 * Private to modules/hub; loop thread only. The order is told in hub_client.h.
 */
#ifndef CHATWS_HUB_OUTPUT_H
#define CHATWS_HUB_OUTPUT_H

#include "hub/hub_client.h"
#include "room/log/room_id.h"

/* Writes as much as the socket takes, but one client's share of the turn. */
void hub_output_flush(hub_client *client);

/* The same when what its room's stream has grown by is all that may be new to
 * it: much cheaper if so. The bytes that it got of that are returned, and not
 * counted yet. */
size_t hub_output_share(hub_client *client);

/* Has it read unless it does not read our answers, and tells the poll what it
 * waits for now. */
void hub_output_watch(hub_client *client);

/* Where answers are appended, behind what they refer to, after which the client
 * is flushed; NULL once it is closing. */
base_bytes *hub_output_answers(hub_client *client);

/* The same for what refers to nothing, a ping or a pong: where the archive has
 * to be waited for it does not wait. */
base_bytes *hub_output_control(hub_client *client);

/* Appends one event to what the client is sent; `id` (may be NULL) is its
 * position for those that come back. No-op once it is closing, and for
 * one that gets a single answer. */
void hub_output_tell(hub_client *client, const base_bytes *event,
                     const room_id *id);

/* How many bytes that the client is to be sent its socket has not taken. */
uint64_t hub_output_waiting(const hub_client *client);

/* Takes back a pong that waits and has not been begun, for a later one. */
void hub_output_drop_pong(hub_client *client);

/* Ends the conversation but for what was said: everything that the client has
 * still to get moves to `output`, in its order; it reads its room no more, and
 * leaves it at the end of the turn. */
void hub_output_end(hub_client *client);

/* Sends a Close with `code` (1005: empty) and ends the conversation: waits for
 * the answer when `ask`, else finishes. What came before goes out before it.
 * Who cannot answer just finishes. */
void hub_output_close(hub_client *client, unsigned code, bool ask);

/* The same with another reason than the code's sentence (UTF-8 of at most
 * WS_CLOSE_REASON_MAX bytes), where a way has one. */
void hub_output_close_for(hub_client *client, unsigned code, bool ask,
                          const char *reason);

#endif
