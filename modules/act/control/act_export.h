/* act_export.h - all that a room has, for an owner: from the archive, and what
 * only the segment has. On a thread that may block.
 */
#ifndef CHATWS_ACT_EXPORT_H
#define CHATWS_ACT_EXPORT_H

#include "act/control/act_answer.h"

/* First {"type":"room","room":"SITE/PATH","topic":...,"slow":...,"locked":...},
 * then each event as it is told now, in the order of the room. */
void act_export_room(act_answer *answer);

#endif
