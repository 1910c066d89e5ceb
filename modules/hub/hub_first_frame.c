/* hub_first_frame.c - see hub_first_frame.h. */
#include "hub/hub_first_frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "chat/chat_event.h"
#include "ws/ws_frame.h"

/* What is shown of a frame. */
#define FRAME_MOST 256

struct hub_first_frame {
    ws_frame_parser parser;
    uint64_t left;  /* payload bytes to come */
    size_t size;    /* bytes of `bytes` */
    bool complete;
    unsigned char bytes[FRAME_MOST];
};

hub_first_frame *hub_first_frame_create(void)
{
    hub_first_frame *frame = calloc(1, sizeof(*frame));

    BASE_CHECK(frame != NULL);
    ws_frame_init(&frame->parser, WS_FRAME_RSV1);
    return frame;
}

void hub_first_frame_destroy(hub_first_frame *frame)
{
    free(frame);
}

static void keep(hub_first_frame *frame, const unsigned char *data, size_t size)
{
    size_t room = sizeof(frame->bytes) - frame->size;

    size = size < room ? size : room;
    memcpy(frame->bytes + frame->size, data, size);
    frame->size += size;
}

/* Takes bytes up to the end of a header or of a payload; how many, or 0 when
 * the client breaks the protocol. */
static size_t take(hub_first_frame *frame, const unsigned char *data,
                   size_t size)
{
    ws_frame_result result = WS_FRAME_HEADER;
    size_t used = 0;

    if (frame->left > 0) {
        used = size < frame->left ? size : (size_t)frame->left;
        frame->left -= used;
    }
    else {
        if (frame->parser.have == 0) {
            frame->size = 0;
        }
        result = ws_frame_parse(&frame->parser, data, size, &used);
        if (result == WS_FRAME_HEADER) {
            frame->left = frame->parser.length;
        }
    }
    keep(frame, data, used);
    frame->complete = result == WS_FRAME_HEADER && frame->left == 0
                     && ws_frame_get_opcode(&frame->parser) == WS_FRAME_TEXT;
    return result > WS_FRAME_HEADER ? 0 : used;
}

bool hub_first_frame_take(hub_first_frame *frame, const unsigned char *data,
                          size_t size)
{
    while (!frame->complete && size > 0) {
        size_t used = take(frame, data, size);

        if (used == 0) {
            return false;
        }
        data += used;
        size -= used;
    }
    return true;
}

bool hub_first_frame_tell(const hub_first_frame *frame, base_bytes *out)
{
    if (frame->complete) {
        chat_event_meter_frame(out, frame->bytes, frame->size);
    }
    return frame->complete;
}
