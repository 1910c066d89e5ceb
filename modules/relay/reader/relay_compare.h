/* relay_compare.h - all that Redis has of a room is fetched and compared with
 * what this host has.
 *
 * What is missing there is offered again, whatever of it still can go back in
 * order. What is missing here makes the room anew, with a gap for those who
 * read it. The reader's thread.
 */
#ifndef CHATWS_RELAY_COMPARE_H
#define CHATWS_RELAY_COMPARE_H

#include "relay/reader/relay_follow.h"

/* So many rooms at once: each may take some megabytes. */
#define RELAY_COMPARE_MOST 16

/* Begins; the room's order is on its way. relay_due_done or _later ends it. */
void relay_compare_start(relay_follow *follow, relay_rooms_one *one);

#endif
