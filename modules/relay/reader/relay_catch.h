/* relay_catch.h - a room catches up: what comes behind its newest is fetched.
 *
 * Where that does not fit (Redis has lost something, or the room has), all that
 * Redis has is fetched and compared (relay_compare.h). The reader's thread.
 */
#ifndef CHATWS_RELAY_CATCH_H
#define CHATWS_RELAY_CATCH_H

#include "relay/reader/relay_follow.h"

/* Asks for what is due. */
void relay_catch_pump(relay_follow *follow);


#endif
