/* ws_message.c - bytes in, messages out; see ws_message.h. */
#include "ws/ws_message.h"

#include "ws/ws_close.h"

static const ws_message_event nothing = { .kind = WS_MESSAGE_NONE };

void ws_message_init(ws_message_reader *reader, uint32_t max_payload,
                     unsigned accepted_rsv)
{
    *reader = (ws_message_reader){ .max_payload = max_payload };
    ws_frame_init(&reader->frame, accepted_rsv);
}

void ws_message_destroy(ws_message_reader *reader)
{
    base_bytes_free(&reader->bytes);
}

bool ws_message_busy(const ws_message_reader *reader)
{
    return !reader->ended
           && (reader->frame.have > 0 || reader->in_payload
               || reader->opcode != 0);
}

/* Nothing of the unfinished message is needed any more. */
static void drop_message(ws_message_reader *reader)
{
    base_bytes_free(&reader->bytes);
    reader->utf8 = (base_utf8)BASE_UTF8_INIT;
    reader->counted = 0;
    reader->opcode = 0;
}

/* A connection fails once: what comes behind the violation is ignored, and its
 * memory goes at once, however long the Close takes. */
static ws_message_event fail(ws_message_reader *reader, unsigned code,
                             const char *reason)
{
    ws_message_event event = { .kind = WS_MESSAGE_FAIL, .code = code,
                               .reason = reason };

    drop_message(reader);
    reader->ended = 1;
    return event;
}

/* Gives back the memory that the last event pointed into: the control frame
 * behind an unfinished message, or a whole message. */
static void release_delivered(ws_message_reader *reader)
{
    if (!reader->delivered) {
        return;
    }
    reader->delivered = 0;
    /* What was delivered is at the end; in front of it may be the message that
     * the control frame interrupts. */
    if (reader->control_size > 0 && reader->control_size < reader->bytes.len) {
        reader->bytes.len -= reader->control_size;
    }
    else {
        base_bytes_free(&reader->bytes);
    }
    reader->control_size = 0;
}

/* A Close may have no code, but not half of one, and the header shows it. */
static ws_message_event begin_control(ws_message_reader *reader)
{
    if (ws_frame_get_opcode(&reader->frame) == WS_FRAME_CLOSE) {
        if (reader->frame.length == 1) {
            return fail(reader, WS_CLOSE_PROTOCOL_ERROR,
                        "Close with half a code");
        }
        /* No message can be finished after a Close. */
        drop_message(reader);
    }
    return nothing;
}

uint64_t ws_message_rest(const ws_message_reader *reader)
{
    return reader->in_payload && !reader->ended ? reader->frame.length : 0;
}

void ws_message_stop(ws_message_reader *reader)
{
    drop_message(reader);
    reader->delivered = 0;
    reader->ended = 1;
}

/* RFC 6455 section 5.4, then the limit. */
static ws_message_event begin_data(ws_message_reader *reader)
{
    ws_frame_opcode opcode = ws_frame_get_opcode(&reader->frame);
    /* Else a message of empty fragments would never end nor be too long. */
    uint64_t counts = reader->frame.length ? reader->frame.length : 1;

    if (opcode == WS_FRAME_CONTINUATION && reader->opcode == 0) {
        return fail(reader, WS_CLOSE_PROTOCOL_ERROR,
                    "continuation without a message");
    }
    if (opcode != WS_FRAME_CONTINUATION) {
        if (reader->opcode != 0) {
            return fail(reader, WS_CLOSE_PROTOCOL_ERROR,
                        "new message inside a fragmented one");
        }
        reader->opcode = (uint8_t)opcode;
        reader->compressed = (reader->frame.first & WS_FRAME_RSV1) != 0;
    }
    if (counts > reader->max_payload - reader->counted) {
        return fail(reader, WS_CLOSE_TOO_BIG, "message over the limit");
    }
    reader->counted += (uint32_t)counts;
    return nothing;
}

