/* act_store.h - where what a command stores goes: into the room's log; or,
 * where several hosts are one chat, into an order, since the relay gives it its
 * place among all.
 *
 * Private to modules/act; any thread.
 */
#ifndef CHATWS_ACT_STORE_H
#define CHATWS_ACT_STORE_H

#include "act/act_call.h"
#include "relay/relay_order.h"
#include "room/log/room_log.h"

/* Answers as room_log_append does, or with a target room_log_amend, and fills
 * in id, seq and size of `result`. With ROOM_OK there may be an order in it
 * instead: then nothing is stored yet. Wakes nobody. */
room_status act_store(const act_call *call, room_handle room,
                      const room_log_entry *entry,
                      const room_log_target *target, act_result *result);

/* True when the order, which is RELAY_OK, was not done since its sender or the
 * address has sent too much, on all hosts together: CHAT_RATE_LIMITED. */
bool act_store_rated(const act_call *call, const relay_order *order,
                     act_result *result);

/* What came of the order, which is RELAY_OK: the same answers, and the same is
 * filled in; also ROOM_UNREAD. */
room_status act_store_finish(const relay_order *order, act_result *result);

#endif
