/* ws_stream.c - see ws_stream.h. */
#include "ws_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard_page.h"

#define CUT_EVERYWHERE 512 /* longest stream that is cut at every place */

static void append_header(base_bytes *stream, unsigned first, uint64_t length,
                          const unsigned char key[4])
{
    unsigned char header[WS_FRAME_HEADER_MAX];
    size_t size = ws_frame_write_header(header, first, length);

    header[1] |= 0x80;
    base_bytes_append(stream, header, size);
    base_bytes_append(stream, key, 4);
}

void ws_stream_frame(base_bytes *stream, unsigned first, const void *payload,
                     size_t size)
{
    static unsigned seed = 0x37fa213d;
    unsigned char key[4];
    const unsigned char *bytes = payload;

    seed = seed * 1664525 + 1013904223;
    memcpy(key, &seed, sizeof(key));
    append_header(stream, first, size, key);
    for (size_t i = 0; i < size; i++) {
        unsigned char masked = bytes[i] ^ key[i % 4];

        base_bytes_append(stream, &masked, 1);
    }
}

void ws_stream_text(base_bytes *stream, unsigned first, const char *payload)
{
    ws_stream_frame(stream, first, payload, strlen(payload));
}

void ws_stream_row_frames(base_bytes *stream, const ws_stream_row *row)
{
    for (size_t i = 0; i < WS_STREAM_PARTS && row->parts[i].payload; i++) {
        const ws_stream_part *part = &row->parts[i];

        if (part->first == WS_STREAM_RAW) {
            base_bytes_append(stream, part->payload, part->size);
        }
        else {
            ws_stream_frame(stream, part->first, part->payload, part->size);
        }
    }
}

void ws_stream_header(base_bytes *stream, unsigned first, uint64_t length)
{
    static const unsigned char no_key[4] = { 0, 0, 0, 0 };

    append_header(stream, first, length, no_key);
}

void ws_stream_play(ws_transcript *transcript, const void *piece, size_t size)
{
    ws_transcript_feed(transcript, guard_page_copy(piece, size), size);
    guard_page_free_all();
}

/* One stream, however it is cut. */
typedef struct {
    const base_bytes *stream;
    uint32_t max_payload;
    bool deflated;
    const void *expected;
    size_t size;
} play;

static void begin(ws_transcript *transcript, const play *it)
{
    if (it->deflated) {
        ws_transcript_init_deflated(transcript, it->max_payload);
    }
    else {
        ws_transcript_init(transcript, it->max_payload);
    }
}

/* Plays `head` bytes and the rest; or, when head is 0, pieces whose sizes go
 * round from 1 to `most`. */
static void play_cut(const play *it, size_t head, size_t most)
{
    const base_bytes *stream = it->stream;
    ws_transcript transcript;
    size_t at = head;
    size_t piece = head > 0 ? stream->len : 1;

    begin(&transcript, it);
    if (head > 0) {
        ws_stream_play(&transcript, stream->data, head);
    }
    while (at < stream->len) {
        if (piece > stream->len - at) {
            piece = stream->len - at;
        }
        ws_stream_play(&transcript, stream->data + at, piece);
        at += piece;
        piece = piece % most + 1;
    }
    if (transcript.text.len != it->size
        || (it->size > 0
            && memcmp(transcript.text.data, it->expected, it->size) != 0)) {
        fail_msg("cut at %zu, then pieces up to %zu: got \"%.*s\", not "
                 "\"%.*s\"",
                 head, most, (int)transcript.text.len,
                 (const char *)transcript.text.data, (int)it->size,
                 (const char *)it->expected);
    }
    ws_transcript_destroy(&transcript);
}

static void play_all(const play *it)
{
    size_t size = it->stream->len;

    play_cut(it, size, 1);
    play_cut(it, 0, 1);
    play_cut(it, 0, 7);
    play_cut(it, 0, 1021);
    for (size_t head = 1; head < size && size <= CUT_EVERYWHERE; head++) {
        play_cut(it, head, 1);
    }
}

void ws_stream_expect_bytes(const base_bytes *stream, uint32_t max_payload,
                            const void *expected, size_t size)
{
    play_all(&(play){ stream, max_payload, false, expected, size });
}

void ws_stream_expect_deflated(const base_bytes *stream, uint32_t max_payload,
                               const void *expected, size_t size)
{
    play_all(&(play){ stream, max_payload, true, expected, size });
}

void ws_stream_expect(const base_bytes *stream, uint32_t max_payload,
                      const char *expected)
{
    ws_stream_expect_bytes(stream, max_payload, expected, strlen(expected));
}