/* RFC 6455 section 5.5.1: two bytes of code, then a reason in UTF-8. */
static ws_message_event check_close(ws_message_reader *reader,
                                    const unsigned char *data, size_t size)
{
    size_t seen = reader->control_size;
    size_t at = 0;

    /* The end of a read may cut the code in two. */
    for (; seen + at < 2 && at < size; at++) {
        reader->close_code = (uint16_t)(reader->close_code << 8 | data[at]);
        if (seen + at == 1 && !ws_close_valid(reader->close_code)) {
            return fail(reader, WS_CLOSE_PROTOCOL_ERROR,
                        "Close with an invalid code");
        }
    }
    if (!base_utf8_feed(&reader->utf8, data + at, size - at)) {
        return fail(reader, WS_CLOSE_BAD_DATA,
                    "Close with a reason that is no UTF-8");
    }
    return nothing;
}

/* Checks the bytes of a payload as they arrive, so that a violation is told
 * before the rest of it is. A Close drops the message that it interrupts: one
 * checker of UTF-8 is enough for both. */
static ws_message_event check_payload(ws_message_reader *reader,
                                      const unsigned char *data, size_t size)
{
    if (ws_frame_is_control(&reader->frame)) {
        return ws_frame_get_opcode(&reader->frame) == WS_FRAME_CLOSE
                   ? check_close(reader, data, size)
                   : nothing;
    }
    if (reader->opcode == WS_FRAME_TEXT && !reader->compressed
        && !base_utf8_feed(&reader->utf8, data, size)) {
        return fail(reader, WS_CLOSE_BAD_DATA, "text that is no UTF-8");
    }
    return nothing;
}

static ws_message_event end_close(ws_message_reader *reader,
                                  ws_message_event event)
{
    if (!base_utf8_complete(&reader->utf8)) {
        return fail(reader, WS_CLOSE_BAD_DATA,
                    "Close with a reason that ends inside a character");
    }
    reader->ended = 1; /* section 1.4: what follows a Close is discarded */
    if (event.size == 0) {
        event.code = WS_CLOSE_NO_STATUS;
        return event;
    }
    event.code = reader->close_code;
    event.data += 2;
    event.size -= 2;
    return event;
}

/* The last bytes of a control frame; those before them, if any, are at the end
 * of reader->bytes. */
static ws_message_event end_control(ws_message_reader *reader,
                                    const unsigned char *data, size_t size)
{
    ws_message_event event = { .kind = WS_MESSAGE_PING, .data = data,
                               .size = size };

    if (reader->control_size > 0) {
        base_bytes_append(&reader->bytes, data, size);
        reader->control_size = (uint8_t)(reader->control_size + size);
        reader->delivered = 1;
        event.size = reader->control_size;
        event.data = reader->bytes.data + reader->bytes.len - event.size;
    }
    switch (ws_frame_get_opcode(&reader->frame)) {
    case WS_FRAME_CLOSE:
        event.kind = WS_MESSAGE_CLOSE;
        return end_close(reader, event);
    case WS_FRAME_PONG: event.kind = WS_MESSAGE_PONG; return event;
    default: return event;
    }
}

/* The whole message, as it came, becomes what it was; its memory goes. */
static ws_message_event inflate_event(ws_message_reader *reader,
                                      ws_inflater *inflater,
                                      ws_message_event event)
{
    ws_inflate_result result =
        ws_inflate_message(inflater, event.data, event.size,
                           reader->max_payload, &event.data, &event.size);

    base_bytes_free(&reader->bytes);
    reader->delivered = 0;
    event.compressed = true;
    if (result == WS_INFLATE_LONG) {
        return fail(reader, WS_CLOSE_TOO_BIG, "inflates beyond the limit");
    }
    if (result != WS_INFLATE_OK) {
        return fail(reader, WS_CLOSE_BAD_DATA, "no deflate stream");
    }
    if (reader->opcode == WS_FRAME_TEXT
        && !base_utf8_feed(&reader->utf8, event.data, event.size)) {
        return fail(reader, WS_CLOSE_BAD_DATA, "text that is no UTF-8");
    }
    return event;
}

