/* fuzz_chat_search.c - the first line of the input is what somebody looks for,
 * the others are a text: the words are those that a slow division finds, each
 * is found in the question itself, and in the text when its folded form has
 * them all.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_text.h"
#include "chat/chat_unicode.h"
#include "chat/filter/chat_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* strstr, of bytes. */
static bool slowly_in(const unsigned char *text, size_t size,
                      const unsigned char *word, size_t word_size)
{
    for (size_t at = 0; at + word_size <= size; at++) {
        if (memcmp(text + at, word, word_size) == 0) {
            return true;
        }
    }
    return false;
}

static void check_text(const chat_search *search, const uint8_t *text,
                       size_t size)
{
    base_bytes folded = BASE_BYTES_INIT;
    bool all = true;

    chat_unicode_fold(text, size, &folded);
    for (size_t i = 0; i < search->count; i++) {
        all = all
              && slowly_in(folded.data, folded.len,
                           search->text.data + search->words[i].at,
                           search->words[i].size);
    }
    BASE_CHECK(chat_search_in(search, text, size) == all);
    base_bytes_free(&folded);
}

/* One after the other, and all of the question. */
static void check_words(const chat_search *search)
{
    size_t at = 0;

    BASE_CHECK(search->count >= 1 && search->count <= CHAT_SEARCH_WORDS);
    for (size_t i = 0; i < search->count; i++) {
        const unsigned char *word = search->text.data + search->words[i].at;

        BASE_CHECK(search->words[i].at == at && search->words[i].size > 0);
        BASE_CHECK(base_utf8_valid(word, search->words[i].size));
        BASE_CHECK(!chat_text_has_control(word, search->words[i].size));
        at += search->words[i].size;
    }
    BASE_CHECK(at == search->text.len);
    BASE_CHECK(chat_search_in_folded(search, search->text.data,
                                     search->text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t asked = end ? (size_t)(end - data) : size;
    const uint8_t *text = end ? end + 1 : data;
    size_t text_size = end ? size - asked - 1 : size;
    uint8_t *copy = malloc(asked ? asked : 1); /* not a byte more */
    chat_search search;

    BASE_CHECK(copy != NULL);
    memcpy(copy, data, asked);
    if (chat_search_parse(&search, copy, asked)) {
        BASE_CHECK(asked <= CHAT_SEARCH_BYTES);
        check_words(&search);
        if (base_utf8_valid(text, text_size)) {
            check_text(&search, text, text_size);
        }
    }
    chat_search_destroy(&search);
    free(copy);
    return 0;
}
