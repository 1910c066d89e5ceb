/* relay_heard.h - what a script has told all hosts on a room's channel.
 *
 * Pure.
 */
#ifndef CHATWS_RELAY_HEARD_H
#define CHATWS_RELAY_HEARD_H

#include "relay/relay_value.h"
#include "room/log/room_id.h"

/* A record ("E EPOCH BEFORE ID\n" and
 * a relay_value). `before` is the id in front of it in the stream, `epoch` the
 * stream's. What it says points into `text`. False: it is none. */
bool relay_heard_record(const char *text, size_t size, uint64_t *epoch,
                        room_id *before, relay_value *value);

/* "G TOP": Redis ends at `top` (0-0: it has no such room), which some host
 * knows to be too early. Whoever has something behind it offers it again. */
bool relay_heard_lacking(const char *text, size_t size, room_id *top);

/* "L ID": see relay_room_answer.lost. */
bool relay_heard_lost(const char *text, size_t size, room_id *lost);

/* "A ID", "A ID -": see relay_room_kept. */
bool relay_heard_kept(const char *text, size_t size, room_id *upto,
                      bool *refused);

#endif
