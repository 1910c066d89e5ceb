/* relay_rate.h - how many rooms an address makes, over all hosts
 * (ChatAddressRooms). Called by act/ on httpd's workers; blocks, two seconds
 * at most.
 */
#ifndef CHATWS_RELAY_RATE_H
#define CHATWS_RELAY_RATE_H

#include "relay/relay.h"
#include "relay/relay_room.h"

typedef enum {
    RELAY_RATE_GIVEN,
    RELAY_RATE_REFUSED,
    RELAY_RATE_UNKNOWN /* Redis does not say */
} relay_rate_result;

/* Takes one of the address's rooms, if Redis has not got this one. `address` is
 * the same on all hosts; `burst` at once, then one each `interval_us`.
 * RELAY_RATE_REFUSED: `retry_us` is the wait until there is one. */
relay_rate_result relay_rate_room(relay *r, const relay_room *room,
                                  uint64_t address, int64_t interval_us,
                                  uint32_t burst, int64_t *retry_us);

#endif
