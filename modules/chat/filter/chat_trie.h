/* chat_trie.h - many words, found in a text in time that does not depend on how
 * many they are. Called by chat_filter. Pure; what is built is never changed,
 * so that any number of threads may look into it.
 */
#ifndef CHATWS_CHAT_TRIE_H
#define CHATWS_CHAT_TRIE_H

#include <stdbool.h>
#include <stddef.h>

/* How a word may end. */
#define CHAT_TRIE_CLOSED 1 /* where a space or the end of the text follows */
#define CHAT_TRIE_OPEN 2   /* anywhere */

typedef struct {
    const unsigned char *data; /* the caller's, until the trie is built */
    size_t size;               /* at least 1 */
    int ends;                  /* CHAT_TRIE_CLOSED or CHAT_TRIE_OPEN */
} chat_trie_word;

typedef struct chat_trie chat_trie;

/* Sorts `words`; NULL for none. The caller gives it to chat_trie_free. */
chat_trie *chat_trie_build(chat_trie_word *words, size_t count);

/* The end of the longest word that begins at `at`, or `at`. `*open`: it is one
 * that may end anywhere. */
size_t chat_trie_find(const chat_trie *trie, const unsigned char *text,
                      size_t size, size_t at, bool *open);

/* `trie` may be NULL. */
void chat_trie_free(chat_trie *trie);

#endif
