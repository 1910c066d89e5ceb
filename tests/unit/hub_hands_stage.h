/* hub_hands_stage.h - a stage with two hubs of which the first gives its
 * connections to the second, as children do at a graceful restart.
 */
#ifndef CHATWS_UNIT_HUB_HANDS_STAGE_H
#define CHATWS_UNIT_HUB_HANDS_STAGE_H

#include "hub_peer.h"

#define HUB_HANDS_PRINT 7 /* of the configuration that is known */

/* So many have given, as far as the taker knows. */
extern unsigned hub_hands_givers;

typedef struct {
    hub_stage stage; /* first member */
    hub_hands hands;
    _Atomic int64_t in_flight;
    atomic_bool restarted; /* the first hub is not of the newest generation */
} hub_hands_stage;

/* The stage; with its first hub; and the end of all. */
void hub_hands_set_up(hub_hands_stage *made);
void hub_hands_open(hub_hands_stage *made);
void hub_hands_close(hub_hands_stage *made);

/* The first hub ends: what it gives is on its way then. */
void hub_hands_give(hub_hands_stage *made);

/* The second one begins; and has taken that. */
void hub_hands_begin_second(hub_hands_stage *made);
void hub_hands_take(hub_hands_stage *made);

/* Both. */
void hub_hands_restart(hub_hands_stage *made);

/* From now on there is a first one again, and no second. */
void hub_hands_again(hub_hands_stage *made);

/* A connection of TCP to the room, of any way. The offer may be changed. */
hub_offer *hub_hands_offer(hub_peer *peer, hub_stage *stage, int which,
                           const hub_way *way, uint64_t user);
void hub_hands_join(hub_peer *peer, hub_stage *stage, int which,
                    const hub_way *way, uint64_t user);

/* The same of WebSocket, where little finds place on the way to the peer. */
void hub_hands_small(hub_peer *peer, hub_stage *stage, uint64_t user,
                     int buffer);

/* A long-poll that waits for what comes after the newest message. */
void hub_hands_poll(hub_peer *peer, hub_hands_stage *made);

/* Takes events of the peer up to one with this text; false: it is not there
 * yet. */
bool hub_hands_reach(hub_peer *peer, const char *text);

#endif
