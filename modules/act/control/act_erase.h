/* act_erase.h - whatever somebody has said, and who it was, goes from all
 * rooms: from the segment and from the archive. On a thread that may block.
 *
 * Messages become deleted ones of nobody (CHAT_PERSON_ERASED), each that is
 * kept with one event `deleted`; names in what others wrote stay. Sanctions,
 * refs and rates go. Whoever is here is sent out first.
 */
#ifndef CHATWS_ACT_ERASE_H
#define CHATWS_ACT_ERASE_H

#include "act/control/act_answer.h"

/* Lines {"looked":events,"erased":events} while it looks through the archive;
 * at the end {"end":true,"erased":events}. */
void act_erase_user(act_answer *answer);

#endif
