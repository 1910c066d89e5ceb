/* ws_stream.h - builds what a client sends, and plays it to a reader in many
 * ways. Used by the unit tests of ws/.
 */
#ifndef CHATWS_UNIT_WS_STREAM_H
#define CHATWS_UNIT_WS_STREAM_H

#include "base/base_bytes.h"
#include "ws_transcript.h"

/* Appends a masked frame in the shortest form. `first`: FIN, RSV, opcode. */
void ws_stream_frame(base_bytes *stream, unsigned first, const void *payload,
                     size_t size);

/* The same with a payload that is a text. */
void ws_stream_text(base_bytes *stream, unsigned first, const char *payload);

/* Appends the header of a masked frame (key 0) that announces `length`. */
void ws_stream_header(base_bytes *stream, unsigned first, uint64_t length);

/* A frame of a table of streams; with WS_STREAM_RAW its payload is bytes as
 * they stand. A stream ends with its row, or at a frame without a payload. */
typedef struct {
    unsigned first;
    const char *payload;
    size_t size;
} ws_stream_part;

#define WS_STREAM_RAW 0x100
#define WS_STREAM_PARTS 7

typedef struct {
    ws_stream_part parts[WS_STREAM_PARTS];
    const char *expected;
} ws_stream_row;

#define WS_STREAM_PART(first, payload)      \
    {                                       \
        first, payload, sizeof(payload) - 1 \
    }

/* Appends the frames of a row. */
void ws_stream_row_frames(base_bytes *stream, const ws_stream_row *row);

/* Plays the stream whole, byte by byte, in pieces of odd sizes, and, if it is
 * short, cut in two at every place; each piece ends at a guard page. Fails the
 * test when a transcript is not `expected`. */
void ws_stream_expect_bytes(const base_bytes *stream, uint32_t max_payload,
                            const void *expected, size_t size);
void ws_stream_expect(const base_bytes *stream, uint32_t max_payload,
                      const char *expected);

/* The same on a connection for which permessage-deflate was agreed on; see
 * ws_transcript_init_deflated. */
void ws_stream_expect_deflated(const base_bytes *stream, uint32_t max_payload,
                               const void *expected, size_t size);

/* Plays one piece, which ends at a guard page, to a transcript. */
void ws_stream_play(ws_transcript *transcript, const void *piece, size_t size);

#endif
