/* hub_way_sse.h - a line of event streams that is no event; see hub_way.h.
 *
 * Private to modules/hub. Pure.
 */
#ifndef CHATWS_HUB_WAY_SSE_H
#define CHATWS_HUB_WAY_SSE_H

#include "hub/way/hub_way.h"

/* Appends when a browser shall open the event stream again, in milliseconds;
 * it belongs to the event that follows. */
void hub_way_sse_retry(base_bytes *out, bool chunked, unsigned milliseconds);

#endif
