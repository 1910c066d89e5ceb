/* act_written.h - whether the archive has what a command has done, for an
 * answer that promises it. Called by httpd's workers; blocks.
 */
#ifndef CHATWS_ACT_WRITTEN_H
#define CHATWS_ACT_WRITTEN_H

#include "act/act_call.h"
#include "chat/chat_command.h"

/* The longest that anybody waits for it, in microseconds, from when the oldest
 * of what is not written was stored. */
#define ACT_WRITTEN_US INT64_C(5000000)

/* The number of what has this id in the room's log, or one above that if it is
 * not there any more; 0-0: of the newest. Never blocks. */
uint64_t act_written_number(room_store *store, room_handle room,
                            const room_id *id);

/* Waits until the archive has what the command, which was obeyed, has stored or
 * finds stored already (a repeated ref), and the sanctions as they are now if
 * it is about these. CHAT_OK: it has, or there is nothing to wait for.
 * CHAT_UNAVAILABLE: not in time; it stays in the room and is written later.
 * CHAT_NOT_KEPT: it stays in the room, and the database refuses it. Where
 * several hosts are one chat act_await has waited. */
chat_error act_written(const act_call *call, const chat_command *command,
                 const act_result *done);

/* The same of what hosts share, and which this one has got (done->archived):
 * until `until_us` of base_clock_mono at most. */
chat_error act_written_shared(const act_call *call, const act_result *done,
                              int64_t until_us);

#endif
