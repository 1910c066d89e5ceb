/* twin_deeds.h - what is done on relay_twins to messages and to a room; it
 * waits until that has come by, unless a comment says otherwise. */
#ifndef CHATWS_TWIN_DEEDS_H
#define CHATWS_TWIN_DEEDS_H

#include "relay_twins.h"

void twin_deeds_delete(twin *t, unsigned room, const room_id *id);
void twin_deeds_edit(twin *t, unsigned room, const room_id *id,
                     const char *text);
void twin_deeds_clear(twin *t, unsigned room);
void twin_deeds_topic(twin *t, unsigned room, const char *topic);

/* Stores "message NUMBER"; it need not have come by. */
room_id twin_deeds_say(twin *t, unsigned room, unsigned number);

/* So many of them, by turns, and both have them. */
void twin_deeds_talk(twin *twins, unsigned room, unsigned from,
                     unsigned count);

/* The room has each number once, in this order. */
void twin_deeds_expect(twin *t, unsigned room, unsigned from, unsigned count);

/* The same of another host, which has not had the room yet: it has what Redis
 * has. */
void twin_deeds_expect_in_redis(twin *other, unsigned room, unsigned from,
                                unsigned count);

/* True when the twin's reader has come back. */
bool twin_deeds_reconnected(void *context);

#endif
