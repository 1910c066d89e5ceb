/* http_query.c - url-encoded names and values; see http_query.h. */
#include "http/http_query.h"

#include <string.h>

#define KEY_DIGITS 16

enum { END = -1, MALFORMED = -2 };

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* Takes one byte off an encoded text: 0 to 255, END or MALFORMED. */
static int take_byte(http_slice *text)
{
    size_t used = 1;
    int byte;

    if (text->size == 0) {
        return END;
    }
    byte = (unsigned char)text->data[0];
    if (byte == '+') {
        byte = ' ';
    }
    else if (byte == '%') {
        int high = text->size > 2 ? hex_digit(text->data[1]) : -1;
        int low = text->size > 2 ? hex_digit(text->data[2]) : -1;

        if (high < 0 || low < 0) {
            return MALFORMED;
        }
        byte = high * 16 + low;
        used = 3;
    }
    text->data += used;
    text->size -= used;
    return byte;
}

/* True when the encoded text means `name`. */
static bool means(http_slice text, const char *name)
{
    for (; *name; name++) {
        if (take_byte(&text) != (unsigned char)*name) {
            return false;
        }
    }
    return take_byte(&text) == END;
}

static bool is_well_formed(http_slice text)
{
    int byte;

    do {
        byte = take_byte(&text);
    } while (byte >= 0);
    return byte == END;
}

/* Takes the next pair off the query; the value of one without an equals sign
 * is empty. False when nothing is left. */
static bool take_pair(http_slice *query, http_slice *name, http_slice *value)
{
    const char *amp;
    const char *equals;
    size_t pair;

    if (query->size == 0) {
        return false;
    }
    amp = memchr(query->data, '&', query->size);
    pair = amp ? (size_t)(amp - query->data) : query->size;
    equals = memchr(query->data, '=', pair);
    *name = (http_slice){ query->data, equals ? (size_t)(equals - query->data)
                                              : pair };
    *value = (http_slice){ equals ? equals + 1 : query->data + pair,
                           equals ? pair - name->size - 1 : 0 };
    query->data += pair + (amp != NULL);
    query->size -= pair + (amp != NULL);
    return true;
}

http_query_result http_query_find(http_slice query, const char *name,
                                  http_slice *value)
{
    http_query_result result = HTTP_QUERY_ABSENT;
    http_slice found = { NULL, 0 };
    http_slice key;
    http_slice one;

    while (take_pair(&query, &key, &one)) {
        if (!means(key, name)) {
            continue;
        }
        /* Twice: a filter in front may have looked at the other one. */
        if (result != HTTP_QUERY_ABSENT || !is_well_formed(one)) {
            return HTTP_QUERY_MALFORMED;
        }
        found = one;
        result = HTTP_QUERY_FOUND;
    }
    if (result == HTTP_QUERY_FOUND) {
        *value = found;
    }
    return result;
}

bool http_query_has(http_slice query, const char *name)
{
    http_slice value;

    return http_query_find(query, name, &value) != HTTP_QUERY_ABSENT;
}

size_t http_query_decode(http_slice value, char *to)
{
    size_t used = 0;
    int byte;

    while ((byte = take_byte(&value)) >= 0) {
        to[used++] = (char)byte;
    }
    return used;
}

http_query_result http_query_number(http_slice query, const char *name,
                                    uint64_t *number)
{
    http_slice value;
    http_query_result result = http_query_find(query, name, &value);
    uint64_t sum = 0;
    int byte;

    if (result != HTTP_QUERY_FOUND) {
        return result;
    }
    if (value.size == 0) {
        return HTTP_QUERY_MALFORMED;
    }
    while ((byte = take_byte(&value)) >= 0) {
        unsigned digit = (unsigned)byte - '0';

        if (digit > 9) {
            return HTTP_QUERY_MALFORMED;
        }
        /* Too much is the most there is: callers have a lower limit. */
        sum = sum > (UINT64_MAX - digit) / 10 ? UINT64_MAX : sum * 10 + digit;
    }
    *number = sum;
    return HTTP_QUERY_FOUND;
}

uint64_t http_query_key(http_slice query, const char *name)
{
    http_slice value = { NULL, 0 };
    uint64_t key = 0;
    unsigned digits = 0;
    int byte;

    (void)http_query_find(query, name, &value);
    while ((byte = take_byte(&value)) >= 0) {
        int digit = byte < 'A' || byte > 'F' ? hex_digit((char)byte) : -1;

        if (digit < 0 || digits == KEY_DIGITS) {
            return 0;
        }
        key = key << 4 | (uint64_t)digit;
        digits++;
    }
    return digits == KEY_DIGITS ? key : 0;
}
