/* hub_way_pack.c - compressing frames in place; see hub_way_pack.h. */
#include "hub/way/hub_way_pack.h"

#include <string.h>

#include "hub/way/hub_codec.h"
#include "ws/ws_frame.h"

/* Of the header of a frame that we have written (ws_frame_write_header). */
static size_t header_size(const unsigned char *frame)
{
    return frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10;
}

static size_t payload_size(const unsigned char *frame)
{
    size_t end = header_size(frame);
    size_t size = 0;

    if (end == 2) {
        return frame[1];
    }
    for (size_t at = 2; at < end; at++) {
        size = size << 8 | frame[at];
    }
    return size;
}

typedef size_t deflate_fn(hub *core, unsigned window_bits,
                          const unsigned char *data, size_t size,
                          const unsigned char **out);

static size_t pack(hub *core, const hub_way *way, unsigned char *frame,
                   size_t size, deflate_fn *deflate)
{
    unsigned first = frame[0];
    size_t header = header_size(frame);
    const unsigned char *packed;
    size_t packed_size = deflate(core, way->window_bits, frame + header,
                                 size - header, &packed);

    if (packed_size > 0) {
        header = ws_frame_write_header(frame, first | WS_FRAME_RSV1,
                                       packed_size);
        memcpy(frame + header, packed, packed_size);
        size = header + packed_size;
    }
    hub_codec_tidy(core);
    return size;
}

size_t hub_way_pack_frame(hub *core, const hub_way *way, unsigned char *frame,
                          size_t size, size_t least)
{
    return way->window_bits == 0 || size - header_size(frame) < least
               ? size
               : pack(core, way, frame, size, hub_codec_deflate);
}

void hub_way_pack(hub *core, const hub_way *way, base_bytes *out, size_t from,
                  size_t least)
{
    size_t to = from;

    if (way->window_bits == 0) {
        return;
    }
    for (size_t at = from; at < out->len;) {
        unsigned char *frame = out->data + at;
        size_t payload = payload_size(frame);
        size_t size = header_size(frame) + payload;

        at += size;
        if (payload >= least) {
            size = pack(core, way, frame, size, hub_codec_deflate_single);
        }
        memmove(out->data + to, frame, size);
        to += size;
    }
    out->len = to;
}
