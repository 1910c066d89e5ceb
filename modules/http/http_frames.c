/* http_frames.c - see http_frames.h. */
#include "http/http_frames.h"

#include <string.h>

static http_frames_step step_of(const http_frames *frames, size_t used)
{
    return (http_frames_step){ .used = used,
                               .size = used,
                               .stream = frames->stream,
                               .type = frames->type,
                               .flags = frames->flags };
}

http_frames_step http_frames_pass(http_frames *frames, size_t size)
{
    size_t used = size < frames->skip ? size : (size_t)frames->skip;
    http_frames_step step = step_of(frames, used);

    frames->skip -= used;
    step.ends = used > 0 && frames->skip == 0;
    return step;
}

static void read_header(http_frames *frames)
{
    const unsigned char *header = frames->header;

    frames->have = 0;
    frames->skip = (uint64_t)header[0] << 16 | (uint64_t)header[1] << 8
                   | header[2];
    frames->type = header[3];
    frames->flags = header[4];
    frames->stream = ((uint32_t)header[5] << 24 | (uint32_t)header[6] << 16
                      | (uint32_t)header[7] << 8 | header[8])
                     & 0x7fffffff; /* the first bit is reserved */
}

http_frames_step http_frames_take(http_frames *frames, const void *data,
                                  size_t size)
{
    size_t room = HTTP_FRAME_HEADER - frames->have;
    size_t used = size < room ? size : room;
    http_frames_step step;

    if (frames->skip > 0) {
        return http_frames_pass(frames, size);
    }
    memcpy(frames->header + frames->have, data, used);
    frames->have += (unsigned)used;
    if (frames->have < HTTP_FRAME_HEADER) { /* nobody's bytes yet */
        return (http_frames_step){ .used = used };
    }
    read_header(frames);
    step = step_of(frames, used);
    step.size = HTTP_FRAME_HEADER; /* with those of pieces before this one */
    step.begins = true;
    step.ends = frames->skip == 0;
    return step;
}
