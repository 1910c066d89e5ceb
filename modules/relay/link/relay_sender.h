/* relay_sender.h - the thread that sends a child's orders, and gives them back
 * with their answers. It takes all that wait at once, so that many cost
 * hardly more than one.
 */
#ifndef CHATWS_RELAY_SENDER_H
#define CHATWS_RELAY_SENDER_H

#include "relay/relay_order.h"
#include "relay/relay_url.h"

typedef struct relay_sender relay_sender;

/* Replicas have so long to have what `waits` for them. */
#define RELAY_SENDER_REPLICAS_MS 1000

/* `settings` lives as long as it does, and so do the counters of orders that
 * were sent and that came back RELAY_AWAY or _REFUSED, and `run`: which Redis
 * the host's reader hears (relay_hello.h; 0: none now). What is stored in
 * another one is not heard, so the sender leaves that. Each may be NULL. Never
 * NULL; before it is started orders come back RELAY_AWAY. */
relay_sender *relay_sender_create(const relay_settings *settings,
                                  _Atomic uint64_t *sent,
                                  _Atomic uint64_t *failed,
                                  const _Atomic uint64_t *run);

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
