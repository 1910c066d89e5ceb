/* hub_wire.h - how an event looks on each stream: a WebSocket text frame
 * (RFC 6455 5.2), or an event of an event stream (WHATWG HTML 9.2.5), which
 * over HTTP/1.1 is one chunk (RFC 9112 7.1), whole lines in it: a client that
 * decodes chunk by chunk never waits for the rest of an event.
 *
 * Private to modules/hub; any thread. The event itself, one line of JSON, has
 * the same bytes everywhere.
 */
#ifndef CHATWS_HUB_WIRE_H
#define CHATWS_HUB_WIRE_H

#include "base/base_bytes.h"
#include "hub/hub.h"
#include "room/log/room_log.h"

/* Appends an event. `id` (may be NULL): its position, which a browser gives
 * back as Last-Event-ID. */
void hub_wire_event(base_bytes *out, hub_transport transport,
                    const base_bytes *event, const room_id *id);

/* Appends a message of the log; for room_log_visit. */
void hub_wire_message(base_bytes *out, hub_transport transport,
                      const room_log_record *record);

/* Appends a gap event. */
void hub_wire_gap(base_bytes *out, hub_transport transport, room_id after,
                  room_id next);

/* Appends the ping of an event stream: a comment. */
void hub_wire_comment(base_bytes *out, hub_transport transport);

/* Appends when a browser shall open the event stream again, in milliseconds;
 * it belongs to the event that follows. */
void hub_wire_retry(base_bytes *out, hub_transport transport,
                    unsigned milliseconds);

/* Appends the last chunk, which says that the stream is complete, where there
 * are chunks; nothing may follow. */
void hub_wire_last(base_bytes *out, hub_transport transport);

#endif
