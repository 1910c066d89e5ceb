/* hub_way_ws.h - the ways of WebSocket connections that have agreed on
 * permessage-deflate: one for each window, as one frame is right for all who
 * have the same.
 */
#ifndef CHATWS_HUB_WAY_WS_H
#define CHATWS_HUB_WAY_WS_H

#include <stdbool.h>

#include "hub/hub_offer.h"

/* `window_bits` of a ws_extension, 0: hub_way_ws, or hub_way_ws_echo. */
const hub_way *hub_way_ws_of(bool echo, unsigned window_bits);

#endif
