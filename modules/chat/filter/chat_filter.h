/* chat_filter.h - the words and patterns that a place does not want: a list
 * that is read once and never changed, so that any number of threads may use
 * it. Read by act/act_filter from the file that ChatFilter names. Pure.
 */
#ifndef CHATWS_CHAT_FILTER_H
#define CHATWS_CHAT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base_bytes.h"

/* Words in a list, which is read on the loop, too; and bytes of one. */
#define CHAT_FILTER_WORDS 50000
#define CHAT_FILTER_WORD_BYTES 200

/* The regular expressions are not ours. */
typedef struct {
    /* NULL: the pattern is none. It ends with a NUL. */
    void *(*compile)(const char *pattern);
    /* The first match in the text, which ends with a NUL that is not counted;
     * `inside`: what begins here is not the beginning of a line. False: there
     * is none, or it was too much work to find out. Any thread. */
    bool (*find)(void *regex, const char *text, size_t size, bool inside,
                 size_t *start, size_t *end);
    void (*release)(void *regex);
} chat_filter_patterns;

/* What was left out of a list. */
typedef struct {
    unsigned lines;  /* so many */
    unsigned line;   /* the first of them, from 1 */
    const char *why; /* a constant; NULL: nothing was */
} chat_filter_fault;

typedef struct chat_filter chat_filter;

/* One word, or words with spaces, a line: "word", "part*", "*part", "*part*",
 * or "/regex/"; blank lines and those that begin with '#' are none. `text` may
 * be any bytes and is only read during the call; `patterns` stays. Never NULL;
 * the caller gives it to chat_filter_free. */
chat_filter *chat_filter_read(const void *text, size_t size,
                              const chat_filter_patterns *patterns,
                              chat_filter_fault *fault);

/* Appends what an owner reads: "1 line is left out: line 6: REASON" or "2 lines
 * are left out; the first is line 6: REASON". `why` is not NULL. */
void chat_filter_tell(const chat_filter_fault *fault, base_bytes *text);

/* True if valid UTF-8 has a word of the list, whole unless the list says "*".
 * Words are compared as chat_letters.h says, and those of scripts without
 * spaces are found anywhere. A regex sees the text in NFKC and small letters
 * (chat_folded.h), with its digits and signs. */
bool chat_filter_finds(const chat_filter *filter, const void *text,
                       size_t size);

/* The same; and each code point of what was found becomes '*', in place. */
bool chat_filter_mask(const chat_filter *filter, base_bytes *text);

/* `filter` may be NULL. */
void chat_filter_free(chat_filter *filter);

#endif
