/* act_upkeep.h - an owner empties a room, or sets its topic, slow mode and
 * lock. On a thread that may block.
 */
#ifndef CHATWS_ACT_UPKEEP_H
#define CHATWS_ACT_UPKEEP_H

#include "act/control/act_answer.h"

/* Of a room that is in use: what only the archive has is read in when somebody
 * comes. A line {"end":true,"rooms":1}. */
void act_upkeep_obey(act_answer *answer);

#endif
