/* chat_html.c - messages as HTML; see chat_html.h. */
#include "chat/chat_html.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <jansson.h>

#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

/* Behind the name of who is not verified, or keeps order, and what has become
 * of a message: the page speaks two languages. */
#define GUEST " <small>(guest \xC2\xB7 \xE8\xAE\xBF\xE5\xAE\xA2)</small>"
#define MODERATOR                                                            \
    " <small>(moderator \xC2\xB7 \xE7\x89\x88\xE4\xB8\xBB)</small>"
#define EDITED                                                               \
    " <small>(edited \xC2\xB7 \xE5\xB7\xB2\xE7\xBC\x96\xE8\xBE\x91)</small>"
#define DELETED "<i>deleted \xC2\xB7 \xE5\xB7\xB2\xE5\x88\xA0\xE9\x99\xA4</i>"

/* What stands for a byte, or NULL for itself. */
static const char *entity_of(unsigned char byte)
{
    switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void chat_html_text(base_bytes *out, const void *text, size_t size)
{
    const unsigned char *bytes = text;
    size_t from = 0;

    for (size_t i = 0; i < size; i++) {
        const char *entity = entity_of(bytes[i]);

        if (entity) {
            base_bytes_append(out, bytes + from, i - from);
            base_bytes_append_text(out, entity);
            from = i + 1;
        }
    }
    base_bytes_append(out, bytes + from, size - from);
}

static void write_string(base_bytes *out, const json_t *string)
{
    chat_html_text(out, json_string_value(string), json_string_length(string));
}

/* An id begins with milliseconds since 1970. */
static void write_time(base_bytes *out, const char *id)
{
    char machine[32];
    char person[32];
    /* Beyond the last second gmtime_r may fail, and nobody reads a year of five
     * digits. */
    int64_t seconds = (int64_t)(strtoull(id, NULL, 10) / 1000);
    time_t when = (time_t)(seconds < LAST_SECOND ? seconds : LAST_SECOND);
    struct tm utc;

    if (gmtime_r(&when, &utc) != NULL
        && strftime(machine, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0
        && strftime(person, sizeof(person), "%Y-%m-%d %H:%M UTC", &utc) > 0) {
        base_bytes_append_format(out, " <time datetime=\"%s\">%s</time>",
                                 machine, person);
    }
}

/* A mark for each member that is true. */
static void write_mark(base_bytes *out, const json_t *object,
                       const char *member, const char *mark)
{
    if (json_is_true(json_object_get(object, member))) {
        base_bytes_append_text(out, mark);
    }
}

static void write_message(base_bytes *out, const json_t *event)
{
    const json_t *id = json_object_get(event, "id");
    const json_t *from = json_object_get(event, "from");
    const json_t *name = json_object_get(from, "name");
    const json_t *text = json_object_get(event, "text");

    /* jansson answers NULL for a member of what is no object: one look at what
     * is needed is enough. */
    if (!json_is_string(id) || !json_is_string(name)
        || !json_is_string(text)) {
        return;
    }
    base_bytes_append_text(out, "<li><p><b dir=\"auto\">");
    write_string(out, name);
    base_bytes_append_text(out, "</b>");
    write_mark(out, from, "guest", GUEST);
    write_mark(out, from, "moderator", MODERATOR);
    write_time(out, json_string_value(id));
    write_mark(out, event, "edited", EDITED);
    base_bytes_append_text(out, "</p>\n<p class=\"text\" dir=\"auto\">");
    write_string(out, text); /* of a deleted one it is empty */
    write_mark(out, event, "deleted", DELETED);
    base_bytes_append_text(out, "</p></li>\n");
}

bool chat_html_messages(base_bytes *out, const void *page, size_t size)
{
    /* The answer of a poll, read back: only one place knows how a room's
     * messages are found and written. */
    json_t *root = json_loadb(page, size, JSON_ALLOW_NUL, NULL);
    const json_t *events = json_object_get(root, "events");
    bool good = json_is_array(events);

    for (size_t i = 0; good && i < json_array_size(events); i++) {
        write_message(out, json_array_get(events, i));
    }
    json_decref(root);
    return good;
}
