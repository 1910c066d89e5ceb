/* ws_carry.c - see ws_carry.h. */
#include "ws/ws_carry.h"

/* Sizes of a client's header, with its key. */
#define HEADER_LEAST 6
#define HEADER_16 8
#define HEADER_64 14

bool ws_carry_possible(const ws_message_reader *reader)
{
    return !reader->ended && !reader->delivered;
}

static bool check_header(const ws_frame_parser *frame)
{
    return frame->have < 2
           || (frame->have < frame->want
               && (frame->want == HEADER_LEAST || frame->want == HEADER_16
                   || frame->want == HEADER_64));
}

static bool check_control(const ws_message_reader *reader)
{
    ws_frame_opcode opcode = ws_frame_get_opcode(&reader->frame);

    return ws_frame_is_final(&reader->frame)
           && (opcode == WS_FRAME_CLOSE || opcode == WS_FRAME_PING
               || opcode == WS_FRAME_PONG)
           && reader->frame.length + reader->control_size
                  <= WS_FRAME_CONTROL_MAX;
}

static bool check_data(const ws_message_reader *reader)
{
    return ws_frame_get_opcode(&reader->frame) <= WS_FRAME_BINARY
           && reader->opcode != 0 && reader->control_size == 0
           && reader->frame.length <= reader->counted;
}

static bool check_payload(const ws_message_reader *reader)
{
    if (!reader->in_payload) {
        return reader->control_size == 0;
    }
    return reader->frame.have == 0 && reader->frame.length > 0
           && reader->frame.length <= UINT32_MAX
           && (ws_frame_is_control(&reader->frame) ? check_control(reader)
                                                   : check_data(reader));
}

bool ws_carry_check(const ws_message_reader *reader, uint32_t max_payload,
                    unsigned accepted_rsv, size_t size)
{
    size_t message = size - reader->control_size;

    return ws_carry_possible(reader) && reader->max_payload == max_payload
           && reader->frame.accepted_rsv == accepted_rsv
           && reader->counted <= max_payload
           && (reader->opcode == 0 || reader->opcode == WS_FRAME_TEXT
               || reader->opcode == WS_FRAME_BINARY)
           && (reader->opcode != 0 || reader->counted == 0)
           && (accepted_rsv != 0 || !reader->compressed)
           && reader->control_size <= size && message <= reader->counted
           && reader->utf8.need <= 3 && check_header(&reader->frame)
           && check_payload(reader);
}
