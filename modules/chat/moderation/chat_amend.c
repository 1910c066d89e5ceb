/* chat_amend.c - see chat_amend.h. */
#include "chat/moderation/chat_amend.h"

#include <string.h>

#include "chat/chat_text.h"

/* The first quote ends the id, which the log gives when it stores this. An id
 * needs no escapes. */
static void write_target(base_bytes *out, const char *target)
{
    base_bytes_append_text(out, "\",\"target\":\"");
    base_bytes_append_text(out, target);
    base_bytes_append_text(out, "\"");
}

/* The last member. */
static void write_by(base_bytes *out, const chat_person *by)
{
    base_bytes_append_text(out, ",\"by\":");
    chat_person_write(out, by);
    base_bytes_append_text(out, "}");
}

void chat_amend_deleted(base_bytes *out, const char *target,
                        const chat_person *by)
{
    write_target(out, target);
    write_by(out, by);
}

chat_event_text chat_amend_edited(base_bytes *out, const char *target,
                                  const void *text, size_t text_size)
{
    size_t before = out->len;
    chat_event_text where;

    write_target(out, target);
    base_bytes_append_text(out, ",\"text\":");
    where.at = out->len - before;
    chat_text_quote(out, text, text_size);
    where.size = out->len - before - where.at;
    base_bytes_append_text(out, "}");
    return where;
}

bool chat_amend_target(const void *front, size_t front_size, const char **id,
                       size_t *size)
{
    static const char lead[] = "\",\"target\":\"";
    const char *start = memmem(front, front_size, lead, sizeof(lead) - 1);
    const char *rest = start ? start + sizeof(lead) - 1 : NULL;
    const char *end = rest ? memchr(rest, '"', (size_t)((const char *)front
                                                        + front_size - rest))
                           : NULL;

    *id = rest;
    *size = end ? (size_t)(end - rest) : 0;
    return end != NULL;
}

void chat_amend_cleared(base_bytes *out, const chat_person *by)
{
    base_bytes_append_text(out, "\"");
    write_by(out, by);
}

void chat_amend_room(base_bytes *out, const chat_state *state,
                     const chat_person *by)
{
    base_bytes_append_text(out, "\",");
    chat_state_members(out, state);
    write_by(out, by);
}
