/* fuzz_http_query.c - any bytes as a query or form, looked at for a name that
 * is often there, and as a value: encoded in each of the ways that mean it, it
 * comes back as it was.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "http/http_query.h"

#define NAME "text"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is found lies in the query, decodes to no more bytes than it has,
 * and the name stands in front of it. */
static void check_found(http_slice query)
{
    http_slice value = { NULL, 0 };
    http_query_result result = http_query_find(query, NAME, &value);
    char *to;

    BASE_CHECK(http_query_has(query, NAME) == (result != HTTP_QUERY_ABSENT));
    if (result != HTTP_QUERY_FOUND) {
        BASE_CHECK(value.data == NULL);
        return;
    }
    BASE_CHECK(value.data >= query.data + strlen(NAME));
    BASE_CHECK(value.data + value.size <= query.data + query.size);
    BASE_CHECK(memchr(value.data, '&', value.size) == NULL);
    to = malloc(value.size ? value.size : 1); /* not a byte more */
    BASE_CHECK(to != NULL);
    BASE_CHECK(http_query_decode(value, to) <= value.size);
    free(to);
}

static void encode(base_bytes *out, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == ' ' && i % 2 == 0) {
            base_bytes_append(out, "+", 1);
        }
        else if (data[i] == '&' || data[i] == '%' || data[i] == '+'
                 || data[i] % 3 == 0) {
            base_bytes_append_format(out, i % 2 ? "%%%02x" : "%%%02X",
                                     data[i]);
        }
        else {
            base_bytes_append(out, data + i, 1);
        }
    }
}

/* The data as the value of a name, after other pairs. */
static void check_round_trip(const uint8_t *data, size_t size)
{
    base_bytes query = BASE_BYTES_INIT;
    http_slice value;
    char *decoded = malloc(size + 1);

    BASE_CHECK(decoded != NULL);
    base_bytes_append_text(&query, "x=1&&%6eame=");
    encode(&query, data, size);
    base_bytes_append_text(&query, "&names=2");
    BASE_CHECK(http_query_find((http_slice){ (char *)query.data, query.len },
                               "name", &value)
               == HTTP_QUERY_FOUND);
    BASE_CHECK(value.size <= 3 * size);
    decoded = realloc(decoded, value.size + 1);
    BASE_CHECK(decoded && http_query_decode(value, decoded) == size);
    BASE_CHECK(size == 0 || memcmp(decoded, data, size) == 0);
    base_bytes_append_text(&query, "&name");
    BASE_CHECK(http_query_find((http_slice){ (char *)query.data, query.len },
                               "name", &value)
               == HTTP_QUERY_MALFORMED);
    base_bytes_free(&query);
    free(decoded);
}

/* A number is what strtoull says of nothing but digits. */
static void check_number(http_slice query)
{
    http_slice value;
    uint64_t number = 0;
    char digits[32] = "";

    if (http_query_number(query, NAME, &number) != HTTP_QUERY_FOUND) {
        return;
    }
    BASE_CHECK(http_query_find(query, NAME, &value) == HTTP_QUERY_FOUND);
    if (value.size < sizeof(digits)) {
        size_t size = http_query_decode(value, digits);

        BASE_CHECK(size > 0 && strspn(digits, "0123456789") == size);
        BASE_CHECK(number == strtoull(digits, NULL, 10)); /* or its most */
    }
}

/* A key is what strtoull says of 16 hexadecimal digits. */
static void check_key(http_slice query)
{
    http_slice value = { NULL, 0 };
    uint64_t key = http_query_key(query, NAME);
    char digits[64] = "";

    if (http_query_find(query, NAME, &value) != HTTP_QUERY_FOUND
        || value.size >= sizeof(digits)) {
        BASE_CHECK(key == 0);
        return;
    }
    if (http_query_decode(value, digits) == 16
        && strspn(digits, "0123456789abcdef") == 16) {
        BASE_CHECK(key == strtoull(digits, NULL, 16));
    }
    else {
        BASE_CHECK(key == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_slice query = { (const char *)data, size };

    check_found(query);
    check_number(query);
    check_key(query);
    check_round_trip(data, size);
    return 0;
}
