/* chat_state.h - what moderators have set for a whole room, as it is told in
 * hello, to who polls, and in a `room` event. Pure.
 */
#ifndef CHATWS_CHAT_STATE_H
#define CHATWS_CHAT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"

typedef struct {
    const char *topic; /* valid UTF-8 */
    size_t topic_size;
    uint32_t slow_s;   /* between two messages of one person; 0: none */
    bool locked;
    int64_t muted_s;   /* how long the person who is told this may not speak;
                          0: may */
} chat_state;

/* Appends "topic":"...","slow":30,"locked":false without braces. */
void chat_state_members(base_bytes *out, const chat_state *state);

/* Appends {"topic":"...","slow":30,"locked":false}, perhaps with
 * "muted":SECONDS. */
void chat_state_write(base_bytes *out, const chat_state *state);

#endif
