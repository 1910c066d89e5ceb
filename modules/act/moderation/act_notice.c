/* act_notice.c - the words of log lines; see act_notice.h. */
#include "act/moderation/act_notice.h"

#include <string.h>

/* Nothing in it ends the quotation; what would end the line is the business of
 * base_log. */
static void quote(base_bytes *line, const void *text, size_t size)
{
    size_t from = line->len + 1;

    base_bytes_append_text(line, "\"");
    base_bytes_append(line, text, size);
    for (size_t i = from; i < line->len; i++) {
        if (line->data[i] == '"') {
            line->data[i] = '\'';
        }
    }
    base_bytes_append_text(line, "\"");
}

void act_notice_person(base_bytes *line, const chat_person *who)
{
    base_bytes id = BASE_BYTES_INIT;

    if (who->guest) {
        base_bytes_append_format(&id, "g-%016llx",
                                 (unsigned long long)who->user);
    }
    else {
        base_bytes_append_text(&id, "u-");
        base_bytes_append(&id, who->id_size > 0 ? who->id : who->name,
                          who->id_size > 0 ? who->id_size : who->name_size);
    }
    quote(line, id.data, id.len);
    base_bytes_append_text(line, " called ");
    quote(line, who->name, who->name_size);
    base_bytes_free(&id);
}

void act_notice_state(base_bytes *line, const chat_command *command)
{
    const char *comma = " ";

    if (command->has_topic) {
        base_bytes_append_text(line, " topic ");
        quote(line, command->topic.data, command->topic.len);
        comma = ", ";
    }
    if (command->has_slow) {
        base_bytes_append_format(line, "%sslow %lld", comma,
                                 (long long)command->slow);
        comma = ", ";
    }
    if (command->has_locked) {
        base_bytes_append_format(line, "%s%s", comma,
                                 command->locked ? "locked" : "not locked");
    }
}

void act_notice_room(base_bytes *line, const act_room_key *room)
{
    const char *end = memchr(room->key, '\n', room->key_size);
    size_t site = end ? (size_t)(end - room->key) : 0;
    base_bytes whole = BASE_BYTES_INIT;

    base_bytes_append(&whole, room->key, site);
    if (end) {
        base_bytes_append(&whole, end + 1, room->key_size - site - 1);
    }
    base_bytes_append_text(line, " in ");
    quote(line, whole.data, whole.len);
    base_bytes_free(&whole);
}

void act_notice_reason(base_bytes *line, const void *reason, size_t size)
{
    if (size > 0) {
        base_bytes_append_text(line, ": ");
        quote(line, reason, size);
    }
}
