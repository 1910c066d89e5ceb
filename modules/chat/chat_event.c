/* chat_event.c - what the server sends; see chat_event.h. */
#include "chat/chat_event.h"

#include <inttypes.h>
#include <string.h>

#include "chat/chat_list.h"
#include "chat/chat_text.h"

/* What a message has besides its text and ref, unless its name is long. */
#define TAIL_BYTES 160

/* The events are few and their members in a fixed order, so they are written
 * and not built: a tree of jansson's costs an allocation for each member, and
 * every message and answer passes here. */

static void write_flag(base_bytes *out, bool flag)
{
    base_bytes_append_text(out, flag ? "true" : "false");
}

/* Appends `prefix` and then a text as a JSON string. */
static void write_string(base_bytes *out, const char *prefix, const char *text)
{
    base_bytes_append_text(out, prefix);
    chat_text_quote(out, text, strlen(text));
}

/* Appends thousandths as a decimal without superfluous zeros: 1.2 */
static void write_milli(base_bytes *out, int64_t milli)
{
    int digits = 3;
    int64_t rest = milli % 1000;

    base_bytes_append_format(out, "%" PRId64, milli / 1000);
    if (rest == 0) {
        return;
    }
    while (rest % 10 == 0) {
        rest /= 10;
        digits--;
    }
    base_bytes_append_format(out, ".%0*" PRId64, digits, rest);
}

static void write_ref(base_bytes *out, const void *ref, size_t size)
{
    if (size > 0) {
        base_bytes_append_text(out, ",\"ref\":");
        chat_text_quote(out, ref, size);
    }
}

/* null is no limit: 0 would be one that nobody can keep. */
static void write_limits(base_bytes *out, const chat_event_greeting *greeting)
{
    base_bytes_append_format(
        out, ",\"limits\":{\"message\":%zu,\"rate\":", greeting->max_text);
    if (greeting->rate_milli > 0) {
        write_milli(out, greeting->rate_milli);
        base_bytes_append_format(out, ",\"burst\":%" PRId64 "}",
                                 greeting->burst);
    }
    else {
        base_bytes_append_text(out, "null,\"burst\":null}");
    }
}

void chat_event_hello(base_bytes *out, const chat_event_greeting *greeting)
{
    base_bytes_append_text(out, "{\"type\":\"hello\",\"room\":");
    chat_text_quote(out, greeting->room, greeting->room_size);
    base_bytes_append_text(out, ",\"you\":");
    chat_person_write(out, greeting->you);
    write_string(out, ",\"cursor\":", greeting->cursor);
    base_bytes_append_text(out, ",\"resumed\":");
    write_flag(out, greeting->resumed);
    base_bytes_append_text(out, ",\"gap\":");
    write_flag(out, greeting->gap);
    base_bytes_append_text(out, ",\"rights\":");
    chat_person_write_rights(out, greeting->rights);
    base_bytes_append_text(out, ",\"state\":");
    chat_state_write(out, greeting->state);
    write_limits(out, greeting);
    if (greeting->archived) {
        base_bytes_append_text(out, ",\"archive\":true");
    }
    if (greeting->has_members) { /* where ChatPresence is on */
        base_bytes_append_text(out, ",\"members\":");
        chat_list_members(out, greeting->member_count, greeting->list,
                          greeting->list_size);
    }
    base_bytes_append_text(out, "}");
}

chat_event_text chat_event_message_tail(base_bytes *out,
                                        const chat_event_said *said)
{
    size_t before = out->len;
    chat_event_text where;

    /* At once what nearly all take, instead of growing to it. */
    base_bytes_reserve(out, said->text_size + said->ref_size + TAIL_BYTES);
    /* The first quote ends the id, which the log gives when it stores this. */
    base_bytes_append_text(out, "\",\"from\":");
    chat_person_write(out, said->from);
    base_bytes_append_text(out, ",\"text\":");
    where.at = out->len - before;
    chat_text_quote(out, said->text, said->text_size);
    where.size = out->len - before - where.at;
    write_ref(out, said->ref, said->ref_size);
    if (said->re != NULL) {
        write_string(out, ",\"re\":", said->re);
    }
    base_bytes_append_text(out, "}");
    return where;
}

void chat_event_ack(base_bytes *out, const void *ref, size_t ref_size,
                    const char *id)
{
    base_bytes_append_text(out, "{\"type\":\"ack\"");
    write_ref(out, ref, ref_size);
    if (id != NULL) {
        write_string(out, ",\"id\":", id);
    }
    base_bytes_append_text(out, "}");
}

