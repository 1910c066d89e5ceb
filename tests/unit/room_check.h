/* room_check.h - is the segment whole? */
#ifndef CHATWS_ROOM_CHECK_H
#define CHATWS_ROOM_CHECK_H

#include "room/segment/room_store.h"

/* Takes every lock once (which repairs what dead owners left), then verifies:
 * every page free or reached from exactly one room, chains and counts exact,
 * numbers without holes, ids increasing, members consistent. Nobody else may
 * write meanwhile. False, with a sentence in `why`, at the first fault. */
bool room_check(room_store *store, char *why, size_t why_size);

#endif
