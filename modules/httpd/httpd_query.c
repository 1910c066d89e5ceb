/* httpd_query.c - url-encoded names and values; see httpd_query.h. */
#include "httpd/httpd_query.h"

#include <string.h>

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

static bool decode(apr_pool_t *pool, const char *text, size_t size,
                   httpd_query_value *out)
{
    char *data = apr_palloc(pool, size + 1);
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        char byte = text[i];

        if (byte == '+') {
            byte = ' ';
        }
        else if (byte == '%') {
            int high = i + 2 < size ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < size ? hex_digit(text[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return false;
            }
            byte = (char)(high * 16 + low);
            i += 2;
        }
        data[used++] = byte;
    }
    data[used] = '\0';
    out->data = data;
    out->size = used;
    return true;
}

/* True when the pair's name, decoded, is the wanted one. */
static bool is_named(apr_pool_t *pool, const char *pair, size_t size,
                     const char *name)
{
    const char *equals = memchr(pair, '=', size);
    httpd_query_value found;

    return decode(pool, pair, equals ? (size_t)(equals - pair) : size, &found)
           && found.size == strlen(name)
           && memcmp(found.data, name, found.size) == 0;
}

httpd_query_result httpd_query_find(apr_pool_t *pool, const char *text,
                                    size_t size, const char *name,
                                    httpd_query_value *value)
{
    httpd_query_result result = HTTPD_QUERY_ABSENT;
    const char *end = text ? text + size : NULL;

    while (text && text < end) {
        const char *amp = memchr(text, '&', (size_t)(end - text));
        size_t pair = (size_t)((amp ? amp : end) - text);

        if (is_named(pool, text, pair, name)) {
            const char *equals = memchr(text, '=', pair);
            const char *from = equals ? equals + 1 : text + pair;

            if (result != HTTPD_QUERY_ABSENT
                || !decode(pool, from, (size_t)(text + pair - from), value)) {
                return HTTPD_QUERY_MALFORMED;
            }
            result = HTTPD_QUERY_FOUND;
        }
        text = amp ? amp + 1 : end;
    }
    return result;
}

bool httpd_query_has(apr_pool_t *pool, const char *args, const char *name)
{
    httpd_query_value value;

    return httpd_query_find(pool, args, args ? strlen(args) : 0, name, &value)
           != HTTPD_QUERY_ABSENT;
}

httpd_query_result httpd_query_number(const httpd_query_value *value,
                                      uint64_t *number)
{
    uint64_t sum = 0;

    if (value->size == 0) {
        return HTTPD_QUERY_MALFORMED;
    }
    for (size_t i = 0; i < value->size; i++) {
        unsigned digit = (unsigned)(value->data[i] - '0');

        if (digit > 9) {
            return HTTPD_QUERY_MALFORMED;
        }
        sum = sum > (UINT64_MAX - digit) / 10 ? UINT64_MAX : sum * 10 + digit;
    }
    *number = sum;
    return HTTPD_QUERY_FOUND;
}
