/* act_inventory.h - which rooms there are, and who is sanctioned, for an owner.
 * On a thread that may block.
 */
#ifndef CHATWS_ACT_INVENTORY_H
#define CHATWS_ACT_INVENTORY_H

#include "act/control/act_answer.h"

/* A line for each room: {"room":"SITE/PATH","members":2,"kept":100,
 * "newest":ID}; for one that only the archive has {"room":...,"newest":ID,
 * "archived":true}. */
void act_inventory_rooms(act_answer *answer);

/* A line for each realm that has any: {"room":"SITE/PATH","sanctions":[...]};
 * `room` is one of it, if there is any. */
void act_inventory_sanctions(act_answer *answer);

/* The realms of sanctions, as uint64_t side by side; the caller frees. False:
 * they cannot be read now. */
bool act_inventory_realms(const act_answer *answer, base_bytes *realms);

#endif
