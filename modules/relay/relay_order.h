/* relay_order.h - one thing that Redis is to do: a script of ours with its
 * keys and arguments, or a plain command.
 *
 * An order is made and filled on any thread, sent once (relay.h), and comes
 * back through `done`.
 */
#ifndef CHATWS_RELAY_ORDER_H
#define CHATWS_RELAY_ORDER_H

#include "relay/relay_answer.h"

typedef enum {
    RELAY_OK,
    RELAY_AWAY,   /* it was not answered: it was never sent, or may have been
                     done all the same */
    RELAY_REFUSED /* Redis answered with an error; it was not done */
} relay_status;

typedef struct relay_order relay_order;

/* All zero is an order with nothing in it. */
struct relay_order {
    relay_order *next;  /* private to who has it */
    const struct relay_script *script; /* NULL: a plain command, its name is
                                          the first argument */
    unsigned keys;      /* so many of the arguments are keys, the first ones */
    unsigned count;     /* arguments */
    bool waits;         /* for replicas (ChatRedis wait=N) before it is done */
    base_bytes args;    /* private: their bytes, and where each ends */
    base_bytes ends;
    bool again;         /* private: it was sent once more */
    /* Called once, on the relay's thread or in relay_send: it takes the order
     * over, must not block, and frees it or has it freed. NULL: it is freed. */
    void (*done)(relay_order *order);
    void *context;      /* done's */
    relay_status status;
    relay_answer answer;
};

/* malloc'ed; never NULL. */
relay_order *relay_order_create(const struct relay_script *script,
                                void (*done)(relay_order *order),
                                void *context);
void relay_order_free(relay_order *order);

void relay_order_key(relay_order *order, const void *data, size_t size);
void relay_order_add(relay_order *order, const void *data, size_t size);
void relay_order_add_text(relay_order *order, const char *text);
void relay_order_add_number(relay_order *order, int64_t number);

/* Argument `index`; for whoever sends it, and for tests. */
const void *relay_order_argument(const relay_order *order, unsigned index,
                                 size_t *size);

#endif
