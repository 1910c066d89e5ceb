/* relay_remote.h - members of other hosts, in the segment: a user whom any of
 * them has is held by the reader's slot, once.
 *
 * The reader's thread.
 */
#ifndef CHATWS_RELAY_REMOTE_H
#define CHATWS_RELAY_REMOTE_H

#include "relay/people/relay_people.h"

/* "P HOST" and lines of "+USER PERSON" or "-USER". */
void relay_remote_hear(relay_people *people, const char *text, size_t size,
                       int64_t now_us);

/* Asks Redis who is there. */
void relay_remote_look(relay_people *people);

/* These hosts (bits) have nobody any more. The segment is not touched if a lock
 * of it was not to be had just now (`busy`): then relay_remote_tick does that.
 * Answers whether that is so. */
bool relay_remote_bury(relay_people *people, uint64_t hosts, bool busy,
                       int64_t now_us);

/* Does what is due: looks again, and lets those go whom nobody has confirmed.
 * False: a lock was not to be had. */
bool relay_remote_tick(relay_people *people, int64_t now_us);

#endif
