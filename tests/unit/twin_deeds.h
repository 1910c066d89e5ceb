/* twin_deeds.h - what is done on one of relay_twins to a message, or to a room;
 * each waits until it has come by. */
#ifndef CHATWS_TWIN_DEEDS_H
#define CHATWS_TWIN_DEEDS_H

#include "relay_twins.h"

void twin_deeds_delete(twin *t, unsigned room, const room_id *id);
void twin_deeds_edit(twin *t, unsigned room, const room_id *id,
                     const char *text);
void twin_deeds_clear(twin *t, unsigned room);
void twin_deeds_topic(twin *t, unsigned room, const char *topic);

#endif
