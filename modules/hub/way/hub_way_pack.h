/* hub_way_pack.h - compresses what was written for WebSocket clients.
 *
 * Private to modules/hub; loop thread only. A message is written as a plain
 * frame first, so that under a room's lock it is only copied; then its frame is
 * compressed where it stands, which never makes it longer. Each frame for
 * itself: a message that is short, or would not get shorter, stays plain. All
 * of it does nothing for a way without `window_bits`.
 */
#ifndef CHATWS_HUB_WAY_PACK_H
#define CHATWS_HUB_WAY_PACK_H

#include "hub/way/hub_way.h"

/* Compresses a frame of ours if its payload has at least so many bytes; returns
 * its size then. */
size_t hub_way_pack_frame(hub *core, const hub_way *way, unsigned char *frame,
                          size_t size, size_t least);

/* Compresses all frames of `out` from there on, for one client, as far as the
 * child can afford it (hub_codec.h). */
void hub_way_pack(hub *core, const hub_way *way, base_bytes *out, size_t from,
                  size_t least);

#endif
