/* act_obey.h - what a command does, on whatever way it came.
 *
 * Called by the loop thread for the members of its child, and by httpd's
 * workers for a POST; any thread. It needs no connection and no loop.
 */
#ifndef CHATWS_ACT_OBEY_H
#define CHATWS_ACT_OBEY_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* Charges the rates of the person and of the address, looks at the person's
 * rights, obeys and counts. A command that was not parsed (command->error) is
 * charged too, and its error is given back. CHAT_RATE_LIMITED: nothing was
 * looked at but the rates. A message is for everybody who may speak, member or
 * not; a new name for a guest who is a member; typing is told to the others if
 * the person is a member, and else to nobody, which is no error. The command
 * stays the caller's. Where there is an archive (call->backed) the result may
 * be `past`: then nothing was done or counted but the charge, and act_obey_past
 * does it. */
act_result act_obey(const act_call *call, const chat_command *command);

/* Goes on where the result is `past`, for a key with an archive; may block.
 * Then there may be an order, too. */
void act_obey_past(const act_call *call, const chat_command *command,
                   act_result *result);

/* Where several hosts are one chat, what is done gets its place at the relay.
 * Then act_obey answers with result.order: whoever called it sends that
 * (relay_send, relay_ask), and calls this when it has come back; the order is
 * freed. The result is what act_obey's would have been, and counted, unless it
 * has an order again, or is `past`: then the same once more. `command` is as it
 * was. The person, who may have left meanwhile, need not be seated any more.
 * What result->id names is in the room of this host when that has it
 * (room_relay_find), and is not to be told before. Never blocks. */
void act_obey_finish(const act_call *call, const chat_command *command,
                     act_result *result);

/* Charges both rates, for what is no command but costs as much. False: that is
 * too fast, and was counted; `retry` is act_result's. */
bool act_obey_charge(const act_call *call, int64_t *retry);

#endif
