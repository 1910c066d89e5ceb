/* fuzz_ws_message.c - the reader of one connection.
 *
 * Input: the chunk size (0: all at once), the limit (in the low bits) and the
 * form of the rest: 0x80 for bytes as on the wire, else a list of frames
 * (first byte, size, payload), which are masked here; with 0x20
 * permessage-deflate was agreed on. Fed whole, in chunks and
 * byte by byte: the events must be the same, and every step keeps the promises
 * that ws_transcript checks.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/ws_transcript.h"
#include "base/base_check.h"

#define ON_THE_WIRE 0x80
#define DEFLATED 0x20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Plays copies of their exact size, so that a byte too far is seen. */
static void play(ws_transcript *transcript, const base_bytes *stream,
                 unsigned form, size_t chunk)
{
    uint32_t limit = form & 0x10 ? 65536 : form & 0x0F;

    if (form & DEFLATED) {
        ws_transcript_init_deflated(transcript, limit);
    }
    else {
        ws_transcript_init(transcript, limit);
    }
    for (size_t at = 0; at < stream->len; at += chunk) {
        size_t left = stream->len - at;
        size_t size = left < chunk ? left : chunk;
        unsigned char *copy = malloc(size);

        BASE_CHECK(copy != NULL);
        memcpy(copy, stream->data + at, size);
        ws_transcript_feed(transcript, copy, size);
        free(copy);
    }
}

static void build_stream(base_bytes *stream, const uint8_t *data, size_t size)
{
    while (size >= 2) {
        unsigned char header[WS_FRAME_HEADER_MAX];
        size_t payload = data[1] < size - 2 ? data[1] : size - 2;
        unsigned char key[4] = { data[0], 0x5A, data[1], 0xFF };
        size_t start;
        size_t used = ws_frame_write_header(header, data[0], payload);

        header[1] |= 0x80;
        base_bytes_append(stream, header, used);
        base_bytes_append(stream, key, sizeof(key));
        start = stream->len;
        base_bytes_append(stream, data + 2, payload);
        ws_frame_unmask(stream->data + start, payload, key, 0);
        data += 2 + payload;
        size -= 2 + payload;
    }
}

static void check_same(const ws_transcript *one, const ws_transcript *two)
{
    BASE_CHECK(one->text.len == two->text.len);
    BASE_CHECK(one->text.len == 0
               || memcmp(one->text.data, two->text.data, one->text.len) == 0);
    BASE_CHECK(ws_message_busy(&one->reader) == ws_message_busy(&two->reader));
    BASE_CHECK(one->reader.bytes.len == two->reader.bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    base_bytes stream = BASE_BYTES_INIT;
    ws_transcript whole;
    ws_transcript parts;
    unsigned form;

    if (size < 3) {
        return 0;
    }
    form = data[1];
    if (form & ON_THE_WIRE) {
        base_bytes_append(&stream, data + 2, size - 2);
    }
    else {
        build_stream(&stream, data + 2, size - 2);
    }
    play(&whole, &stream, form, stream.len + 1);
    play(&parts, &stream, form, data[0] ? data[0] : stream.len + 1);
    check_same(&whole, &parts);
    ws_transcript_destroy(&parts);
    play(&parts, &stream, form, 1);
    check_same(&whole, &parts);
    ws_transcript_destroy(&parts);
    ws_transcript_destroy(&whole);
    base_bytes_free(&stream);
    return 0;
}
