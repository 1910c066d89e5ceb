/* relay_bus.h - what the reader's thread lends to those who live on it: who is
 * in the rooms of other hosts, sanctions, notices (people/).
 *
 * All of it is used on the reader's thread alone.
 */
#ifndef CHATWS_RELAY_BUS_H
#define CHATWS_RELAY_BUS_H

#include "relay/relay_order.h"
#include "relay/relay_url.h"
#include "room/segment/room_store.h"

typedef struct relay_bus relay_bus;

struct relay_bus {
    room_store *store;
    const relay_settings *settings;
    const char *host; /* relay_host: 16 hex digits */
    /* Private to the reader. */
    void *reader;
    void (*send)(void *reader, relay_order *order);
};

/* On the reader's own connection, pipelined; never blocks. What was asked comes
 * back in order through the order's `done`, on this thread: RELAY_AWAY when the
 * connection ended. */
void relay_bus_send(relay_bus *bus, relay_order *order);

/* Appends the key, or channel, of this name that is nobody's room:
 * "chatws:NAME", with a prefix "chatws-PREFIX:NAME". */
void relay_bus_key(const relay_settings *settings, const char *name,
                   base_bytes *out);

/* The channel that all hosts hear. */
#define RELAY_BUS_HOSTS "hosts"

/* That which those hear that have an archive ("D": there is something for it),
 * and the key that says that one has: room.lua. */
#define RELAY_BUS_ARCHIVE "archive"

#endif
