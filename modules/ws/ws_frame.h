/* ws_frame.h - the header of one frame (RFC 6455 section 5.2), and masking.
 *
 * Parses what a client sends and writes what a server sends. Used by
 * ws_message and, to write, by hub/. Pure; no memory of its own.
 */
#ifndef CHATWS_WS_FRAME_H
#define CHATWS_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    WS_FRAME_CONTINUATION = 0x0,
    WS_FRAME_TEXT = 0x1,
    WS_FRAME_BINARY = 0x2,
    WS_FRAME_CLOSE = 0x8,
    WS_FRAME_PING = 0x9,
    WS_FRAME_PONG = 0xA
} ws_frame_opcode;

/* The other bits of a frame's first byte. */
#define WS_FRAME_FIN 0x80
#define WS_FRAME_RSV 0x70
#define WS_FRAME_RSV1 0x40

#define WS_FRAME_CONTROL_MAX 125 /* payload of a control frame, section 5.5 */
#define WS_FRAME_CONTROL_HEAD 2  /* header of one that a server writes */
#define WS_FRAME_HEADER_MAX 10   /* header that a server writes */

/* One header on its way in. Read `first`, `length` and `key` only after
 * WS_FRAME_HEADER; they stay until the next parse, and their owner may count
 * `length` down. */
typedef struct {
    uint64_t length;      /* payload bytes */
    unsigned char key[4]; /* the masking key */
    uint8_t first;        /* FIN, RSV and opcode as on the wire */
    uint8_t have;         /* header bytes seen; 0 between two headers */
    uint8_t want;         /* size of this header, known after 2 bytes */
    uint8_t accepted_rsv; /* RSV bits that an extension has defined */
} ws_frame_parser;

/* All that come after WS_FRAME_HEADER are violations that fail the connection
 * with 1002. */
typedef enum {
    WS_FRAME_MORE,   /* every byte is used, the header is not complete */
    WS_FRAME_HEADER, /* complete; the payload follows */
    WS_FRAME_BAD_OPCODE,
    WS_FRAME_BAD_RSV,
    WS_FRAME_UNMASKED,
    WS_FRAME_SPLIT_CONTROL,
    WS_FRAME_LONG_CONTROL,
    WS_FRAME_LENGTH_NOT_MINIMAL,
    WS_FRAME_LENGTH_TOO_BIG /* the top bit of a 64-bit length is set */
} ws_frame_result;

/* Starts between two frames. `accepted_rsv`: those RSV bits that an agreed
 * extension allows on the first frame of a data message (WS_FRAME_RSV1 for
 * permessage-deflate), 0 for none. */
void ws_frame_init(ws_frame_parser *parser, unsigned accepted_rsv);

/* Feeds bytes until one header is complete; *consumed of them are used, and
 * a payload is never touched. A violation is told at the earliest byte that
 * shows it. After WS_FRAME_HEADER the next call begins a new header; after
 * a violation there is no next call. `data` may be NULL when size is 0. */
ws_frame_result ws_frame_parse(ws_frame_parser *parser,
                               const unsigned char *data, size_t size,
                               size_t *consumed);

/* What a violation is, in a few words for the log. */
const char *ws_frame_reason(ws_frame_result violation);

/* The parsed frame's opcode, and whether it is the last of its message. */
ws_frame_opcode ws_frame_get_opcode(const ws_frame_parser *parser);
bool ws_frame_is_final(const ws_frame_parser *parser);

/* True for Close, Ping and Pong. */
bool ws_frame_is_control(const ws_frame_parser *parser);

/* Writes the header of a server's frame, unmasked and with the shortest form
 * of the length; returns its size: 2, 4 or 10. `first` is an opcode with
 * WS_FRAME_FIN (and RSV bits) added; `length` is below 2^63. */
size_t ws_frame_write_header(unsigned char out[WS_FRAME_HEADER_MAX],
                             unsigned first, uint64_t length);

/* Masks or unmasks in place (section 5.3). `phase`: how many bytes of the
 * payload came before `data`; only its last two bits matter. */
void ws_frame_unmask(unsigned char *data, size_t size,
                     const unsigned char key[4], size_t phase);

#endif
