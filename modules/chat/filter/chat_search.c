/* chat_search.c - words and where they are; see chat_search.h. */
#include "chat/filter/chat_search.h"

#include <stdint.h>
#include <string.h>

#include <jansson.h>
#include <utf8proc.h>

#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "chat/chat_unicode.h"

static bool is_space(int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return true;
    default: return point >= '\t' && point <= '\r';
    }
}

/* The place behind the white space, or behind what is none, that begins at
 * `at`. */
static size_t pass(const unsigned char *text, size_t size, size_t at,
                   bool space)
{
    while (at < size) {
        int32_t point;
        size_t used = chat_unicode_next(text + at, size - at, &point);

        if (is_space(point) != space) {
            break;
        }
        at += used;
    }
    return at;
}

/* False: one too many, or not to be looked for. */
static bool add_word(chat_search *search, const unsigned char *word,
                     size_t size)
{
    size_t at = search->text.len;

    if (chat_text_has_control(word, size)) {
        return false;
    }
    chat_unicode_fold(word, size, &search->text);
    if (search->text.len == at) {
        return true;
    }
    if (search->count == CHAT_SEARCH_WORDS) {
        return false;
    }
    search->words[search->count].at = at;
    search->words[search->count++].size = search->text.len - at;
    return true;
}

/* Divided before it is folded: folding makes a blank of an acute accent that
 * stands alone. */
bool chat_search_parse(chat_search *search, const void *text, size_t size)
{
    const unsigned char *bytes = text;
    size_t at;

    memset(search, 0, sizeof(*search));
    if (size > CHAT_SEARCH_BYTES || !base_utf8_valid(text, size)) {
        return false;
    }
    at = pass(bytes, size, 0, true);
    while (at < size) {
        size_t end = pass(bytes, size, at, false);

        if (!add_word(search, bytes + at, end - at)) {
            return false;
        }
        at = pass(bytes, size, end, true);
    }
    return search->count > 0;
}

bool chat_search_in_folded(const chat_search *search, const void *folded,
                           size_t size)
{
    for (size_t i = 0; i < search->count; i++) {
        if (size == 0
            || !memmem(folded, size, search->text.data + search->words[i].at,
                       search->words[i].size)) {
            return false;
        }
    }
    return true;
}

bool chat_search_in(const chat_search *search, const void *text, size_t size)
{
    base_bytes folded = BASE_BYTES_INIT;
    bool found;

    chat_unicode_fold(text, size, &folded);
    found = chat_search_in_folded(search, folded.data, folded.len);
    base_bytes_free(&folded);
    return found;
}

size_t chat_search_event(const chat_search *search, const void *json,
                         size_t size, bool *found)
{
    json_error_t end;
    json_t *event = json_loadb(json, size,
                               JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &end);
    const json_t *text = json_object_get(event, "text");

    *found = json_is_string(text)
             && chat_search_in(search, json_string_value(text),
                               json_string_length(text));
    json_decref(event);
    return event ? (size_t)end.position : 0;
}

void chat_search_destroy(chat_search *search)
{
    base_bytes_free(&search->text);
}
