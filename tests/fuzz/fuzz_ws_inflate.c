/* fuzz_ws_inflate.c - a compressed message of a client.
 *
 * Input: how much it may inflate to (in steps of 61 bytes), then the message.
 * Compared with a slow reader: one byte in and one out at a time, and for each
 * of the message's streams a zlib stream of its own, which is told all that was
 * there before.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/base_check.h"
#include "ws/ws_inflate.h"

#define MOST (256 * 61)
#define STREAMS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the slow reader has made, and how it ended. */
typedef struct {
    unsigned char out[MOST + 1];
    size_t len;
    ws_inflate_result result;
} slow;

/* One stream that may point back into what there is; returns how much of the
 * input it has used. `*ended`: at its end. */
static size_t read_stream(slow *to, const unsigned char *data, size_t size,
                          size_t most, bool *ended)
{
    z_stream stream = { 0 };
    size_t at = 0;
    int result = Z_OK;
    int type = 0; /* after the last byte that came or went */

    BASE_CHECK(inflateInit2(&stream, -15) == Z_OK);
    BASE_CHECK(inflateSetDictionary(&stream, to->out, (uInt)to->len) == Z_OK);
    while (result == Z_OK && to->result == WS_INFLATE_OK) {
        size_t room = to->len <= most;

        stream.next_in = data + at;
        stream.avail_in = at < size;
        stream.next_out = to->out + to->len;
        stream.avail_out = (uInt)room;
        result = inflate(&stream, Z_SYNC_FLUSH);
        if (result != Z_BUF_ERROR) {
            type = stream.data_type;
        }
        at += (at < size) - stream.avail_in;
        to->len += room - stream.avail_out;
        if (to->len > most) {
            to->result = WS_INFLATE_LONG;
        }
    }
    *ended = result == Z_STREAM_END;
    if (to->result == WS_INFLATE_OK && !*ended
        && (result != Z_BUF_ERROR || at < size
            || !(type & 128) || (type & 7))) {
        to->result = WS_INFLATE_BAD;
    }
    inflateEnd(&stream);
    return at;
}

static void read_slowly(slow *to, const unsigned char *data, size_t size,
                        size_t most)
{
    unsigned char *whole = malloc(size + 4);
    size_t at = 0;
    bool ended = false;

    BASE_CHECK(whole != NULL);
    memcpy(whole, data, size);
    memcpy(whole + size, "\x00\x00\xFF\xFF", 4);
    to->len = 0;
    to->result = size == 0 ? WS_INFLATE_BAD : WS_INFLATE_OK;
    for (int i = 0; to->result == WS_INFLATE_OK && at < size + 4; i++) {
        if (ended && (at == size || i == STREAMS)) {
            to->result = at == size ? to->result : WS_INFLATE_BAD;
            break;
        }
        at += read_stream(to, whole + at, size + 4 - at, most, &ended);
    }
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ws_inflater *inflater;
    static slow want;
    const unsigned char *out;
    unsigned char *copy;
    size_t out_size;
    size_t most;
    ws_inflate_result result;

    if (size == 0) {
        return 0;
    }
    if (!inflater) { /* one for all, as the hub has it */
        inflater = ws_inflate_create();
    }
    most = data[0] * (size_t)61;
    copy = malloc(size - 1);
    memcpy(copy, data + 1, size - 1);
    read_slowly(&want, copy, size - 1, most);
    ws_inflate_tidy(inflater);
    result = ws_inflate_message(inflater, copy, size - 1, most, &out,
                                &out_size);
    BASE_CHECK(result == want.result);
    BASE_CHECK(out != NULL && out_size <= most + 1);
    if (result == WS_INFLATE_OK) {
        BASE_CHECK(out_size == want.len
                   && memcmp(out, want.out, out_size) == 0);
    }
    free(copy);
    return 0;
}
