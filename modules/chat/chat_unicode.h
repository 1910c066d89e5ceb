/* chat_unicode.h - the normal forms of Unicode (UAX 15) that names are compared
 * in, and in which words are looked for. Called by chat_name, chat_reserved,
 * chat_skeleton, chat_folded, chat_search and archive_record. Pure; the tables
 * are utf8proc's. All texts are valid UTF-8. They take a time that grows with
 * the size of the text: of more than 30 marks on one letter some are put in
 * order separately.
 */
#ifndef CHATWS_CHAT_UNICODE_H
#define CHATWS_CHAT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"

/* Appends the text in NFC. */
void chat_unicode_compose(const void *text, size_t size, base_bytes *out);

/* Appends the text in NFD, without what is ignorable by default. */
void chat_unicode_decompose(const void *text, size_t size, base_bytes *out);

/* Appends the text in NFKC and case folded, without what is ignorable by
 * default: up to 11 times as long. */
void chat_unicode_fold(const void *text, size_t size, base_bytes *out);

/* True if the code point of a decomposition may compose with the one before it
 * or change places with it: a mark, or the vowel or final of a Hangul
 * syllable. */
bool chat_unicode_continues(int32_t point);

/* Appends one code point. */
void chat_unicode_append(base_bytes *out, int32_t point);

/* Reads the code point at `at`, of at least one byte; returns its bytes. */
size_t chat_unicode_next(const unsigned char *at, size_t size, int32_t *point);

#endif
