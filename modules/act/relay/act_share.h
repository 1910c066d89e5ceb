/* act_share.h - what a moderator has decided, or somebody has reported, is told
 * to the other hosts that share the rooms.
 *
 * Private to modules/act; any thread.
 */
#ifndef CHATWS_ACT_SHARE_H
#define CHATWS_ACT_SHARE_H

#include "act/act_call.h"
#include "chat/chat_command.h"
#include "room/set/room_notice.h"

/* A sanction or a pardon that holds here. Where hosts share the rooms: makes
 * the order of `result`, or if there is no relay CHAT_HERE_ONLY. `address` (0:
 * none) is banned, too. */
void act_share_sanction(const act_call *call, const room_notice *notice,
                        uint64_t address, act_result *result);

/* The order of a sanction or a pardon, or one that this has left, has come back
 * and is RELAY_OK: all hosts know of it; for a purge there are more orders. */
void act_share_finish(const act_call *call, const chat_command *command,
                      const struct relay_order *order, act_result *result);

/* The same of a report. */
void act_share_report(const act_call *call, const room_notice *notice,
                      act_result *result);

#endif
