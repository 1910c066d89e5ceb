/* relay_answer.c - see relay_answer.h. */
#include "relay/relay_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The bytes of an item end there. */
static size_t end_of(const relay_answer *answer, size_t index)
{
    size_t end;

    memcpy(&end, answer->items.data + index * sizeof(end), sizeof(end));
    return end;
}

void relay_answer_add(relay_answer *answer, const void *data, size_t size)
{
    size_t end;

    base_bytes_append(&answer->bytes, data, size);
    end = answer->bytes.len;
    base_bytes_append(&answer->items, &end, sizeof(end));
}

void relay_answer_add_number(relay_answer *answer, int64_t number)
{
    char text[24];
    int size = snprintf(text, sizeof(text), "%" PRId64, number);

    relay_answer_add(answer, text, (size_t)size);
}

size_t relay_answer_count(const relay_answer *answer)
{
    return answer->items.len / sizeof(size_t);
}

const char *relay_answer_text(const relay_answer *answer, size_t index,
                              size_t *size)
{
    size_t begin;

    *size = 0;
    if (index >= relay_answer_count(answer)) {
        return "";
    }
    begin = index > 0 ? end_of(answer, index - 1) : 0;
    *size = end_of(answer, index) - begin;
    return *size > 0 ? (const char *)answer->bytes.data + begin : "";
}

int64_t relay_answer_number(const relay_answer *answer, size_t index)
{
    size_t size;
    const char *text = relay_answer_text(answer, index, &size);
    bool minus = size > 0 && *text == '-';
    int64_t number = 0;

    if (size == minus || size > 20) {
        return 0;
    }
    for (size_t i = minus; i < size; i++) {
        int digit = text[i] - '0';

        if (digit < 0 || digit > 9
            || __builtin_mul_overflow(number, 10, &number)
            || __builtin_add_overflow(number, minus ? -digit : digit,
                                      &number)) {
            return 0;
        }
    }
    return number;
}

bool relay_answer_is(const relay_answer *answer, size_t index,
                     const char *text)
{
    size_t size;
    const char *item = relay_answer_text(answer, index, &size);

    return index < relay_answer_count(answer) && size == strlen(text)
           && memcmp(item, text, size) == 0;
}

bool relay_answer_fails(const relay_answer *answer, const char *text)
{
    size_t size;
    const char *error = relay_answer_text(answer, 0, &size);
    size_t length = strlen(text);

    return answer->failed && size >= length
           && memcmp(error, text, length) == 0;
}

void relay_answer_free(relay_answer *answer)
{
    base_bytes_free(&answer->bytes);
    base_bytes_free(&answer->items);
    answer->failed = false;
}
