/* hub_leaving.h - takes connections out of rooms.
 *
 * Somebody may hold a lock for long, a child that was stopped for instance.
 * Nobody may stay a member for ever because of that: whoever could not be taken
 * out is noted, and taken out at a later sweep. Private to modules/hub; loop
 * thread only.
 */
#ifndef CHATWS_HUB_LEAVING_H
#define CHATWS_HUB_LEAVING_H

#include "hub/hub_core.h"
#include "room/people/room_member.h"

/* Takes one connection away, now or later, as room_member_leave. */
void hub_leaving_take(hub *core, room_handle room,
                      const room_member_leaving *who);

/* True when as many are noted as there may be connections: then nobody may
 * join. */
bool hub_leaving_full(const hub *core);

/* Takes out who was noted. */
void hub_leaving_retry(hub *core);

#endif
