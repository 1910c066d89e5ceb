/* hub_way_sse.h - the parts of an event stream's table that others have as
 * well, and a line of event streams that is no event; see hub_way.h.
 *
 * Private to modules/hub.
 */
#ifndef CHATWS_HUB_WAY_SSE_H
#define CHATWS_HUB_WAY_SSE_H

#include "hub/way/hub_way.h"

/* Appends when a browser shall open the event stream again, in milliseconds;
 * it belongs to the event that follows. */
void hub_way_sse_retry(base_bytes *out, bool chunked, unsigned milliseconds);

/* Members of hub_way; _chunk in the chunked coding, _plain as it is. */
unsigned char *hub_way_sse_frame_chunk(base_bytes *out, size_t size,
                                       const room_id *id);
unsigned char *hub_way_sse_frame_plain(base_bytes *out, size_t size,
                                       const room_id *id);
void hub_way_sse_ping_chunk(base_bytes *out);
void hub_way_sse_ping_plain(base_bytes *out);
void hub_way_sse_close_chunk(base_bytes *out, unsigned code,
                             const char *reason);
void hub_way_sse_input_end(hub_client *client);
void hub_way_sse_bye(hub_client *client, int seconds);

#endif
