/* chat_trie.c - a trie in two arrays; see chat_trie.h. */
#include "chat/filter/chat_trie.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"

/* The children of a node follow one another, in the order of their bytes, so
 * that a node needs no more than where they begin. */
typedef struct {
    uint32_t first; /* child */
    uint16_t count;
    uint8_t byte;   /* by which one comes here */
    uint8_t ends;   /* CHAT_TRIE_... of the word that ends here, or 0 */
} node;

struct chat_trie {
    node *nodes; /* the root first */
    uint32_t count;
};

/* The words below a node of `depth` bytes, while it has no children yet. */
typedef struct {
    size_t from;
    size_t to;
    size_t depth;
} range;

static int by_bytes(const void *one, const void *other)
{
    const chat_trie_word *a = one;
    const chat_trie_word *b = other;
    int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

    return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Adds the children of a node, and what is below each. */
static void grow(chat_trie *trie, uint32_t parent, range *ranges,
                 const chat_trie_word *words)
{
    range whole = ranges[parent];
    size_t at = whole.from;

    for (; at < whole.to && words[at].size == whole.depth; at++) {
        trie->nodes[parent].ends |= (uint8_t)words[at].ends;
    }
    trie->nodes[parent].first = trie->count;
    while (at < whole.to) {
        unsigned char byte = words[at].data[whole.depth];
        size_t from = at;

        while (at < whole.to && words[at].data[whole.depth] == byte) {
            at++;
        }
        ranges[trie->count] = (range){ from, at, whole.depth + 1 };
        trie->nodes[trie->count++] = (node){ .byte = byte };
        trie->nodes[parent].count++;
    }
}

chat_trie *chat_trie_build(chat_trie_word *words, size_t count)
{
    chat_trie *trie;
    range *ranges;
    size_t most = 1;

    if (count == 0) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        most += words[i].size;
    }
    BASE_CHECK(most < UINT32_MAX);
    qsort(words, count, sizeof(*words), by_bytes);
    trie = calloc(1, sizeof(*trie));
    ranges = calloc(most, sizeof(*ranges));
    BASE_CHECK(trie != NULL && ranges != NULL);
    trie->nodes = calloc(most, sizeof(*trie->nodes));
    BASE_CHECK(trie->nodes != NULL);
    trie->count = 1;
    ranges[0] = (range){ 0, count, 0 };
    for (uint32_t i = 0; i < trie->count; i++) {
        grow(trie, i, ranges, words);
    }
    free(ranges);
    return trie;
}

static const node *child_of(const chat_trie *trie, const node *parent,
                            unsigned char byte)
{
    const node *low = trie->nodes + parent->first;
    const node *end = low + parent->count;
    size_t count = parent->count;

    while (count > 0) {
        size_t half = count / 2;

        if (low[half].byte < byte) {
            low += half + 1;
            count -= half + 1;
        }
        else {
            count = half;
        }
    }
    return low < end && low->byte == byte ? low : NULL;
}

size_t chat_trie_find(const chat_trie *trie, const unsigned char *text,
                      size_t size, size_t at, bool *open)
{
    const node *here = trie->nodes;
    size_t found = at;

    for (size_t i = at; i < size; i++) {
        here = child_of(trie, here, text[i]);
        if (!here) {
            break;
        }
        if ((here->ends & CHAT_TRIE_OPEN)
            || ((here->ends & CHAT_TRIE_CLOSED)
                && (i + 1 == size || text[i + 1] == ' '))) {
            found = i + 1;
            *open = (here->ends & CHAT_TRIE_OPEN) != 0;
        }
    }
    return found;
}

void chat_trie_free(chat_trie *trie)
{
    if (trie) {
        free(trie->nodes);
        free(trie);
    }
}
