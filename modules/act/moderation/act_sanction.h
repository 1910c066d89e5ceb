/* act_sanction.h - what moderators do to somebody: mute, ban, kick, pardon; and
 * who is under which sanction now. Called by act_obey, after it has looked at
 * the rights, and by httpd/ for the list; any thread.
 */
#ifndef CHATWS_ACT_SANCTION_H
#define CHATWS_ACT_SANCTION_H

#include "act/act_call.h"
#include "chat/chat_command.h"
#include "chat/moderation/chat_order.h"
#include "room/set/room_notice.h"

/* Who is sent out cannot come back for so long, in seconds. */
#define ACT_SANCTION_KICK_S 10

/* The most that act_sanction_list lists. */
#define ACT_SANCTION_LIST_MOST 1000

void act_sanction_mute(const act_call *call, const chat_command *command,
                       act_result *result);
void act_sanction_ban(const act_call *call, const chat_command *command,
                      act_result *result);
void act_sanction_kick(const act_call *call, const chat_command *command,
                       act_result *result);
void act_sanction_pardon(const act_call *call, const chat_command *command,
                         act_result *result);

/* A person, as it is kept in the segment. */
void act_sanction_keep_person(const chat_person *who,
                              room_sanction_person *out);

/* What the event of a notice says; the persons are the caller's. */
void act_sanction_told(const room_notice *notice, chat_person *user,
                       chat_person *by, chat_order_sanction *out);

/* Appends {"sanctions":[...]}: those of the realm, the newest first. False: it
 * cannot be read now, and nothing was appended. */
bool act_sanction_list(room_store *store, uint64_t realm, base_bytes *json);

#endif
