/* ws_carry.h - a reader (ws_message.h) that goes on in another process.
 *
 * It goes there as it is, with the bytes of its unfinished message; who gets it
 * believes nothing of that. Used by hub/. Pure.
 */
#ifndef CHATWS_WS_CARRY_H
#define CHATWS_WS_CARRY_H

#include "ws/ws_message.h"

/* Between two calls of ws_message_feed: false of one that has ended, or has
 * memory that its last event points into. */
bool ws_carry_possible(const ws_message_reader *reader);

/* Any 56 bytes and the size of an unfinished message: true if they are those of
 * a reader with these settings that can go on. What `bytes` of it says is not
 * looked at. */
bool ws_carry_check(const ws_message_reader *reader, uint32_t max_payload,
                    unsigned accepted_rsv, size_t size);

#endif
