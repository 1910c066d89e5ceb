/* relay_sender.h - the thread that sends a child's orders, and gives them back
 * with their answers. It takes all that wait at once, so that many cost
 * hardly more than one.
 */
#ifndef CHATWS_RELAY_SENDER_H
#define CHATWS_RELAY_SENDER_H

#include <stdatomic.h>

#include "relay/relay_order.h"
#include "relay/relay_url.h"

typedef struct relay_sender relay_sender;

/* Replicas have so long to have what `waits` for them. */
#define RELAY_SENDER_REPLICAS_MS 1000

/* What it has in common with all others of the host; each may be NULL. */
typedef struct {
    _Atomic uint64_t *sent;      /* counts orders, */
    _Atomic uint64_t *failed;    /* and those that come back RELAY_AWAY or
                                    _REFUSED */
    const _Atomic uint64_t *run; /* which Redis the host's reader hears
                                    (relay_hello.h); 0: none now. What is
                                    stored in another one is not heard, so the
                                    sender leaves that, */
    _Atomic uint64_t *doubt;     /* and leaves RELAY_SENDER_ELSEWHERE here when
                                    the Sentinels have just told it that one:
                                    the reader may have stayed behind */
} relay_sender_words;

#define RELAY_SENDER_ELSEWHERE 2

/* `settings` lives as long as it does, and so does what `words` has. Never
 * NULL; before it is started orders come back RELAY_AWAY. */
relay_sender *relay_sender_create(const relay_settings *settings,
                                  const relay_sender_words *words);

/* False: there is no thread. */
bool relay_sender_start(relay_sender *sender);

/* As relay_send. */
void relay_sender_send(relay_sender *sender, relay_order *order);

/* As relay_halt. */
void relay_sender_halt(relay_sender *sender, int64_t until_us);

/* As relay_stop. False: the thread did not end until then (it waits for a name
 * to be found), and still needs what it was given. */
bool relay_sender_stop(relay_sender *sender, int64_t deadline_us);

/* After it was stopped, if that was true. */
void relay_sender_destroy(relay_sender *sender);

#endif
