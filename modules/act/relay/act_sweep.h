/* act_sweep.h - what somebody has written in all rooms of a realm goes, on all
 * hosts that share them: room by room, an order each.
 *
 * Private to modules/act; any thread.
 */
#ifndef CHATWS_ACT_SWEEP_H
#define CHATWS_ACT_SWEEP_H

#include "act/act_call.h"
#include "relay/relay_order.h"

/* Makes the first order of `result`: its purge says whose, and where; `you` is
 * who wants it. */
void act_sweep_begin(const act_call *call, act_result *result);

/* That order, or the one before, has come back, and is RELAY_OK: makes the next
 * one; without one all is done. */
void act_sweep_next(const act_call *call, const relay_order *order,
                    act_result *result);

#endif
