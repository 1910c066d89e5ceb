/* hub_codec.h - what compresses and inflates for a child's clients.
 *
 * Private to modules/hub; loop thread only. It is made when the first client
 * needs it, and all of them share it: none has memory of its own for this.
 */
#ifndef CHATWS_HUB_CODEC_H
#define CHATWS_HUB_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/hub_core.h"
#include "ws/ws_inflate.h"

ws_inflater *hub_codec_inflater(hub *core);

/* What that has done so far; see ws_inflate_spent. */
uint64_t hub_codec_inflated(const hub *core);

/* Compresses for a window of so many bits; returns the size, or 0: it would not
 * be shorter. `*out` is valid until hub_codec_tidy, which gives back the memory
 * of a long message. */
size_t hub_codec_deflate(hub *core, unsigned window_bits,
                         const unsigned char *data, size_t size,
                         const unsigned char **out);
void hub_codec_tidy(hub *core);

/* The same of what only one client gets, which is compressed as long as it
 * takes little time; what the one before was told is there already. 0 also:
 * there is no time for it. */
size_t hub_codec_deflate_single(hub *core, unsigned window_bits,
                                const unsigned char *data, size_t size,
                                const unsigned char **out);

void hub_codec_destroy(hub *core);

#endif
