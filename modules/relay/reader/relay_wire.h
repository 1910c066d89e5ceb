/* relay_wire.h - the reader's two connections: over one it asks, pipelined,
 * over the other it hears. The reader's thread.
 */
#ifndef CHATWS_RELAY_WIRE_H
#define CHATWS_RELAY_WIRE_H

#include "relay/link/relay_link.h"

typedef struct relay_wire relay_wire;

/* See relay_link_create. Never NULL. */
relay_wire *relay_wire_create(const relay_settings *settings, int wake);
void relay_wire_destroy(relay_wire *wire);

/* Blocks as relay_link_open does. False: neither is open. */
bool relay_wire_open(relay_wire *wire);

/* Both are closed, and every order comes back RELAY_AWAY. */
void relay_wire_close(relay_wire *wire, const char *reason);

/* For what is asked before anything else (relay_link_ask). */
relay_link *relay_wire_asking(relay_wire *wire);

/* Takes the order over; it comes back in its turn (relay_wire_answers), at once
 * while nothing is open. */
void relay_wire_send(relay_wire *wire, relay_order *order);

/* So many orders are on their way. */
size_t relay_wire_waiting(const relay_wire *wire);

/* SUBSCRIBE or UNSUBSCRIBE with channels behind it; frees the order. */
void relay_wire_listen(relay_wire *wire, relay_order *order);

/* Sends, and gives back what was answered. False: it is broken. */
bool relay_wire_answers(relay_wire *wire);

/* Sends, and visits what was heard: `word` is Redis' ("message", "subscribe",
 * "error"), and of a message or an error `text`. At most so many; `more` tells
 * whether it stopped there. False: it is broken. */
typedef void relay_wire_visit(void *context, const char *word,
                              const char *channel, size_t channel_size,
                              const char *text, size_t size);
bool relay_wire_heard(relay_wire *wire, unsigned most, bool *more,
                      relay_wire_visit *visit, void *context);

/* -1: closed. */
int relay_wire_asking_fd(const relay_wire *wire);
int relay_wire_hearing_fd(const relay_wire *wire);

#endif
