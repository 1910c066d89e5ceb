/* ws_frame.c - frame headers and masking; see ws_frame.h. */
#include "ws/ws_frame.h"

#include <string.h>

#include "base/base_check.h"

#define OPCODE_BITS 0x0F
#define CONTROL_BIT 0x08
#define MASK_BIT 0x80
#define LENGTH_16 126 /* a 7-bit length that announces 16 bits of it */
#define LENGTH_64 127 /* or 64 */

void ws_frame_init(ws_frame_parser *parser, unsigned accepted_rsv)
{
    *parser = (ws_frame_parser){ .accepted_rsv = (uint8_t)accepted_rsv };
}

ws_frame_opcode ws_frame_get_opcode(const ws_frame_parser *parser)
{
    return (ws_frame_opcode)(parser->first & OPCODE_BITS);
}

bool ws_frame_is_final(const ws_frame_parser *parser)
{
    return (parser->first & WS_FRAME_FIN) != 0;
}

bool ws_frame_is_control(const ws_frame_parser *parser)
{
    return (parser->first & CONTROL_BIT) != 0;
}

/* An extension's bit stands on the first frame of a message (RFC 7692 section
 * 6): one on a continuation or a control frame is a violation whatever was
 * agreed. */
static ws_frame_result parse_first(ws_frame_parser *parser, uint8_t byte)
{
    unsigned rsv = byte & WS_FRAME_RSV;

    parser->first = byte;
    switch (byte & OPCODE_BITS) {
    case WS_FRAME_TEXT:
    case WS_FRAME_BINARY: rsv &= ~(unsigned)parser->accepted_rsv; break;
    case WS_FRAME_CONTINUATION: break;
    case WS_FRAME_CLOSE:
    case WS_FRAME_PING:
    case WS_FRAME_PONG:
        if (!(byte & WS_FRAME_FIN)) {
            return WS_FRAME_SPLIT_CONTROL;
        }
        break;
    default: return WS_FRAME_BAD_OPCODE;
    }
    return rsv ? WS_FRAME_BAD_RSV : WS_FRAME_MORE;
}

static ws_frame_result parse_second(ws_frame_parser *parser, uint8_t byte)
{
    uint8_t length = byte & (uint8_t)~MASK_BIT;

    /* Section 10.3 says why: a proxy must not take what a script sends for a
     * request. */
    if (!(byte & MASK_BIT)) {
        return WS_FRAME_UNMASKED;
    }
    if (ws_frame_is_control(parser) && length > WS_FRAME_CONTROL_MAX) {
        return WS_FRAME_LONG_CONTROL;
    }
    parser->length = length;
    parser->want = 2 + sizeof(parser->key);
    if (length >= LENGTH_16) {
        parser->length = 0;
        parser->want = (uint8_t)(parser->want + (length == LENGTH_16 ? 2 : 8));
    }
    return WS_FRAME_MORE;
}

/* A byte of the extended length, or of the key behind it. */
static ws_frame_result parse_further(ws_frame_parser *parser, uint8_t byte)
{
    unsigned key_at = parser->want - (unsigned)sizeof(parser->key);
    unsigned at = parser->have;

    if (at >= key_at) {
        parser->key[at - key_at] = byte;
        return at + 1 == parser->want ? WS_FRAME_HEADER : WS_FRAME_MORE;
    }
    parser->length = parser->length << 8 | byte;
    /* Section 5.2: 63 bits at most, and in the fewest bytes. */
    if (at == 2 && key_at == 10 && (byte & 0x80)) {
        return WS_FRAME_LENGTH_TOO_BIG;
    }
    if (at + 1 == key_at
        && parser->length < (key_at == 4 ? LENGTH_16 : 0x10000)) {
        return WS_FRAME_LENGTH_NOT_MINIMAL;
    }
    return WS_FRAME_MORE;
}

ws_frame_result ws_frame_parse(ws_frame_parser *parser,
                               const unsigned char *data, size_t size,
                               size_t *consumed)
{
    ws_frame_result result = WS_FRAME_MORE;
    size_t at = 0;

    /* By bytes, for a read may end anywhere in a header: there is no second way
     * for headers that come whole, and so nothing that the two could differ
     * in. */
    while (at < size && result == WS_FRAME_MORE) {
        uint8_t byte = data[at++];

        switch (parser->have) {
        case 0: result = parse_first(parser, byte); break;
        case 1: result = parse_second(parser, byte); break;
        default: result = parse_further(parser, byte); break;
        }
        parser->have++;
    }
    if (result == WS_FRAME_HEADER) {
        parser->have = 0;
    }
    *consumed = at;
    return result;
}

const char *ws_frame_reason(ws_frame_result violation)
{
    switch (violation) {
    case WS_FRAME_BAD_OPCODE: return "reserved opcode";
    case WS_FRAME_BAD_RSV: return "reserved bit set";
    case WS_FRAME_UNMASKED: return "frame without mask";
    case WS_FRAME_SPLIT_CONTROL: return "fragmented control frame";
    case WS_FRAME_LONG_CONTROL: return "control frame over 125 bytes";
    case WS_FRAME_LENGTH_NOT_MINIMAL: return "length not in shortest form";
    case WS_FRAME_LENGTH_TOO_BIG: return "length of 2^63 or more";
    case WS_FRAME_MORE:
    case WS_FRAME_HEADER: break;
    }
    return "no violation";
}

size_t ws_frame_write_header(unsigned char out[WS_FRAME_HEADER_MAX],
                             unsigned first, uint64_t length)
{
    size_t size = length < LENGTH_16 ? 2 : length <= 0xFFFF ? 4 : 10;

    BASE_CHECK(first <= 0xFF && length >> 63 == 0);
    out[0] = (unsigned char)first;
    out[1] = (unsigned char)(size == 2   ? length
                             : size == 4 ? LENGTH_16
                                         : LENGTH_64);
    for (size_t at = size - 1; at >= 2; at--) {
        out[at] = (unsigned char)(length & 0xFF);
        length >>= 8;
    }
    return size;
}

void ws_frame_unmask(unsigned char *data, size_t size,
                     const unsigned char key[4], size_t phase)
{
    unsigned char turned[8];
    uint64_t mask;
    uint64_t words[4];

    for (size_t i = 0; i < sizeof(turned); i++) {
        turned[i] = key[(phase + i) & 3];
    }
    /* Twice the key makes a word of 8 bytes. The data stands where it was read,
     * aligned to nothing: memcpy is the load and the store, and four words a
     * round become the vectors of whatever machine it is. */
    memcpy(&mask, turned, sizeof(mask));
    for (; size >= sizeof(words); size -= sizeof(words)) {
        memcpy(words, data, sizeof(words));
        words[0] ^= mask;
        words[1] ^= mask;
        words[2] ^= mask;
        words[3] ^= mask;
        memcpy(data, words, sizeof(words));
        data += sizeof(words);
    }
    for (; size >= sizeof(mask); size -= sizeof(mask)) {
        memcpy(words, data, sizeof(mask));
        words[0] ^= mask;
        memcpy(data, words, sizeof(mask));
        data += sizeof(mask);
    }
    for (size_t i = 0; i < size; i++) {
        data[i] ^= turned[i];
    }
}
