/* ws_extension.h - what is agreed on in Sec-WebSocket-Extensions (RFC 6455
 * section 9.1): permessage-deflate (RFC 7692), or nothing.
 *
 * Used by httpd/ when it answers a handshake. Pure. Neither side keeps a
 * message for the next one (no_context_takeover, both ways): so one compressed
 * frame is right for all who have agreed on the same window, and an idle
 * connection has no memory for it.
 */
#ifndef CHATWS_WS_EXTENSION_H
#define CHATWS_WS_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far back our compressed messages may point: 2 to the power of these. */
#define WS_EXTENSION_BITS_LEAST 9
#define WS_EXTENSION_BITS_MOST 15

/* What was agreed on; all zero: nothing. */
typedef struct {
    uint8_t window_bits; /* of what we send; 0: no compression */
    bool told;           /* the client has named them */
} ws_extension;

/* The longest value that ws_extension_write makes. */
#define WS_EXTENSION_MAX 120

/* Chooses among what a client offers, in its order; `offers` is the value of
 * the field, NULL: it sent none. An offer that we cannot keep to the letter is
 * passed over; if the field breaks the grammar nothing is agreed on. At most 32
 * offers are looked at. */
void ws_extension_choose(const char *offers, ws_extension *chosen);

/* Writes the value of the answer's field, without a NUL; returns its size. */
size_t ws_extension_write(const ws_extension *chosen,
                          char out[WS_EXTENSION_MAX]);

#endif
