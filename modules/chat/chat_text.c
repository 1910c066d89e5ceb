/* chat_text.c - a message's text and JSON strings; see chat_text.h. */
#include "chat/chat_text.h"

#include <string.h>

#include <utf8proc.h>

#include "chat/chat_invisible.h"

/* The bytes at which has to be looked twice: those of characters that
 * chat_text_quote escapes, controls among them, and the first bytes of C1
 * (0xC2) and U+2028 (0xE2). */
static const bool looks_special[256] = {
    [0x00 ... 0x1F] = true, ['"'] = true,  ['&'] = true,
    ['<'] = true,           ['>'] = true,  ['\\'] = true,
    [0x7F] = true,          [0xC2] = true, [0xE2] = true,
};

static void join_line_ends(base_bytes *text)
{
    unsigned char *to;
    const unsigned char *from;
    const unsigned char *end;

    /* In place: the text only gets shorter. Most have no CR at all. */
    to = memchr(text->data, '\r', text->len);
    if (to == NULL) {
        return;
    }
    end = text->data + text->len;
    for (from = to; from < end; from++) {
        if (*from == '\r' && from + 1 < end && from[1] == '\n') {
            continue;
        }
        *to++ = *from;
    }
    text->len = (size_t)(to - text->data);
}

/* In valid UTF-8 the C1 characters are C2 80 to C2 9F. */
static bool is_control(const unsigned char *at, const unsigned char *end)
{
    return looks_special[*at]
           && (*at < 0x20 || *at == 0x7F
               || (*at == 0xC2 && at + 1 < end && at[1] < 0xA0));
}

bool chat_text_has_control(const void *text, size_t size)
{
    const unsigned char *at = text;
    const unsigned char *end = at + size;

    for (; at < end; at++) {
        if (is_control(at, end)) {
            return true;
        }
    }
    return false;
}

static bool has_bad_control(const base_bytes *text)
{
    const unsigned char *end = text->data + text->len;

    for (const unsigned char *at = text->data; at < end; at++) {
        if (is_control(at, end) && *at != '\t' && *at != '\n') {
            return true;
        }
    }
    return false;
}

/* A mark without a letter is no text: it sits on the blank before it. */
static bool shows_nothing(utf8proc_int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME: return true;
    default:
        return point == '\t' || point == '\n' || chat_invisible_point(point);
    }
}

/* Ends at the first character that can be seen. */
static bool is_blank(const base_bytes *text)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t size;

    /* Most begin so: no need for a look into large tables. */
    if (text->data[0] > ' ' && text->data[0] < 0x7F) {
        return false;
    }
    for (size_t at = 0; at < text->len; at += (size_t)size) {
        size = utf8proc_iterate(text->data + at,
                                (utf8proc_ssize_t)(text->len - at), &point);
        if (size <= 0 || !shows_nothing(point)) {
            return false;
        }
    }
    return true;
}

chat_error chat_text_check(base_bytes *text, size_t limit)
{
    if (text->len == 0) {
        return CHAT_EMPTY;
    }
    join_line_ends(text);
    /* Counted with the line ends that are stored, as in a browser's field. */
    if (text->len > limit) {
        return CHAT_TOO_LONG;
    }
    if (has_bad_control(text)) {
        return CHAT_BAD_TEXT;
    }
    return is_blank(text) ? CHAT_EMPTY : CHAT_OK;
}

/* Writes the character at `at`, which looks special; its bytes used. */
static size_t quote_special(base_bytes *out, const unsigned char *at,
                            const unsigned char *end)
{
    switch (*at) {
    case '"': base_bytes_append(out, "\\\"", 2); return 1;
    case '\\': base_bytes_append(out, "\\\\", 2); return 1;
    case '\t': base_bytes_append(out, "\\t", 2); return 1;
    case '\n': base_bytes_append(out, "\\n", 2); return 1;
    case 0xC2:
        if (is_control(at, end)) {
            base_bytes_append_format(out, "\\u%04x", at[1]);
            return 2;
        }
        break;
    case 0xE2:
        if (end - at >= 3 && at[1] == 0x80 && (at[2] | 1) == 0xA9) {
            base_bytes_append_format(out, "\\u20%02x", at[2] - 0x80);
            return 3;
        }
        break;
    default: base_bytes_append_format(out, "\\u%04x", *at); return 1;
    }
    base_bytes_append(out, at, 1);
    return 1;
}

void chat_text_quote(base_bytes *out, const void *text, size_t size)
{
    const unsigned char *at = size > 0 ? text : (const unsigned char *)"";
    const unsigned char *end = at + size;
    const unsigned char *run;

    base_bytes_reserve(out, size + 2);
    base_bytes_append(out, "\"", 1);
    while (at < end) {
        run = at; /* nearly all of a text is copied in runs */
        while (at < end && !looks_special[*at]) {
            at++;
        }
        base_bytes_append(out, run, (size_t)(at - run));
        if (at < end) {
            at += quote_special(out, at, end);
        }
    }
    base_bytes_append(out, "\"", 1);
}
