/* hub_way_status.h - an event stream without a room: the server's figures, once
 * a second (hub_options.figures); see hub_way.h.
 *
 * Private to modules/hub; loop thread only. The event is written once for all
 * who watch, and for those who come within a quarter of a second. One that does
 * not keep up misses events; nothing is kept for it.
 */
#ifndef CHATWS_HUB_WAY_STATUS_H
#define CHATWS_HUB_WAY_STATUS_H

#include "hub/hub_core.h"

/* So many may watch a child; one more gets one event, and the end. */
#define HUB_WAY_STATUS_MOST 8

/* Each sweep: tells all who watch, when it is time. */
void hub_way_status_tell(hub *core);

#endif
