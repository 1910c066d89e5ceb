/* hub_look.h - a client's first text frame, as it came.
 *
 * For a WebSocket that asked to be shown it (?look). Private to modules/hub;
 * loop thread only.
 */
#ifndef CHATWS_HUB_LOOK_H
#define CHATWS_HUB_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"

typedef struct hub_look hub_look;

hub_look *hub_look_create(void);

/* NULL is allowed. */
void hub_look_destroy(hub_look *look);

/* Bytes of the client, before they are unmasked; those behind the frame are
 * passed over. False when they break the protocol: no frame will be told. */
bool hub_look_take(hub_look *look, const unsigned char *data, size_t size);

/* When the frame is complete, writes its event. */
bool hub_look_tell(const hub_look *look, base_bytes *out);

#endif
