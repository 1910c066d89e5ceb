/* fuzz_http_field.c - any bytes as a list, its first byte as the separator.
 * The elements, put together again, are the list: nothing is lost, made up or
 * told twice, and a quoted string stays whole.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_bytes.h"
#include "base/base_check.h"
#include "http/http_field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The value as a quoted string and, where a token can say it, as it is. */
static void check_value(http_slice value)
{
    base_bytes quoted = BASE_BYTES_INIT;
    char *text = malloc(value.size + 1);

    BASE_CHECK(text != NULL);
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    base_bytes_append(&quoted, "\"", 1);
    for (size_t i = 0; i < value.size; i++) {
        base_bytes_append(&quoted, "\\", 1);
        base_bytes_append(&quoted, value.data + i, 1);
    }
    base_bytes_append(&quoted, "\"", 1);
    if (strlen(text) == value.size) {
        BASE_CHECK(http_field_value_is(
            (http_slice){ (char *)quoted.data, quoted.len }, text));
        BASE_CHECK(value.size == 0 || value.data[0] == '"'
                   || http_field_value_is(value, text));
    }
    base_bytes_free(&quoted);
    free(text);
}

static void check_parameter(http_slice element)
{
    http_slice name;
    http_slice value;

    if (!http_field_parameter(element, &name, &value)) {
        BASE_CHECK(element.size == 0
                   || memchr(element.data, '=', element.size) == NULL);
        return;
    }
    BASE_CHECK(name.data >= element.data);
    BASE_CHECK(name.data + name.size < value.data);
    BASE_CHECK(value.data + value.size <= element.data + element.size);
    BASE_CHECK(memchr(name.data, '=', name.size) == NULL);
    check_value(value);
}

static bool is_even(http_slice text)
{
    return text.size % 2 == 0;
}

static void check_found(http_slice list)
{
    http_slice found = http_field_find(list, "k", is_even);

    BASE_CHECK(!found.data
               || (found.data > list.data && found.data[-1] == 'k'
                   && found.size % 2 == 0
                   && found.data + found.size <= list.data + list.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    http_slice rest;
    http_slice element;
    const char *at;
    const char *end;
    char separator;

    if (size == 0 || *data == '"' || *data == ' ' || *data == '\t') {
        return 0;
    }
    separator = (char)*data;
    at = (const char *)data + 1;
    end = (const char *)data + size;
    rest = (http_slice){ at, size - 1 };
    check_found(rest);
    while (http_field_next(&rest, separator, &element)) {
        BASE_CHECK(element.data >= at);
        for (; at < element.data; at++) {
            BASE_CHECK(*at == ' ' || *at == '\t');
        }
        at += element.size;
        check_parameter(element);
        while (at < end && *at != separator) {
            BASE_CHECK(*at == ' ' || *at == '\t');
            at++;
        }
        BASE_CHECK((at < end) == (rest.data != NULL));
        at += at < end;
    }
    BASE_CHECK(at == end);
    return 0;
}
