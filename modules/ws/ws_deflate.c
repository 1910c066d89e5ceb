/* ws_deflate.c - compressing whole messages; see ws_deflate.h. */
#include "ws/ws_deflate.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/base_check.h"

/* A chat's messages are short: what counts is what each of them costs at its
 * beginning, the clearing of the table of hashes, which is 8 KB with this.
 * Level 6 makes prose of 1 KB shorter by 2 %, and of 8 KB by 9 % in twice the
 * time; fixed codes make it longer by a quarter. */
#define MEMORY_LEVEL 5
#define LEVEL 1

struct ws_deflater {
    z_stream stream;
};

ws_deflater *ws_deflate_create(unsigned window_bits)
{
    ws_deflater *made = calloc(1, sizeof(*made));

    BASE_CHECK(made != NULL
               && deflateInit2(&made->stream, LEVEL, Z_DEFLATED,
                               -(int)window_bits, MEMORY_LEVEL,
                               Z_DEFAULT_STRATEGY)
                      == Z_OK);
    return made;
}

void ws_deflate_destroy(ws_deflater *deflater)
{
    if (deflater) {
        (void)deflateEnd(&deflater->stream);
        free(deflater);
    }
}

/* It ends with the empty block that a flush makes, which is cut off (section
 * 7.2.1), rather than with a last block: not everybody reads that. If the
 * output is full, something may be left. */
size_t ws_deflate_message(ws_deflater *deflater, const unsigned char *data,
                          size_t size, unsigned char *out)
{
    z_stream *stream = &deflater->stream;

    stream->next_in = data;
    stream->avail_in = (uInt)size;
    stream->next_out = out;
    stream->avail_out = (uInt)(size + WS_DEFLATE_EXTRA);
    if (size == 0 || deflateReset(stream) != Z_OK
        || deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_in > 0
        || stream->avail_out == 0) {
        return 0;
    }
    return size - stream->avail_out;
}
