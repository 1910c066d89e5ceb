/* room_id.c - message ids; see room_id.h. */
#include "room/log/room_id.h"

#include <string.h>

int room_id_compare(const room_id *left, const room_id *right)
{
    if (left->ms != right->ms) {
        return left->ms < right->ms ? -1 : 1;
    }
    if (left->n != right->n) {
        return left->n < right->n ? -1 : 1;
    }
    return 0;
}

room_id room_id_after(const room_id *previous, int64_t wall_ms)
{
    uint64_t now = wall_ms > 0 ? (uint64_t)wall_ms : 0;
    room_id next = { previous->ms, previous->n + 1 };

    if (now > previous->ms) {
        next.ms = now;
        next.n = 0;
    }
    else if (next.n == 0) { /* it has come round */
        next.ms++;
    }
    return next;
}

static size_t write_number(uint64_t value, char *text)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    memcpy(text, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

size_t room_id_format(const room_id *id, char text[ROOM_ID_TEXT])
{
    size_t size = write_number(id->ms, text);

    text[size++] = '-';
    size += write_number(id->n, text + size);
    text[size] = '\0';
    return size;
}

static bool read_number(const char *text, size_t size, uint64_t *value)
{
    uint64_t sum = 0;

    if (size == 0 || size > 20 || (size > 1 && text[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

        if (digit > 9 || sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool room_id_parse(const char *text, size_t size, room_id *id)
{
    room_id read;
    size_t dash = 0;

    while (dash < size && text[dash] != '-') {
        dash++;
    }
    if (dash == size || !read_number(text, dash, &read.ms)
        || !read_number(text + dash + 1, size - dash - 1, &read.n)) {
        return false;
    }
    *id = read;
    return true;
}
