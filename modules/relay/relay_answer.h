/* relay_answer.h - what Redis answered: a flat list of strings and numbers.
 *
 * Pure. All scripts of ours answer with such a list, and whatever else is asked
 * is read as one; deeper lists are flattened in their order, nil is an empty
 * string. It owns all that it points to.
 */
#ifndef CHATWS_RELAY_ANSWER_H
#define CHATWS_RELAY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base_bytes.h"

typedef struct {
    base_bytes bytes; /* of all items, one behind the other */
    base_bytes items; /* private: where each is */
    bool failed;      /* it is an error, and its text is the only item */
} relay_answer;

#define RELAY_ANSWER_INIT { BASE_BYTES_INIT, BASE_BYTES_INIT, false }

void relay_answer_add(relay_answer *answer, const void *data, size_t size);
void relay_answer_add_number(relay_answer *answer, int64_t number);
size_t relay_answer_count(const relay_answer *answer);

/* The bytes of an item, a number as its decimal digits; behind the last one an
 * empty one. They end with the next _add. */
const char *relay_answer_text(const relay_answer *answer, size_t index,
                              size_t *size);

/* The item as a number; 0 when it is none. */
int64_t relay_answer_number(const relay_answer *answer, size_t index);

/* True when the item has just these bytes (`text` ends with NUL). */
bool relay_answer_is(const relay_answer *answer, size_t index,
                     const char *text);

/* True when it is an error that begins with this. */
bool relay_answer_fails(const relay_answer *answer, const char *text);

void relay_answer_free(relay_answer *answer);

#endif
