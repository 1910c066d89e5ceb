/* ws_inflate.h - takes apart what permessage-deflate has compressed (RFC 7692
 * section 7.2.2), a whole message at a time.
 *
 * Used by ws_message; the hub has one inflater for all its clients, as no
 * message refers to another one. One thread at a time. Memory and time are
 * bounded whatever comes in: nothing is made beyond the limit.
 */
#ifndef CHATWS_WS_INFLATE_H
#define CHATWS_WS_INFLATE_H

#include <stddef.h>
#include <stdint.h>

typedef struct ws_inflater ws_inflater;

typedef enum {
    WS_INFLATE_OK,
    WS_INFLATE_BAD, /* it is no deflate stream, or ends inside of one */
    WS_INFLATE_LONG /* it has more than `most` bytes */
} ws_inflate_result;

ws_inflater *ws_inflate_create(void);
void ws_inflate_destroy(ws_inflater *inflater);

/* Inflates a message, without the 00 00 ff ff that its sender has cut off.
 * `*out` is the inflater's, and valid until its next call; it is not NULL. */
ws_inflate_result ws_inflate_message(ws_inflater *inflater,
                                     const unsigned char *data, size_t size,
                                     size_t most, const unsigned char **out,
                                     size_t *out_size);

/* Gives back the memory of an uncommonly long message. */
void ws_inflate_tidy(ws_inflater *inflater);

/* What it has done since its beginning, in bytes: what came out, or what the
 * input has cost without making much. For budgets. */
uint64_t ws_inflate_spent(const ws_inflater *inflater);

#endif
