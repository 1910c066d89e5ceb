/* act_author.h - how somebody is called who is not here any more.
 *
 * Called by act_sanction; any thread.
 */
#ifndef CHATWS_ACT_AUTHOR_H
#define CHATWS_ACT_AUTHOR_H

#include "act/act_call.h"

/* Gives `who` the name of the user in the newest message that the room keeps of
 * it. False: it keeps none. It looks at all that is kept. */
bool act_author_name(const act_call *call, room_handle room, uint64_t user,
                     chat_person *who);

#endif
