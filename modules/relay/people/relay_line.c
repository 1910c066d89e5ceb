/* relay_line.c - words and lines; see relay_line.h. */
#include "relay/people/relay_line.h"

#include <string.h>

#define DIGITS_MOST 15

relay_line relay_line_take(relay_line *from, char end)
{
    const char *at = from->size > 0 ? memchr(from->text, end, from->size)
                                    : NULL;
    relay_line taken = { from->text, at ? (size_t)(at - from->text)
                                        : from->size };
    size_t skip = taken.size + (at != NULL);

    from->text = skip > 0 ? from->text + skip : from->text;
    from->size -= skip;
    return taken;
}

int64_t relay_line_number(relay_line word)
{
    int64_t value = 0;

    if (word.size == 0 || word.size > DIGITS_MOST) {
        return -1;
    }
    for (size_t i = 0; i < word.size; i++) {
        if (word.text[i] < '0' || word.text[i] > '9') {
            return -1;
        }
        value = value * 10 + (word.text[i] - '0');
    }
    return value;
}
