/* act_erase_all.h - what erasing somebody needs where several hosts share
 * rooms: Redis, and word for the other hosts.
 *
 * Private to act/control. On a thread that may block.
 */
#ifndef CHATWS_ACT_ERASE_ALL_H
#define CHATWS_ACT_ERASE_ALL_H

#include "act/control/act_answer.h"

typedef struct {
    act_answer *answer;
    int64_t upto_ms; /* what was said up to then, by Redis' clock, goes */
    uint64_t erased;
} act_erase_all;

/* Visits the keys of those rooms that Redis has and the request means; some
 * perhaps twice. False, here and below: Redis could not be asked to the end, or
 * the child ends. */
bool act_erase_all_each(act_erase_all *it,
                        void (*visit)(void *context, const char *key,
                                      size_t key_size),
                        void *context);

/* All hosts send the user out, and have a second for it. */
bool act_erase_all_send_out(act_erase_all *it, uint64_t user);

/* From now on what is said stays. */
bool act_erase_all_begin(act_erase_all *it);

/* Takes the user out of all those rooms. */
bool act_erase_all_rooms(act_erase_all *it);

/* When that is done: all hosts take the user out of their segments, also those
 * that are away now. */
bool act_erase_all_tell(act_erase_all *it, uint64_t user);

/* Whichever host writes the archive takes the user out of that; without one
 * there is nothing to do. False also when it comes no further: it goes on by
 * itself. */
bool act_erase_all_archive(act_erase_all *it, uint64_t user);

/* True when Redis has lost nothing meanwhile: that would come back. */
bool act_erase_all_end(act_erase_all *it);

#endif
