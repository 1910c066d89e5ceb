/* ws_deflate.h - compresses messages for permessage-deflate (RFC 7692 section
 * 7.2.1), each as a stream of its own.
 *
 * Used by hub/; one deflater for each size of window, for all of its clients.
 * One thread at a time.
 */
#ifndef CHATWS_WS_DEFLATE_H
#define CHATWS_WS_DEFLATE_H

#include <stddef.h>

typedef struct ws_deflater ws_deflater;

/* So much longer than the message `out` has to be. */
#define WS_DEFLATE_EXTRA 4

/* No message points back further than 2 to the power of `window_bits`, 9 to
 * 15. */
ws_deflater *ws_deflate_create(unsigned window_bits);
void ws_deflate_destroy(ws_deflater *deflater);

/* Compresses a message of less than 4 GB into `out`, which has room for its
 * size and WS_DEFLATE_EXTRA; returns what it has become, at most one byte less.
 * 0: it would not be shorter. */
size_t ws_deflate_message(ws_deflater *deflater, const unsigned char *data,
                          size_t size, unsigned char *out);

#endif
