/* act_decree.h - mutes, bans and pardons of an owner, wherever they are to
 * hold. On a thread that may block.
 */
#ifndef CHATWS_ACT_DECREE_H
#define CHATWS_ACT_DECREE_H

#include "act/control/act_answer.h"

/* A line for each realm in which it holds: {"room":"SITE/PATH"}, one of its
 * rooms. A pardon without room and site also ends what no room that is in use
 * has. */
void act_decree_obey(act_answer *answer);

#endif
