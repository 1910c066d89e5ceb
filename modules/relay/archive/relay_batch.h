/* relay_batch.h - orders that are asked all at once, on a connection of one's
 * own. One thread, which may block.
 */
#ifndef CHATWS_RELAY_BATCH_H
#define CHATWS_RELAY_BATCH_H

#include "relay/link/relay_link.h"
#include "room/segment/room_store.h"

typedef struct {
    const relay_settings *settings;
    room_store *store;
    /* Private. */
    relay_link *link;
    uint64_t here;     /* which Redis it is connected to; 0: not known */
    int64_t retry_us;  /* not before that */
    int64_t pause_us;
} relay_batch;

/* Connects to nothing yet; `settings` must outlive it. */
void relay_batch_init(relay_batch *batch, const relay_settings *settings,
                      room_store *store);
void relay_batch_free(relay_batch *batch);

/* Asks all of them, in their order, and waits for the answers, 5 s at most. It
 * connects when it has to, now and then: to the Redis that the host's reader
 * hears. What Redis refuses is logged. False: there is no connection now, and
 * what was not answered is RELAY_AWAY. */
bool relay_batch_ask(relay_batch *batch, relay_order *const *orders,
                     size_t count);

/* One alone. True: it was done. */
bool relay_batch_one(relay_batch *batch, relay_order *order);
/* The same, and frees it. */
bool relay_batch_once(relay_batch *batch, relay_order *order);

/* A plain command and its key, which is nobody's room. */
relay_order *relay_batch_plain(const relay_batch *batch, const char *word,
                               const char *key);

#endif
