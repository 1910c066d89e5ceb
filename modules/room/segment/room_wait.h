/* room_wait.h - threads that sleep until a word of the segment changes. Private
 * to room/; any process.
 */
#ifndef CHATWS_ROOM_WAIT_H
#define CHATWS_ROOM_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

/* Sleeps while the word is `seen`, at most `most_us` microseconds, and a moment
 * at most: whoever was to wake may have died. Look again after it. */
void room_wait_sleep(_Atomic uint32_t *word, uint32_t seen, int64_t most_us);

/* Wakes all who sleep on it; change it before. */
void room_wait_wake(_Atomic uint32_t *word);

#endif
