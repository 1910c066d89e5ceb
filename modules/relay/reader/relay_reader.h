/* relay_reader.h - the thread that brings into the segment what comes from
 * Redis. Each child has it, and one child of the host is elected.
 *
 * It has two connections. Over one it hears the channels of the rooms that
 * this host has, over the other it asks. What is heard is only a hint: each
 * record names the one before it, and what was missed is fetched. So nothing
 * depends on pub/sub being reliable. Whether that still carries is seen by a
 * beat of its own that has to come back.
 */
#ifndef CHATWS_RELAY_READER_H
#define CHATWS_RELAY_READER_H

#include "relay/relay_url.h"
#include "room/segment/room_store.h"

typedef struct relay_reader relay_reader;

/* `settings` and `host` (relay_host) live as long as it does. NULL: there is no
 * thread; the line is in the log. */
relay_reader *relay_reader_start(const relay_settings *settings,
                                 room_store *store, const char *host);

/* The thread ends, and another child's is elected. False: it did not until the
 * deadline (base_clock_mono), and still needs what it was given. NULL is
 * fine. */
bool relay_reader_stop(relay_reader *reader, int64_t deadline_us);

#endif
