/* relay_double_talk.h - what clients say to a relay_double, and are told.
 */
#ifndef CHATWS_UNIT_RELAY_DOUBLE_TALK_H
#define CHATWS_UNIT_RELAY_DOUBLE_TALK_H

#include "hub_peer.h"

/* Its room. */
#define RELAY_DOUBLE_ROOM "/busy"

/* A client enters the room, and has its hello; says something; is told that it
 * is there. */
void relay_double_join(hub_peer *peer, hub_stage *stage, uint64_t user);
void relay_double_say(hub_peer *peer, const char *ref);
void relay_double_expect_ack(hub_peer *peer, const char *ref);

#endif
