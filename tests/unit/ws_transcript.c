/* ws_transcript.c - see ws_transcript.h. */
#include "ws_transcript.h"

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "ws/ws_close.h"

static const char *const names[] = {
    [WS_MESSAGE_TEXT] = "text",   [WS_MESSAGE_BINARY] = "binary",
    [WS_MESSAGE_PING] = "ping",   [WS_MESSAGE_PONG] = "pong",
    [WS_MESSAGE_CLOSE] = "close", [WS_MESSAGE_FAIL] = "fail",
};

void ws_transcript_init(ws_transcript *transcript, uint32_t max_payload)
{
    *transcript = (ws_transcript){ .text = BASE_BYTES_INIT };
    ws_message_init(&transcript->reader, max_payload, 0);
}

void ws_transcript_init_deflated(ws_transcript *transcript,
                                 uint32_t max_payload)
{
    *transcript = (ws_transcript){ .inflater = ws_inflate_create() };
    ws_message_init(&transcript->reader, max_payload, WS_FRAME_RSV1);
}

void ws_transcript_destroy(ws_transcript *transcript)
{
    ws_message_destroy(&transcript->reader);
    ws_inflate_destroy(transcript->inflater);
    base_bytes_free(&transcript->text);
}

static bool lies_in(const unsigned char *data, size_t size,
                    const unsigned char *region, size_t region_size)
{
    return region && data >= region && data <= region + region_size
           && size <= region_size - (size_t)(data - region);
}

static void check_event(ws_transcript *transcript, ws_message_event event,
                        const unsigned char *piece, size_t size)
{
    const ws_message_reader *reader = &transcript->reader;
    bool control = event.kind >= WS_MESSAGE_PING;

    if (event.kind == WS_MESSAGE_FAIL) {
        BASE_CHECK(event.data == NULL && event.size == 0);
        BASE_CHECK(event.reason != NULL && reader->bytes.cap == 0);
        BASE_CHECK(event.code == WS_CLOSE_PROTOCOL_ERROR
                   || event.code == WS_CLOSE_BAD_DATA
                   || event.code == WS_CLOSE_TOO_BIG);
        return;
    }
    if (event.compressed) {
        BASE_CHECK(transcript->inflater && event.data != NULL && !control);
        BASE_CHECK(reader->bytes.cap == 0);
    }
    else if (!lies_in(event.data, event.size, piece, size)) {
        BASE_CHECK(lies_in(event.data, event.size, reader->bytes.data,
                           reader->bytes.len));
        transcript->copied++;
    }
    BASE_CHECK(event.reason == NULL);
    BASE_CHECK(event.size
               <= (control ? WS_FRAME_CONTROL_MAX : reader->max_payload));
    if (event.kind == WS_MESSAGE_TEXT || event.kind == WS_MESSAGE_CLOSE) {
        BASE_CHECK(base_utf8_valid(event.data, event.size));
    }
    if (event.kind == WS_MESSAGE_CLOSE) {
        BASE_CHECK(ws_close_valid(event.code)
                   || (event.code == WS_CLOSE_NO_STATUS && event.size == 0));
    }
}

static void write_event(base_bytes *text, ws_message_event event)
{
    base_bytes_append_text(text, names[event.kind]);
    base_bytes_append_text(text, event.compressed ? "~" : "");
    if (event.code != 0) {
        base_bytes_append_format(text, " %u", event.code);
    }
    if (event.reason) {
        base_bytes_append_format(text, " %s", event.reason);
    }
    if (event.size > 0) {
        base_bytes_append_text(text, " ");
        base_bytes_append(text, event.data, event.size);
    }
    base_bytes_append_text(text, "\n");
}

/* What must hold when the reader waits for more. */
static void check_rest(const ws_transcript *transcript)
{
    const ws_message_reader *reader = &transcript->reader;
    size_t most = reader->max_payload + (size_t)WS_FRAME_CONTROL_MAX;

    if (!ws_message_busy(reader)) {
        BASE_CHECK(reader->bytes.data == NULL && reader->bytes.cap == 0);
    }
    BASE_CHECK(reader->bytes.len <= transcript->fed);
    BASE_CHECK(reader->bytes.len <= most);
    BASE_CHECK(reader->bytes.cap <= 64 || reader->bytes.cap <= 2 * most);
    BASE_CHECK(reader->bytes.cap <= 64
               || reader->bytes.cap <= 2 * transcript->fed);
}

void ws_transcript_feed(ws_transcript *transcript, unsigned char *data,
                        size_t size)
{
    ws_message_event event;
    size_t used;

    transcript->fed += size;
    do {
        bool ended = transcript->reader.ended;

        event = ws_message_feed(&transcript->reader, transcript->inflater, data,
                                size, &used);
        BASE_CHECK(used <= size);
        if (event.kind != WS_MESSAGE_NONE) {
            BASE_CHECK(!ended && used > 0);
            check_event(transcript, event, data, used);
            write_event(&transcript->text, event);
        }
        data += used;
        size -= used;
    } while (event.kind != WS_MESSAGE_NONE);
    BASE_CHECK(size == 0);
    check_rest(transcript);
}
