/* relay_line.h - the words and lines of what hosts tell each other.
 *
 * Pure. A text is taken from the front; nothing is copied.
 */
#ifndef CHATWS_RELAY_LINE_H
#define CHATWS_RELAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *text;
    size_t size;
} relay_line;

/* What is in front of the next `end`, or all; it is taken, with its end. */
relay_line relay_line_take(relay_line *from, char end);

/* Digits, 15 at most; -1: it is something else. */
int64_t relay_line_number(relay_line word);

#endif
