/* act_notice.h - the words of the log lines about what moderators do, and about
 * what they are told: who, whom, where, why. Pure.
 */
#ifndef CHATWS_ACT_NOTICE_H
#define CHATWS_ACT_NOTICE_H

#include "act/act_room.h"
#include "base/base_bytes.h"
#include "chat/chat_command.h"
#include "chat/chat_person.h"

/* Appends "g-00000000000000ff" called "Eve". */
void act_notice_person(base_bytes *line, const chat_person *who);

/* Appends what a `room` command sets: ' topic "Tea", slow 30, locked'. */
void act_notice_state(base_bytes *line, const chat_command *command);

/* Appends ' in "example.org/chat/lobby"'. */
void act_notice_room(base_bytes *line, const act_room_key *room);

/* Appends ': "spam"', if there is a reason. */
void act_notice_reason(base_bytes *line, const void *reason, size_t size);

#endif
