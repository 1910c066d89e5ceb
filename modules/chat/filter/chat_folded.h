/* chat_folded.h - a text in the form in which a word list sees it, and where
 * each part of that stands in the text. Called by chat_filter and chat_link.
 * Pure; the Unicode tables are utf8proc's.
 */
#ifndef CHATWS_CHAT_FOLDED_H
#define CHATWS_CHAT_FOLDED_H

#include <stddef.h>

#include "base/base_bytes.h"

/* `text` is NFKC and case folded, without what is ignorable by default: what
 * chat_unicode_fold gives, but that of more than 60 marks on one letter the
 * rest is put in order separately. */
typedef struct {
    base_bytes text;
    base_bytes parts; /* of the map, in order */
} chat_folded;

/* Folds valid UTF-8 of less than 2 GB. The caller owns `folded` and calls
 * chat_folded_destroy. */
void chat_folded_init(chat_folded *folded, const void *text, size_t size);

/* The bytes `*from` to `*to` of the original, whole characters, of which the
 * bytes `start` to `end` (more than `start`) of the folded text were made. */
void chat_folded_origin(const chat_folded *folded, size_t start, size_t end,
                        size_t *from, size_t *to);

void chat_folded_destroy(chat_folded *folded);

#endif
