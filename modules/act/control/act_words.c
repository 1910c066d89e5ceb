/* act_words.c - see act_words.h. */
#include "act/control/act_words.h"

#include <string.h>

#include "chat/chat_name.h"

void act_words_fold(const void *text, size_t size, base_bytes *out)
{
    chat_name_key(text, size, out);
}

static bool has(const base_bytes *folded, const base_bytes *words)
{
    return words->len == 0
           || (folded->len > 0
               && memmem(folded->data, folded->len, words->data, words->len)
                      != NULL);
}

bool act_words_in(const base_bytes *words, const void *text, size_t size)
{
    base_bytes folded = BASE_BYTES_INIT;
    bool found;

    if (words->len == 0) {
        return true;
    }
    act_words_fold(text, size, &folded);
    found = has(&folded, words);
    base_bytes_free(&folded);
    return found;
}

act_words_found act_words_room(const base_bytes *words, const char *key,
                               size_t key_size)
{
    const char *end = memchr(key, '\n', key_size);
    size_t site = end ? (size_t)(end - key) : key_size;
    act_words_found found = ACT_WORDS_NOT;
    base_bytes name = BASE_BYTES_INIT;
    base_bytes folded = BASE_BYTES_INIT;

    base_bytes_append(&name, key, site);
    base_bytes_append(&name, key + site + (end != NULL),
                      key_size - site - (end != NULL));
    act_words_fold(name.data, name.len, &folded);
    if (has(&folded, words)) {
        found = folded.len == words->len ? ACT_WORDS_ALL : ACT_WORDS_IN;
    }
    base_bytes_free(&name);
    base_bytes_free(&folded);
    return found;
}

bool act_words_call(const base_bytes *words, const chat_person *who)
{
    base_bytes id = BASE_BYTES_INIT;
    bool is = act_words_in(words, who->name, who->name_size);

    if (!is) {
        chat_person_write_id(&id, who);
        is = act_words_in(words, id.data, id.len);
    }
    base_bytes_free(&id);
    return is;
}
