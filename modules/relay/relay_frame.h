/* relay_frame.h - what all orders about one room have in common: their keys,
 * and how numbers, ids and states stand in them and in the answers.
 *
 * Pure but for malloc.
 */
#ifndef CHATWS_RELAY_FRAME_H
#define CHATWS_RELAY_FRAME_H

#include "relay/relay_order.h"
#include "relay/relay_script.h"
#include "room/log/room_id.h"
#include "room/log/room_state.h"

/* An order of a script that includes room.lua: the four keys of the room with
 * this channel, then those of `further` that are not empty, and as the first
 * argument the channel. */
relay_order *relay_frame_create(relay_script_name script,
                                const base_bytes *channel,
                                const base_bytes *further, size_t count,
                                void (*done)(relay_order *order),
                                void *context);

void relay_frame_add_hex(relay_order *order, uint64_t number);
void relay_frame_add_id(relay_order *order, const room_id *id);
/* Three arguments. */
void relay_frame_add_state(relay_order *order, const room_state *state);
/* A random one. Nobody may guess it: a host that was away knows by it that what
 * it has is of another stream. */
void relay_frame_add_epoch(relay_order *order);

/* Items of an answer; a state is three. False: it is none. */
bool relay_frame_read_id(const relay_answer *answer, size_t index,
                         room_id *id);
bool relay_frame_read_epoch(const relay_answer *answer, size_t index,
                            uint64_t *epoch);
bool relay_frame_read_state(const relay_answer *answer, size_t index,
                            room_state *state);

#endif
