/* chat_link.c - finding links; see chat_link.h. */
#include "chat/filter/chat_link.h"

#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

#include "chat/chat_unicode.h"
#include "chat/filter/chat_folded.h"

static const struct {
    const char *text;
    bool anywhere; /* also behind a letter */
} marks[] = { { "://", true }, { "mailto:", false }, { "www.", false } };

/* A letter or a digit stands at `at`. */
static bool has_letter(const base_bytes *text, size_t at)
{
    int32_t point;

    if (at >= text->len) {
        return false;
    }
    (void)chat_unicode_next(text->data + at, text->len - at, &point);
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return true;
    default: return false;
    }
}

/* ASCII letters only: behind a Chinese one www.example is a link. */
static bool behind_letter(const base_bytes *text, size_t at)
{
    unsigned char before = at > 0 ? text->data[at - 1] : ' ';

    return (before >= 'a' && before <= 'z')
           || (before >= '0' && before <= '9');
}

static bool has_mark(const base_bytes *text, const char *mark, bool anywhere)
{
    size_t size = strlen(mark);

    for (size_t at = 0; at + size < text->len; at++) {
        const unsigned char *found
            = memmem(text->data + at, text->len - at, mark, size);

        if (!found) {
            return false;
        }
        at = (size_t)(found - text->data);
        if (has_letter(text, at + size)
            && (anywhere || !behind_letter(text, at))) {
            return true;
        }
    }
    return false;
}

bool chat_link_in(const void *text, size_t size)
{
    chat_folded folded;
    bool found = false;

    chat_folded_init(&folded, text, size);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !found; i++) {
        found = has_mark(&folded.text, marks[i].text, marks[i].anywhere);
    }
    chat_folded_destroy(&folded);
    return found;
}
