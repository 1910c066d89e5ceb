/* relay_erased.h - whoever was erased on another host, or on this one, is taken
 * out of this host's segment.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_ERASED_H
#define CHATWS_RELAY_ERASED_H

#include "relay/reader/relay_bus.h"

typedef struct relay_erased relay_erased;

/* Never NULL. */
relay_erased *relay_erased_create(relay_bus *bus);
void relay_erased_destroy(relay_erased *it);

/* There is a connection: those of the last weeks are asked for, and taken out
 * when that is answered, in front of all that this host offers. `failed` says
 * whether it was answered. */
void relay_erased_connect(relay_erased *it, bool *failed);

/* "Z HOST USER": send the user out. "Y HOST USER TIME": take out of the rooms
 * what the user has said up to then; tick does it, piece by piece. What makes
 * no sense is nothing. */
void relay_erased_hear(relay_erased *it, const char *text, size_t size);
void relay_erased_tick(relay_erased *it);

#endif
