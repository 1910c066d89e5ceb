/* ws_message.h - the reader of one connection: bytes in, messages out.
 *
 * Puts frames together to messages (RFC 6455 sections 5.4 to 5.6, 7 and 8.1).
 * Used by hub/, one reader a connection, on the thread that owns it. Pure: it
 * answers nothing itself and knows no time.
 *
 * The caller's turn, with what it has read:
 *
 *     do {
 *         event = ws_message_feed(reader, inflater, data, size, &used);
 *         data += used;
 *         size -= used;
 *         ... act upon event ...
 *         if (!ws_message_busy(reader)) { since = 0; }
 *     } while (event.kind != WS_MESSAGE_NONE);
 *     if (ws_message_busy(reader) && since == 0) { since = now; }
 *
 * `since` then tells how long the oldest unfinished message has been on its
 * way (ChatSlowClient), however many whole ones and pings came meanwhile.
 */
#ifndef CHATWS_WS_MESSAGE_H
#define CHATWS_WS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"
#include "base/base_utf8.h"
#include "ws/ws_frame.h"
#include "ws/ws_inflate.h"

typedef enum {
    WS_MESSAGE_NONE, /* every byte is used; feed more when more arrive */
    WS_MESSAGE_TEXT, /* a whole message of valid UTF-8 */
    WS_MESSAGE_BINARY,
    WS_MESSAGE_PING, /* answer with a pong of the same payload */
    WS_MESSAGE_PONG,
    WS_MESSAGE_CLOSE, /* the other side closes; answer with the same code */
    WS_MESSAGE_FAIL   /* fail the connection with `code` */
} ws_message_kind;

/* `data` is valid until the next feed or destroy, and is never NULL for TEXT to
 * CLOSE. It points into the fed bytes when the message came in one piece, else
 * into the reader's memory; that of a compressed message into the inflater's,
 * where it is valid until the next feed of any reader. */
typedef struct {
    ws_message_kind kind;
    unsigned code; /* CLOSE: as received, or 1005; FAIL: 1002, 1007 or 1009 */
    const unsigned char *data; /* the payload; of a CLOSE the reason */
    size_t size;
    const char *reason; /* FAIL: what is wrong, static, for the log; or NULL */
    bool compressed;    /* TEXT, BINARY: it came so */
} ws_message_event;

/* Counted in 10,000s: an idle one is these 56 bytes and owns no memory. */
typedef struct {
    /* The unfinished message, and behind it the control frame that the end of
     * a read has cut. */
    base_bytes bytes;
    ws_frame_parser frame; /* its length counts down while payload arrives */
    uint32_t max_payload;
    uint32_t counted;       /* of the unfinished message, against the limit */
    base_utf8 utf8;         /* of the unfinished text, or a Close's reason */
    uint8_t opcode;         /* of the unfinished message; 0 without one */
    uint16_t close_code;    /* as far as it has arrived */
    uint8_t control_size;   /* bytes of a control frame at the end of bytes */
    uint8_t phase : 2;      /* of the masking key */
    uint8_t in_payload : 1; /* between a header and its payload's end */
    uint8_t delivered : 1;  /* the last event pointed into bytes */
    uint8_t ended : 1;      /* after CLOSE or FAIL */
    uint8_t compressed : 1; /* the unfinished message, also in `bytes` */
} ws_message_reader;

/* `max_payload`: the longest message in bytes of payload; every fragment counts
 * as at least one byte, also an empty one. A compressed message may be no
 * longer either before or after it is inflated. `accepted_rsv`: WS_FRAME_RSV1
 * where permessage-deflate was agreed on, else 0. */
void ws_message_init(ws_message_reader *reader, uint32_t max_payload,
                     unsigned accepted_rsv);

/* Frees what the reader owns. */
void ws_message_destroy(ws_message_reader *reader);

/* Feeds bytes from the client, which are unmasked in place, until one event is
 * complete; *consumed of them are used. Call again with the rest until it
 * answers NONE: that call also gives back the memory of the event before.
 * Violations are told at the first byte that shows them, a message that is too
 * long (1009) at the frame header that makes it so, before any of that frame's
 * payload. Memory grows with the bytes that arrived. After CLOSE or FAIL all
 * further bytes are ignored (consumed, NONE). `data` may be NULL when size is
 * 0. A compressed message is inflated when it is whole: that it is too long, or
 * text that is no UTF-8, is told then. `inflater`: NULL without an
 * `accepted_rsv`. */
ws_message_event ws_message_feed(ws_message_reader *reader,
                                 ws_inflater *inflater, unsigned char *data,
                                 size_t size, size_t *consumed);

/* True while a frame or a message is unfinished. */
bool ws_message_busy(const ws_message_reader *reader);

/* How many bytes of the payload that is being read have yet to come; 0 between
 * two payloads. */
uint64_t ws_message_rest(const ws_message_reader *reader);

/* Gives back the memory; all further bytes are ignored, as after FAIL. */
void ws_message_stop(ws_message_reader *reader);

#endif
