/* chat_letters.h - a folded text as the words that a list is compared with.
 * Called by chat_filter. Pure.
 */
#ifndef CHATWS_CHAT_LETTERS_H
#define CHATWS_CHAT_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"

/* Words of letters, marks and numbers with one space between two of them, and
 * none at the ends: whatever stood there is left out. A symbol such as an emoji
 * is a word, and a word ends where letters of a script that writes no spaces
 * begin. In a word with a letter (or without a digit), digits and signs are the
 * letters that they are used for: 0o 1i 3e 4a 5s 7t 8b @a $s !i. Of a URL only
 * the host is left. */
typedef struct {
    base_bytes text;
    base_bytes origin; /* a uint32_t for each byte of text: where it stands in
                          the folded text */
    bool signs;        /* it would be another with signs as letters */
} chat_letters;

/* `text` is folded (chat_folded.h). `signs`: @, $ and ! are letters; without
 * it they stand between words. The caller owns `letters` and calls
 * chat_letters_destroy. */
void chat_letters_init(chat_letters *letters, const base_bytes *text,
                       bool signs);

/* The bytes of the folded text that the bytes `start` to `end` of the letters,
 * whole characters, stand for. */
void chat_letters_origin(const chat_letters *letters, size_t start, size_t end,
                         size_t *from, size_t *to);

/* True if the letter at `at` is one of a script that writes no spaces between
 * words: Chinese, Japanese, Thai, Lao, Burmese, Khmer. */
bool chat_letters_unspaced(const base_bytes *text, size_t at);

void chat_letters_destroy(chat_letters *letters);

#endif
