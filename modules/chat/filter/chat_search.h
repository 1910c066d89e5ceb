/* chat_search.h - the words of a search, and which texts have them. Called by
 * httpd_search, act_search and the archive. Pure.
 */
#ifndef CHATWS_CHAT_SEARCH_H
#define CHATWS_CHAT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"

#define CHAT_SEARCH_WORDS 8
#define CHAT_SEARCH_BYTES 200 /* of what is asked for */

/* Each word as chat_unicode_fold gives it: NFKC, case folded, without what is
 * ignorable; at least one code point, no control character. It is looked for as
 * it is: no character of it has a meaning. */
typedef struct {
    base_bytes text; /* all of them */
    size_t count;
    struct {
        size_t at; /* in `text` */
        size_t size;
    } words[CHAT_SEARCH_WORDS];
} chat_search;

/* Reads any bytes: words with white space between them (TAB, LF, VT, FF, CR,
 * the categories Zs, Zl, Zp). What folds to nothing is no word. False when it
 * is not UTF-8, has another control character, more than CHAT_SEARCH_BYTES
 * bytes, no word or more than CHAT_SEARCH_WORDS. The caller calls
 * chat_search_destroy either way. */
bool chat_search_parse(chat_search *search, const void *text, size_t size);

/* True when every word is in the text, which is folded (chat_unicode_fold). */
bool chat_search_in_folded(const chat_search *search, const void *folded,
                           size_t size);

/* The same of a text as it was written, valid UTF-8. */
bool chat_search_in(const chat_search *search, const void *text, size_t size);

/* Reads the message that the `size` bytes begin with, an event that this server
 * has written: `found` when its text has every word; how long it is. 0: that is
 * no event. */
size_t chat_search_event(const chat_search *search, const void *json,
                         size_t size, bool *found);

void chat_search_destroy(chat_search *search);

#endif
