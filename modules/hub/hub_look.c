/* hub_look.c - see hub_look.h. */
#include "hub/hub_look.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "chat/chat_event.h"
#include "ws/ws_frame.h"

/* What is shown of a frame. */
#define FRAME_MOST 256

struct hub_look {
    ws_frame_parser parser;
    uint64_t left;  /* payload bytes to come */
    size_t size;    /* bytes of `bytes` */
    bool complete;
    unsigned char bytes[FRAME_MOST];
};

hub_look *hub_look_create(void)
{
    hub_look *look = calloc(1, sizeof(*look));

    BASE_CHECK(look != NULL);
    ws_frame_init(&look->parser, WS_FRAME_RSV1);
    return look;
}

void hub_look_destroy(hub_look *look)
{
    free(look);
}

static void keep(hub_look *look, const unsigned char *data, size_t size)
{
    size_t room = sizeof(look->bytes) - look->size;

    size = size < room ? size : room;
    memcpy(look->bytes + look->size, data, size);
    look->size += size;
}

/* Takes bytes up to the end of a header or of a payload; how many, or 0 when
 * the client breaks the protocol. */
static size_t take(hub_look *look, const unsigned char *data, size_t size)
{
    ws_frame_result result = WS_FRAME_HEADER;
    size_t used = 0;

    if (look->left > 0) {
        used = size < look->left ? size : (size_t)look->left;
        look->left -= used;
    }
    else {
        if (look->parser.have == 0) {
            look->size = 0;
        }
        result = ws_frame_parse(&look->parser, data, size, &used);
        if (result == WS_FRAME_HEADER) {
            look->left = look->parser.length;
        }
    }
    keep(look, data, used);
    look->complete = result == WS_FRAME_HEADER && look->left == 0
                     && ws_frame_get_opcode(&look->parser) == WS_FRAME_TEXT;
    return result > WS_FRAME_HEADER ? 0 : used;
}

bool hub_look_take(hub_look *look, const unsigned char *data, size_t size)
{
    while (!look->complete && size > 0) {
        size_t used = take(look, data, size);

        if (used == 0) {
            return false;
        }
        data += used;
        size -= used;
    }
    return true;
}

bool hub_look_tell(const hub_look *look, base_bytes *out)
{
    if (look->complete) {
        chat_event_meter_frame(out, look->bytes, look->size);
    }
    return look->complete;
}
