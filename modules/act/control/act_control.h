/* act_control.h - does what an owner asks (chat_control.h). Called by httpd/ on
 * the thread of the socket, which may block.
 */
#ifndef CHATWS_ACT_CONTROL_H
#define CHATWS_ACT_CONTROL_H

#include "act/control/act_answer.h"

/* Answers all but CHAT_CONTROL_STATUS, of which only httpd/ knows all. */
void act_control_obey(act_answer *answer);

#endif
