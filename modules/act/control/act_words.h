/* act_words.h - what somebody searches for: part of a path, a name or an id.
 * Pure; any thread.
 */
#ifndef CHATWS_ACT_WORDS_H
#define CHATWS_ACT_WORDS_H

#include "base/base_bytes.h"
#include "chat/chat_person.h"

/* Two texts are alike when they are the same after this. `text` is valid
 * UTF-8. */
void act_words_fold(const void *text, size_t size, base_bytes *out);

/* Whether the words, which are folded, are in the text; no words are in every
 * text. */
bool act_words_in(const base_bytes *words, const void *text, size_t size);

typedef enum {
    ACT_WORDS_NOT,
    ACT_WORDS_IN, /* or there are none */
    ACT_WORDS_ALL /* they are the whole name */
} act_words_found;

/* The same of the name of the room with this key, which is SITE/PATH. */
act_words_found act_words_room(const base_bytes *words, const char *key,
                               size_t key_size);

/* Whether they are in the name or in the id of somebody. */
bool act_words_call(const base_bytes *words, const chat_person *who);

#endif