void chat_event_error(base_bytes *out, const chat_event_failure *failure)
{
    int64_t retry = failure->retry_us;

    write_string(out, "{\"type\":\"error\",\"code\":",
                 chat_error_code(failure->error));
    write_string(out, ",\"text\":",
                 failure->text != NULL ? failure->text
                                       : chat_error_text(failure->error));
    write_ref(out, failure->ref, failure->ref_size);
    if (retry > 0) {
        base_bytes_append_text(out, ",\"retry\":");
        /* Rounded up: who waits for as long must not be too early. */
        write_milli(out, retry / 1000 + (retry % 1000 != 0));
    }
    if (failure->rest_s > 0) {
        base_bytes_append_format(out, ",\"for\":%" PRId64, failure->rest_s);
    }
    if (failure->reason != NULL && failure->reason[0] != '\0') {
        write_string(out, ",\"reason\":", failure->reason);
    }
    base_bytes_append_text(out, "}");
}

void chat_event_gap(base_bytes *out, const char *after, const char *next)
{
    write_string(out, "{\"type\":\"gap\",\"after\":", after);
    write_string(out, ",\"next\":", next);
    base_bytes_append_text(out, "}");
}

void chat_event_you(base_bytes *out, const chat_person *person)
{
    base_bytes_append_text(out, "{\"type\":\"you\",\"id\":");
    chat_person_write_id(out, person);
    base_bytes_append_text(out, ",\"name\":");
    chat_text_quote(out, person->name, person->name_size);
    base_bytes_append_text(out, "}");
}

void chat_event_presence(base_bytes *out, const chat_event_change *change)
{
    const struct {
        const char *prefix;
        const chat_person *persons;
        size_t size;
    } lists[] = {
        { ",\"joined\":", change->joined, change->joined_size },
        { ",\"left\":", change->left, change->left_size },
        { ",\"renamed\":", change->renamed, change->renamed_size },
        { ",\"list\":", change->list, change->list_size },
    };

    /* An empty list is left out: above its limit a room only has a count. */
    base_bytes_append_format(out, "{\"type\":\"presence\",\"count\":%zu",
                             change->count);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (lists[i].size > 0) {
            base_bytes_append_text(out, lists[i].prefix);
            chat_list_persons(out, lists[i].persons, lists[i].size);
        }
    }
    base_bytes_append_text(out, "}");
}

void chat_event_typing(base_bytes *out, const chat_person *from)
{
    base_bytes_append_text(out, "{\"type\":\"typing\",\"from\":");
    chat_person_write(out, from);
    base_bytes_append_text(out, "}");
}

void chat_event_bye(base_bytes *out, int code, int from, int to)
{
    base_bytes_append_format(out, "{\"type\":\"bye\",\"code\":%d", code);
    if (to >= 0) { /* else the client is not to come back by itself */
        base_bytes_append_format(out, ",\"retry\":[%d,%d]", from, to);
    }
    base_bytes_append_text(out, "}");
}

void chat_event_meter_heads(base_bytes *out, const base_bytes *request,
                            const base_bytes *response)
{
    base_bytes_append_text(out, "{\"type\":\"meter\",\"request\":");
    chat_text_quote(out, request->data, request->len);
    base_bytes_append_text(out, ",\"response\":");
    chat_text_quote(out, response->data, response->len);
    base_bytes_append_text(out, "}");
}

void chat_event_meter_frame(base_bytes *out, const unsigned char *frame,
                            size_t size)
{
    base_bytes_append_text(out, "{\"type\":\"meter\",\"frame\":\"");
    /* Hex, since a frame is no UTF-8. */
    for (size_t i = 0; i < size; i++) {
        base_bytes_append_format(out, "%02x", frame[i]);
    }
    base_bytes_append_text(out, "\"}");
}

void chat_event_published(base_bytes *out, const char *id)
{
    write_string(out, "{\"id\":", id);
    base_bytes_append_text(out, "}");
}

void chat_event_poll_head(base_bytes *out, const char *cursor, bool gap)
{
    write_string(out, "{\"cursor\":", cursor);
    base_bytes_append_text(out, ",\"gap\":");
    write_flag(out, gap);
    base_bytes_append_text(out, ",\"events\":[");
}

void chat_event_poll_tail(base_bytes *out, bool more)
{
    base_bytes_append_text(out, more ? "],\"more\":true}" : "]}");
}
