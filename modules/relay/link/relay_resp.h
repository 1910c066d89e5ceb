/* relay_resp.h - Redis' protocol: bytes in, answers out.
 *
 * The only file that knows hiredis. Where that is left out relay_none.c is in
 * its place.
 */
#ifndef CHATWS_RELAY_RESP_H
#define CHATWS_RELAY_RESP_H

#include "relay/relay_order.h"

/* An answer with more is refused. */
#define RELAY_RESP_BYTES_MOST (64 * 1024 * 1024)
#define RELAY_RESP_ITEMS_MOST 1000000

typedef struct relay_resp relay_resp;

/* False: built without it; `why` is a sentence. */
bool relay_resp_available(char *why, size_t why_size);

/* Never NULL. */
relay_resp *relay_resp_create(void);
void relay_resp_free(relay_resp *resp);

/* Takes bytes as they arrive. False: too many for one answer. */
bool relay_resp_feed(relay_resp *resp, const void *data, size_t size);

typedef enum {
    RELAY_RESP_ANSWER,
    RELAY_RESP_MORE, /* it is not whole yet */
    RELAY_RESP_BAD   /* these are no bytes of Redis; there comes no more */
} relay_resp_result;

/* The next whole answer into `answer`, which is emptied first. */
relay_resp_result relay_resp_next(relay_resp *resp, relay_answer *answer);

#endif