/* The last bytes of a message. One that came in one piece is never copied: the
 * event points to where the caller has read it. */
static ws_message_event end_message(ws_message_reader *reader,
                                    ws_inflater *inflater,
                                    const unsigned char *data, size_t size)
{
    ws_message_event event = { .kind = WS_MESSAGE_BINARY, .data = data,
                               .size = size };

    if (reader->bytes.len > 0) {
        base_bytes_append(&reader->bytes, data, size);
        reader->delivered = 1;
        event.data = reader->bytes.data;
        event.size = reader->bytes.len;
    }
    if (reader->compressed) {
        event = inflate_event(reader, inflater, event);
        if (event.kind == WS_MESSAGE_FAIL) {
            return event;
        }
    }
    if (reader->opcode == WS_FRAME_TEXT) {
        if (!base_utf8_complete(&reader->utf8)) {
            return fail(reader, WS_CLOSE_BAD_DATA,
                        "text that ends inside a character");
        }
        event.kind = WS_MESSAGE_TEXT;
    }
    reader->counted = 0;
    reader->opcode = 0;
    return event;
}

static ws_message_event read_header(ws_message_reader *reader,
                                    const unsigned char *data, size_t size,
                                    size_t *used)
{
    ws_frame_result result = ws_frame_parse(&reader->frame, data, size, used);

    if (result == WS_FRAME_MORE) {
        return nothing;
    }
    if (result != WS_FRAME_HEADER) {
        return fail(reader, WS_CLOSE_PROTOCOL_ERROR, ws_frame_reason(result));
    }
    reader->phase = 0;
    reader->in_payload = 1;
    return ws_frame_is_control(&reader->frame) ? begin_control(reader)
                                               : begin_data(reader);
}

static ws_message_event read_payload(ws_message_reader *reader,
                                     ws_inflater *inflater,
                                     unsigned char *data, size_t size,
                                     size_t *used)
{
    ws_frame_parser *frame = &reader->frame;
    bool control = ws_frame_is_control(frame);
    ws_message_event event;

    if (size > frame->length) {
        size = (size_t)frame->length;
    }
    *used = size;
    ws_frame_unmask(data, size, frame->key, reader->phase);
    event = check_payload(reader, data, size);
    if (event.kind != WS_MESSAGE_NONE) {
        return event;
    }
    /* The next piece goes on with the byte of the key where this one ends. */
    reader->phase = (reader->phase + size) & 3;
    frame->length -= size;
    if (frame->length == 0) {
        reader->in_payload = 0;
        if (control) {
            return end_control(reader, data, size);
        }
        if (ws_frame_is_final(frame)) {
            return end_message(reader, inflater, data, size);
        }
    }
    base_bytes_append(&reader->bytes, data, size);
    if (control) {
        reader->control_size = (uint8_t)(reader->control_size + size);
    }
    return nothing;
}

ws_message_event ws_message_feed(ws_message_reader *reader,
                                 ws_inflater *inflater, unsigned char *data,
                                 size_t size, size_t *consumed)
{
    ws_message_event event = nothing;
    size_t at = 0;

    release_delivered(reader);
    if (inflater) {
        ws_inflate_tidy(inflater);
    }
    while (at < size && event.kind == WS_MESSAGE_NONE && !reader->ended) {
        size_t used = 0;

        if (!reader->in_payload) {
            event = read_header(reader, data + at, size - at, &used);
            at += used;
        }
        /* Also when no byte is left: an empty payload ends here. */
        if (reader->in_payload && event.kind == WS_MESSAGE_NONE) {
            event = read_payload(reader, inflater, data + at, size - at,
                                 &used);
            at += used;
        }
    }
    *consumed = reader->ended && event.kind != WS_MESSAGE_CLOSE ? size : at;
    return event;
}
