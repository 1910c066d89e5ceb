/* hub_first_frame.h - a client's first text frame, as it came.
 *
 * For a WebSocket that asked to be shown it (?look). Private to modules/hub;
 * loop thread only.
 */
#ifndef CHATWS_HUB_FIRST_FRAME_H
#define CHATWS_HUB_FIRST_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"

typedef struct hub_first_frame hub_first_frame;

hub_first_frame *hub_first_frame_create(void);

/* NULL is allowed. */
void hub_first_frame_destroy(hub_first_frame *frame);

/* Bytes of the client, before they are unmasked; those behind the frame are
 * passed over. False when they break the protocol: no frame will be told. */
bool hub_first_frame_take(hub_first_frame *frame, const unsigned char *data,
                          size_t size);

/* When the frame is complete, writes its event. */
bool hub_first_frame_tell(const hub_first_frame *frame, base_bytes *out);

#endif
