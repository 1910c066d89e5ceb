/* fuzz_chat_filter.c - the first line of the input is a text, the others are a
 * list of words: folding with a map is folding, and a masked text has as many
 * characters as before, of which the others are the same. Run by libFuzzer, and
 * over the corpus by make check.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_unicode.h"
#include "chat/filter/chat_filter.h"
#include "chat/filter/chat_folded.h"
#include "chat/filter/chat_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "Regexes" that are found where they stand. */
static void *compile(const char *pattern)
{
    return strdup(pattern);
}

static bool find(void *regex, const char *text, size_t size, bool inside,
                 size_t *start, size_t *end)
{
    const char *found = strstr(text, regex);

    (void)inside;
    BASE_CHECK(text[size] == '\0');
    if (!found) {
        return false;
    }
    *start = (size_t)(found - text);
    *end = *start + strlen(regex);
    return true;
}

static const chat_filter_patterns patterns = { compile, find, free };

/* Where a letter has so many marks the order of the rest differs. */
static void check_folding(const uint8_t *text, size_t size)
{
    base_bytes expected = BASE_BYTES_INIT;
    chat_folded folded;

    chat_folded_init(&folded, text, size);
    chat_unicode_fold(text, size, &expected);
    BASE_CHECK(size > 100
               || (folded.text.len == expected.len
                   && (expected.len == 0
                       || memcmp(folded.text.data, expected.data,
                                 expected.len) == 0)));
    for (size_t at = 0; at < folded.text.len; at++) {
        size_t from;
        size_t to;

        if ((folded.text.data[at] & 0xC0) != 0x80) {
            chat_folded_origin(&folded, at, at + 1, &from, &to);
            BASE_CHECK(from < to && to <= size);
            BASE_CHECK((text[from] & 0xC0) != 0x80);
        }
    }
    chat_folded_destroy(&folded);
    base_bytes_free(&expected);
}

static void check_masked(const uint8_t *text, size_t size,
                         const base_bytes *masked)
{
    size_t at = 0;
    size_t to = 0;

    BASE_CHECK(masked->len == 0 || base_utf8_valid(masked->data, masked->len));
    while (at < size && to < masked->len) {
        int32_t was;
        int32_t is;

        at += chat_unicode_next(text + at, size - at, &was);
        to += chat_unicode_next(masked->data + to, masked->len - to, &is);
        BASE_CHECK(is == was || is == '*');
    }
    BASE_CHECK(at == size && to == masked->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t text_size = end ? (size_t)(end - data) : size;
    size_t list = end ? text_size + 1 : size;
    base_bytes masked = BASE_BYTES_INIT;
    chat_filter_fault fault;
    chat_filter *filter;
    bool found;

    if (text_size > 0 && !base_utf8_valid(data, text_size)) {
        return 0;
    }
    check_folding(data, text_size);
    (void)chat_link_in(data, text_size);
    filter = chat_filter_read(data + list, size - list, &patterns, &fault);
    found = chat_filter_finds(filter, data, text_size);
    base_bytes_append(&masked, data, text_size);
    BASE_CHECK(chat_filter_mask(filter, &masked) == found);
    check_masked(data, text_size, &masked);
    base_bytes_free(&masked);
    chat_filter_free(filter);
    return 0;
}
