/* chat_order.c - events about keeping order; see chat_order.h. */
#include "chat/moderation/chat_order.h"

#include <inttypes.h>
#include <stdio.h>

#include "chat/chat_text.h"

static void write_reason(base_bytes *out, const char *reason, size_t size)
{
    if (size > 0) {
        base_bytes_append_text(out, ",\"reason\":");
        chat_text_quote(out, reason, size);
    }
}

static void write_rest(base_bytes *out, int64_t rest_s)
{
    if (rest_s > 0) {
        base_bytes_append_format(out, ",\"for\":%" PRId64, rest_s);
    }
}

static void write_flag(base_bytes *out, const char *name, bool flag)
{
    base_bytes_append_format(out, "\"%s\":%s", name, flag ? "true" : "false");
}

/* From `kind` to the closing brace. */
static void write_members(base_bytes *out, const chat_order_sanction *what)
{
    base_bytes_append_format(out, "\"kind\":\"%s\",\"user\":", what->kind);
    chat_person_write(out, what->user);
    if (what->by) {
        base_bytes_append_text(out, ",\"by\":");
        chat_person_write(out, what->by);
    }
    write_rest(out, what->rest_s);
    write_reason(out, what->reason, what->reason_size);
    if (what->address) {
        base_bytes_append_text(out, ",");
        write_flag(out, "address", true);
    }
    base_bytes_append_text(out, "}");
}

void chat_order_event(base_bytes *out, const chat_order_sanction *what)
{
    base_bytes_append_text(out, "{\"type\":\"sanction\",");
    write_members(out, what);
}

void chat_order_entry(base_bytes *out, const chat_order_sanction *what)
{
    base_bytes_append_text(out, "{");
    write_members(out, what);
}

void chat_order_report(base_bytes *out, const char *target,
                       const chat_person *by, const char *reason,
                       size_t reason_size)
{
    base_bytes_append_format(
        out, "{\"type\":\"report\",\"target\":\"%s\",\"by\":", target);
    chat_person_write(out, by);
    write_reason(out, reason, reason_size);
    base_bytes_append_text(out, "}");
}

void chat_order_bye(base_bytes *out, int code, const char *reason,
                    size_t reason_size, int64_t rest_s)
{
    base_bytes_append_format(out, "{\"type\":\"bye\",\"code\":%d", code);
    write_reason(out, reason, reason_size);
    write_rest(out, rest_s);
    base_bytes_append_text(out, "}");
}

void chat_order_ack(base_bytes *out, const char *ref, size_t ref_size,
                    bool address)
{
    base_bytes_append_text(out, "{\"type\":\"ack\",");
    if (ref_size > 0) {
        base_bytes_append_text(out, "\"ref\":");
        chat_text_quote(out, ref, ref_size);
        base_bytes_append_text(out, ",");
    }
    write_flag(out, "address", address);
    base_bytes_append_text(out, "}");
}

void chat_order_rest(int64_t rest_s, char text[CHAT_ORDER_REST])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
                  { 1, "second" } };
    size_t i = 0;
    int64_t count;

    while (units[i].seconds > 1 && rest_s < 2 * units[i].seconds) {
        i++;
    }
    count = (rest_s - 1) / units[i].seconds + 1;
    (void)snprintf(text, CHAT_ORDER_REST, "%" PRId64 " %s%s", count,
                   units[i].name, count == 1 ? "" : "s");
}

void chat_order_done(base_bytes *out, bool address)
{
    base_bytes_append_text(out, "{");
    write_flag(out, "address", address);
    base_bytes_append_text(out, "}");
}
