/* relay_hello.h - what the reader asks a Redis that it has just connected to:
 * whether it is one that we can work with, the secret of all hosts, and since
 * when it knows everything.
 *
 * Pure but for malloc and the log.
 */
#ifndef CHATWS_RELAY_HELLO_H
#define CHATWS_RELAY_HELLO_H

#include "base/base_hash.h"
#include "relay/relay_order.h"
#include "relay/relay_url.h"
#include "room/log/room_id.h"

/* Questions, each an order without `done`, to be sent one after the other.
 * `secret` is the host's own, offered for the case that Redis has none; `wall_ms` goes into no
 * answer. */
#define RELAY_HELLO_ORDERS 4
typedef struct {
    base_hash_key secret;
    room_id since;
} relay_hello;

#endif
