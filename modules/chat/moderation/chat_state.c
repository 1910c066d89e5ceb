/* chat_state.c - see chat_state.h. */
#include "chat/moderation/chat_state.h"

#include <inttypes.h>

#include "chat/chat_text.h"

void chat_state_members(base_bytes *out, const chat_state *state)
{
    base_bytes_append_text(out, "\"topic\":");
    chat_text_quote(out, state->topic, state->topic_size);
    base_bytes_append_format(out, ",\"slow\":%" PRIu32 ",\"locked\":%s",
                             state->slow_s, state->locked ? "true" : "false");
}

void chat_state_write(base_bytes *out, const chat_state *state)
{
    base_bytes_append_text(out, "{");
    chat_state_members(out, state);
    if (state->muted_s > 0) {
        base_bytes_append_format(out, ",\"muted\":%" PRId64, state->muted_s);
    }
    base_bytes_append_text(out, "}");
}
